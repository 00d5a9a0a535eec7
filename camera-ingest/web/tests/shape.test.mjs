// What a hand does to an outline.
import assert from "node:assert/strict";
import test from "node:test";
import { closes, grown, halfWay, middle, moved, movedAll, rectangle, shrunk } from "../js/shape.js";

const SQUARE = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]];

test("a point stays in the picture, and is no finer than a hand", () => {
  assert.deepEqual(moved([0.1, 0.9], 0.12345, 0.2), [0.223, 1]);
  assert.deepEqual(moved([0.1, 0.9], -1, -1), [0, 0]);
});

test("a whole outline stops at the edge and keeps its form", () => {
  assert.deepEqual(movedAll(SQUARE, 0.9, -0.05), [[0.6, 0.15], [1, 0.15], [1, 0.55], [0.6, 0.55]]);
});

test("points come half way to the next, and three stay", () => {
  assert.deepEqual(halfWay(SQUARE, 3), [0.2, 0.4]);
  assert.deepEqual(grown(SQUARE, 3).at(-1), [0.2, 0.4]);
  assert.equal(grown(SQUARE, 0).length, 5);
  assert.deepEqual(shrunk(SQUARE, 0), SQUARE.slice(1));
  const three = SQUARE.slice(1);
  assert.equal(shrunk(three, 0), three);
});

test("a name stands in the middle of the area, also of a crooked one", () => {
  const near = (one, two) => one.every((part, at) => Math.abs(part - two[at]) < 1e-9);
  assert.ok(near(middle(SQUARE), [0.4, 0.4]));
  assert.ok(near(middle([...SQUARE].reverse()), [0.4, 0.4]));
  assert.deepEqual(middle([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), [0.1, 0.1]);
});

test("the first corner closes, and only when there is something to close", () => {
  assert.equal(closes(SQUARE, [0.21, 0.205]), true);
  assert.equal(closes(SQUARE, [0.3, 0.2]), false);
  assert.equal(closes(SQUARE.slice(0, 2), [0.2, 0.2]), false);
});

test("a new rectangle does not hide the one before", () => {
  assert.notDeepEqual(rectangle(0), rectangle(1));
  for (let count = 0; count < 20; count += 1) {
    assert.ok(rectangle(count).flat().every((part) => part >= 0 && part <= 1));
  }
});
