// The log of calls, with made-up time.
import assert from "node:assert/strict";
import test from "node:test";
import { CallLog, LISTED_MS, NEWEST_MS } from "../js/calls.js";

const START = Date.parse("2026-11-23T01:00:00.000Z");
const DAY = "2026-11-23";

/** A call that is called `afterMs` after the start. */
const call = (seq, afterMs = 0, ticket = `A${String(seq % 1000).padStart(3, "0")}`) => ({
  call_seq: seq, ticket, counter: "q1", service: "dat-dai", priority: "normal",
  ts: new Date(START + afterMs).toISOString(), recall: false,
});

/** Runs a wall for `untilMs`, with calls as they come ({ atMs: [calls] }), and notes what was seen of each. */
function run(comes, untilMs, stepMs = 250) {
  const log = new CallLog();
  const seen = new Map();
  let board = [];
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  for (let now = 0; now <= untilMs; now += stepMs) {
    for (const [at, calls] of comes) {
      if (at > now - stepMs && at <= now) {
        board = calls.slice().reverse().concat(board).slice(0, 20);
        log.follow(board, DAY, now);
      }
    }
    const arranged = log.arrange(now);
    const note = (list, rows) => rows.forEach(({ call_seq }) => {
      const of = seen.get(call_seq) || { newest: 0, listed: 0, announced: 0 };
      of[list] += stepMs;
      seen.set(call_seq, of);
    });
    note("newest", arranged.newest);
    note("listed", arranged.listed);
    arranged.announce.forEach(({ call_seq }) => { seen.get(call_seq).announced += 1; });
  }
  return { seen, log };
}

const each = (count) => Array.from({ length: count }, (_, at) => call(at + 1));

test("two calls of one instant are both newest, at once", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  log.follow([call(2), call(1)], DAY, 1_000);
  const { newest, announce, mode } = log.arrange(1_000);
  assert.deepEqual(newest.map((one) => one.call_seq), [2, 1]);
  assert.deepEqual(announce.map((one) => one.call_seq), [1, 2]);
  assert.equal(mode, "normal");
});

for (const count of [1, 2, 3, 8, 9, 10, 16, 18]) {
  test(`${count} calls within a second: each newest for 5 s, then listed for 60 s, announced once`, () => {
    const { seen } = run([[1_000, each(count)]], 130_000);
    assert.equal(seen.size, count);
    for (const [seq, of] of seen) {
      assert.ok(of.newest >= NEWEST_MS, `${seq} was newest for ${of.newest} ms`);
      // The last one stays newest: nothing came after it.
      assert.ok(of.listed >= LISTED_MS || seq === count, `${seq} was listed for ${of.listed} ms`);
      assert.equal(of.announced, 1);
    }
  });
}

test("all calls of a burst are seen somewhere from its first moment on", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  const calls = each(18).reverse();
  log.follow(calls, DAY, 1_000);
  for (let now = 1_000; now < 61_000; now += 250) {
    const { newest, listed, mode } = log.arrange(now);
    assert.equal(newest.length + listed.length, 18, `after ${now} ms`);
    assert.equal(mode, "wide");
  }
});

test("a busy centre: a call every 7 s, each its 5 s and its minute", () => {
  const comes = Array.from({ length: 40 }, (_, at) => [at * 7_000, [call(at + 1, at * 7_000)]]);
  const { seen } = run(comes, 40 * 7_000 + 61_000);
  for (const [seq, of] of seen) {
    assert.ok(of.newest >= NEWEST_MS && (of.listed >= LISTED_MS || seq === 40), `${seq}: ${JSON.stringify(of)}`);
  }
});

test("after a gap nothing old is announced, and nothing twice", () => {
  const log = new CallLog();
  log.restart([call(1)], { asOf: START, day: DAY, first: true }, 0);
  assert.deepEqual(log.arrange(0).announce, [], "a page that has just come is silent");
  log.follow([call(2), call(1)], DAY, 1_000);
  assert.equal(log.arrange(1_000).announce.length, 1);
  const later = [call(5, 119_000), call(4, 111_000), call(3, 60_000), call(2), call(1)];
  log.restart(later, { asOf: START + 120_000, day: DAY, first: false }, 121_000);
  const { announce, newest, listed } = log.arrange(121_000);
  assert.deepEqual(announce.map((one) => one.call_seq), [4, 5], "the two of the last 10 s");
  assert.deepEqual(newest.map((one) => one.call_seq), [5, 4]);
  assert.deepEqual(listed.map((one) => one.call_seq), [3, 2, 1]);
});

test("an hour away: the truth of now, in silence", () => {
  const log = new CallLog();
  log.restart([call(1)], { asOf: START, day: DAY, first: true }, 0);
  log.arrange(0);
  const hour = 3_600_000;
  const now = Array.from({ length: 20 }, (_, at) => call(200 - at, hour - 60_000 - at * 30_000));
  log.restart(now, { asOf: START + hour, day: DAY, first: false }, hour);
  const { announce, newest, listed } = log.arrange(hour);
  assert.deepEqual(announce, []);
  assert.deepEqual(newest.map((one) => one.call_seq).slice(0, 1), [200]);
  assert.ok(listed.every((one) => one.call_seq > 100), "the call of an hour ago is gone");
});

test("another business day, and a log that began anew, leave nothing of the old one", () => {
  const log = new CallLog();
  log.restart([call(50)], { asOf: START, day: DAY, first: true }, 0);
  log.arrange(0);
  log.follow([], "2026-11-24", 1_000);
  assert.deepEqual(log.arrange(1_000).newest, []);
  log.restart([call(3, 1_000)], { asOf: START + 2_000, day: "2026-11-24", first: false }, 2_000);
  assert.deepEqual(log.arrange(2_000).announce.map((one) => one.call_seq), [3]);
});

test("a log that begins anew announces no call a second time", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  log.follow([call(50, 900, "A050"), call(49, 800, "A049")], DAY, 1_000);
  assert.equal(log.arrange(1_000).announce.length, 2);
  // The same two, numbered from the beginning, and one that is new.
  const anew = [call(3, 6_000, "A051"), call(2, 900, "A050"), call(1, 800, "A049")];
  log.restart(anew, { asOf: START + 6_500, day: DAY, first: false, anew: true }, 7_000);
  assert.deepEqual(log.arrange(7_000).announce.map((one) => one.ticket), ["A051"]);
});

test("a call that a server forgot for a while is not announced when it knows it again", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  const [first, last] = [call(1), call(2, 500)];
  log.follow([last, first], DAY, 600);
  log.arrange(600);
  log.restart([first], { asOf: START + 100, day: DAY, first: false, anew: true }, 6_000);
  assert.deepEqual(log.arrange(6_000).announce, []);
  log.follow([last, first], DAY, 6_500);
  const { announce, newest } = log.arrange(6_500);
  assert.deepEqual(announce, []);
  assert.ok(newest.includes(last), "seen, not heard");
});

test("a ticket called again stands twice for a minute, then once", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  const [first, again, other] = [call(1, 0, "A001"), call(2, 0, "A001"), call(3, 0, "A003")];
  log.follow([first], DAY, 0);
  log.arrange(0);
  log.follow([again, first], DAY, 6_000);
  assert.deepEqual(log.arrange(6_000).announce.map((one) => one.call_seq), [2], "a recall is announced");
  log.follow([other, again, first], DAY, 12_000);
  assert.deepEqual(log.arrange(12_000).listed.map((one) => one.call_seq), [2, 1]);
  assert.deepEqual(log.arrange(80_000).listed.map((one) => one.call_seq), [2]);
});

test("a month of calls leaves no more behind than a minute of them", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  let board = [];
  let most = 0;
  for (let seq = 1; seq <= 60_000; seq += 1) {
    const now = seq * 12_000;
    const day = `day-${Math.floor(seq / 2_000)}`;
    if (seq % 2_000 === 0) board = [];
    board = [call(seq, now), ...board].slice(0, 20);
    log.follow(board, day, now);
    log.arrange(now);
    most = Math.max(most, log.entries.length);
  }
  assert.ok(most <= 30, `${most} entries`);
  assert.equal(log.toAnnounce.length, 0);
});

test("more than can be shown: the oldest waits are given up, memory stays", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  let board = [];
  for (let seq = 1; seq <= 2_000; seq += 1) {
    board = [call(seq), ...board].slice(0, 20);
    log.follow(board, DAY, seq * 500);
    const { newest, listed } = log.arrange(seq * 500);
    assert.ok(newest.length <= 3 && listed.length <= 18);
    assert.ok(log.entries.length <= 60);
  }
});

test("a display that draws late takes nothing of a call's time", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  log.follow([call(1)], DAY, 0);
  log.drawn(log.arrange(0).announce, 3_000);
  log.follow([call(2), call(1)], DAY, 3_100);
  const newest = (now) => log.arrange(now).newest.map((one) => one.call_seq);
  assert.deepEqual(newest(3_100), [2, 1]);
  assert.deepEqual(newest(3_000 + NEWEST_MS - 1), [2, 1]);
  log.follow([call(3), call(2), call(1)], DAY, 3_000 + NEWEST_MS);
  assert.deepEqual(newest(3_000 + NEWEST_MS), [3, 2]);
});

test("long numbers: two at once at most, in half as many rows", () => {
  const log = new CallLog();
  log.restart([], { asOf: START, day: DAY, first: true }, 0);
  log.follow([3, 2, 1].map((seq) => call(seq, 0, `KS-2026-000${seq}`)), DAY, 0);
  const { newest, long } = log.arrange(0);
  assert.equal(newest.length, 2);
  assert.equal(long, true);
});
