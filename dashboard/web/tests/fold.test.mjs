// fold(snapshot, deltas to S) = the board whose seq is S.
import assert from "node:assert/strict";
import test from "node:test";
import { fold } from "../js/fold.js";

const board = () => ({
  site: "tam-ky", name: "Tam Kỳ", seq: 5, as_of: "a", business_day: "d", time_zone: "Asia/Ho_Chi_Minh", contacts: {}, hours: [],
  services: [{ service: "a", waiting: 1 }, { service: "b", waiting: 2 }], counters: [], calls: [{ call_seq: 9 }, { call_seq: 8 }], missed: [],
  zones: [{ camera: "cam-1", zone: "cho", level: 0.4 }, { camera: "cam-2", zone: "cho", level: 0.1 }],
});
const delta = (more) => ({ type: "delta", prev: 5, seq: 6, as_of: "b", ...more });

test("rows are replaced whole, added at the end, and removed by their key", () => {
  const next = fold(board(), delta({ services: [{ service: "b", waiting: 3 }, { service: "c", waiting: 0 }], removed: { services: ["a"] } }));
  assert.deepEqual(next.services, [{ service: "b", waiting: 3 }, { service: "c", waiting: 0 }]);
  assert.equal(next.seq, 6);
  assert.equal(next.as_of, "b");
});

test("a zone's key is its camera and its zone", () => {
  const lost = { camera: "cam-2", zone: "cho", level: null };
  assert.deepEqual(fold(board(), delta({ zones: [lost], removed: { zones: ["cam-1+cho"] } })).zones, [lost]);
});

test("calls stay newest first, whatever order they come in", () => {
  const next = fold(board(), delta({ calls: [{ call_seq: 10 }, { call_seq: 11 }], removed: { calls: [8] } }));
  assert.deepEqual(next.calls.map((call) => call.call_seq), [11, 10, 9]);
});

test("what did not change is the same, and the board given is not touched", () => {
  const before = board();
  const copy = JSON.parse(JSON.stringify(before));
  const next = fold(before, delta({ name: "Hội An", contacts: { hotline: "1022" } }));
  assert.equal(next.services, before.services);
  assert.equal(next.name, "Hội An");
  assert.deepEqual(next.contacts, { hotline: "1022" });
  fold(before, delta({ calls: [{ call_seq: 10 }] }));
  assert.deepEqual(before, copy);
});

test("a delta that does not follow is refused", () => {
  assert.equal(fold(board(), { ...delta({}), prev: 4 }), null);
});
