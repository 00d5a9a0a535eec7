// The range that people read: the cases of estimates.json, which the server makes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Ranges, range } from "../js/estimate.js";

const { first, ...courses } = JSON.parse(readFileSync(new URL("estimates.json", import.meta.url), "utf8"));

test("a range with nothing before it", () => {
  assert.ok(first.length > 80);
  for (const [p50_s, p90_s, from, to] of first) assert.deepEqual(range(undefined, { p50_s, p90_s }), { from, to }, `${p50_s} ${p90_s}`);
});

test("a range that was there before stands still as the server's does", () => {
  for (const [name, course] of Object.entries(courses)) {
    const ranges = new Ranges();
    course.forEach(([p50_s, p90_s, from, to], at) => {
      ranges.follow([{ service: "s", estimate: { p50_s, p90_s } }, { service: "t", estimate: null }]);
      assert.deepEqual(ranges.of("s"), { from, to }, `${name}, ${at}: ${p50_s} ${p90_s}`);
    });
    assert.equal(ranges.of("t"), undefined);
    ranges.follow([]);
    assert.equal(ranges.of("s"), undefined, "a service that is gone is forgotten");
  }
});

test("a script goes on from what the server's page shows", () => {
  const part = (attributes, found) => ({ getAttribute: (name) => attributes[name] || null, querySelector: () => found });
  const shown = [["a", { "data-from": "10", "data-to": "15" }], ["b", { "data-from": "", "data-to": "" }]];
  const rows = shown.map(([service, minutes]) => part({ "data-service": service }, part(minutes, null)));
  const ranges = new Ranges();
  ranges.adopt({ querySelectorAll: () => rows });
  assert.deepEqual([ranges.of("a"), ranges.of("b")], [{ from: 10, to: 15 }, undefined]);
  ranges.follow([{ service: "a", estimate: { p50_s: 580, p90_s: 590 } }]);
  assert.deepEqual(ranges.of("a"), { from: 10, to: 15 }, "not clearly less");
});
