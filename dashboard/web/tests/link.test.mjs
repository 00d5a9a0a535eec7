// What is known of a link from what came over it, with made-up time.
import assert from "node:assert/strict";
import test from "node:test";
import { OLDER_FOR_MS } from "../js/keep.js";
import { Freshness, Link, pauseMs } from "../js/link.js";

const living = () => {
  const it = new Freshness(0, true);
  it.opened(10);
  it.heard("snapshot", 7, 1_000, 20);
  return it;
};

/** The first moment, in steps of a page's tick, at which the state is another one. */
function changes(it, from, until) {
  const before = it.state(from);
  for (let now = from; now <= until; now += 250) {
    it.asks(now);
    if (it.state(now) !== before) return now;
  }
  return null;
}

test("a collector that says it lives every 5 s is alive, and is asked in between", () => {
  const it = living();
  for (let now = 20; now < 60_000; now += 250) {
    if ((now - 20) % 5_000 === 0) it.heard("alive", 7, now, now);
    if (it.asks(now)) it.answered(now + 50);
    assert.equal(it.state(now), "live", `after ${now} ms`);
  }
});

test("a link that swallows everything is noticed within 5 s", () => {
  const at = changes(living(), 20, 20_000);
  assert.ok(at !== null && at <= 4_800, `${at}`);
});

test("a closed link is lost after 1.5 s; a quick way back is not told", () => {
  const it = living();
  it.closed(1_000);
  assert.equal(it.state(2_000), "live");
  assert.equal(it.state(2_500), "stale");
  it.opened(2_600);
  assert.equal(it.state(2_600), "stale", "open, but nothing said yet");
  it.heard("snapshot", 9, 3_000, 2_700);
  assert.equal(it.state(2_700), "live");
});

test("a server that answers for a collector that is gone is not alive", () => {
  const it = living();
  let stale = null;
  for (let now = 20; now < 40_000; now += 250) {
    if (it.asks(now)) it.heard("snapshot", 7, 1_000, now + 20);
    if (stale === null && it.state(now) !== "live") stale = now;
  }
  assert.ok(stale !== null && stale <= 8_500, `${stale}`);
  assert.equal(it.state(40_000), "offline");
  it.heard("alive", 7, 2_000, 40_100);
  assert.equal(it.state(40_100), "live");
});

test("the board of a page that was not alive when it was made waits for news", () => {
  const it = new Freshness(0, false);
  it.opened(10);
  it.heard("snapshot", 7, 1_000, 20);
  assert.equal(it.state(20), "stale");
  it.heard("delta", 8, 1_500, 30);
  assert.equal(it.state(30), "live");
});

test("never connected is stale, then offline", () => {
  const it = new Freshness(0, true);
  assert.equal(it.state(1_000), "live", "the server has just made this page");
  assert.equal(it.state(3_000), "stale");
  assert.equal(it.state(30_000), "offline");
});

test("recorded data moves as_of by itself; a word of the collector is news all the same", () => {
  const it = living();
  for (let now = 20; now < 30_000; now += 5_000) it.heard("alive", 7, 1_000, now);
  assert.equal(it.state(30_000), "live");
});

test("attempts come apart, and never stop coming", () => {
  assert.ok(pauseMs(0, 0) >= 300 && pauseMs(0, 1) <= 500);
  assert.ok(pauseMs(3, 0) > pauseMs(1, 1));
  for (const failed of [4, 10, 1_000, 1e9]) assert.ok(pauseMs(failed, 1) <= 5_000 && pauseMs(failed, 0) >= 3_000);
});

// Node 20 has none; a link only reads these of it.
const SOCKET = { CONNECTING: 0, OPEN: 1 };
globalThis.WebSocket = SOCKET;
const AS_OF = Date.parse("2026-11-23T01:00:00Z");
const instant = (afterMs) => new Date(AS_OF + afterMs).toISOString();
const snapshot = (seq, afterMs = 0, day = "2026-11-23") => ({
  type: "snapshot", seq,
  board: { seq, as_of: instant(afterMs), business_day: day, services: [], counters: [], calls: [], missed: [] },
});
const delta = (prev, seq, afterMs) => ({ type: "delta", prev, seq, as_of: instant(afterMs) });
const alive = (seq, afterMs) => ({ type: "alive", seq, as_of: instant(afterMs) });

/** A page's link whose socket is open, what it asked for, and what it showed. */
function linked() {
  const taken = [];
  const sent = [];
  const listener = { take: (board, how) => taken.push({ board, how }), opened: () => undefined, failed: (error) => { throw error; } };
  const link = new Link("ws://nowhere/", new Freshness(0, true), listener);
  link.socket = { readyState: SOCKET.OPEN, send: (text) => sent.push(JSON.parse(text).type), close: () => undefined };
  const say = (message, now) => link.message(JSON.stringify(message), now);
  const resyncs = () => sent.filter((type) => type === "resync").length;
  return { link, taken, say, resyncs, shown: () => taken[taken.length - 1].board };
}

test("a server that has begun with an older board does not take a page back in time", () => {
  const { link, taken, say, shown, resyncs } = linked();
  say(snapshot(10, 1_000), 0);
  link.keeper.opened();
  say(snapshot(9, 0), 2_000);
  assert.deepEqual([shown().seq, taken.length], [10, 1]);
  assert.equal(link.freshness.newsAt, 0, "no news");
  say(delta(9, 10, 1_000), 2_100);
  say(snapshot(11, 2_000), 3_600);
  assert.equal(shown().seq, 11);
  assert.deepEqual(taken[1].how, { gap: true, first: false, anew: false });
  assert.equal(link.freshness.newsAt, 3_600);
  assert.ok(resyncs() >= 1);
});

test("an older board that stays is believed, and is not alive until the collector speaks", () => {
  const { link, taken, say, shown } = linked();
  say(snapshot(10, 1_000), 0);
  for (let now = 1_000; now < 1_000 + OLDER_FOR_MS; now += 500) {
    say(snapshot(3), now);
    assert.equal(shown().seq, 10, `after ${now} ms`);
  }
  say(snapshot(3), 1_000 + OLDER_FOR_MS);
  assert.deepEqual([shown().seq, taken[1].how.anew], [3, true]);
  assert.equal(link.freshness.state(1_000 + OLDER_FOR_MS), "stale");
  say(alive(3, 9_000), 7_000);
  assert.equal(link.freshness.state(7_000), "live");
});

test("another day is another day, whatever its number", () => {
  const { say, shown } = linked();
  say(snapshot(500, 0, "2026-11-23"), 0);
  say(snapshot(2, 0, "2026-11-24"), 1_000);
  assert.equal(shown().seq, 2);
  say(snapshot(1, 0, "2026-11-23"), 1_100);
  assert.equal(shown().seq, 2, "yesterday's board is older, and nothing else");
});

test("the board of before an alive does not set the clock back", () => {
  const { say, shown } = linked();
  say(snapshot(10, 1_000), 0);
  say(alive(10, 60_000), 59_000);
  say(snapshot(10, 1_000), 61_000);
  assert.equal(shown().as_of, instant(60_000));
});

test("an alive of another board moves nothing, is no news, and the board is asked for until it comes", () => {
  const { link, taken, say, shown, resyncs } = linked();
  say(snapshot(10), 0);
  say(delta(10, 11, 500), 100);
  say(delta(12, 13, 900), 2_000);
  assert.equal(resyncs(), 1);
  say(alive(13, 5_000), 2_200);
  assert.deepEqual([shown().seq, shown().as_of, taken.length], [11, instant(500), 2]);
  assert.equal(link.freshness.newsAt, 100);
  assert.equal(resyncs(), 1, "not twice at once");
  link.tick(3_000);
  assert.equal(resyncs(), 1);
  link.tick(3_600);
  assert.equal(resyncs(), 2, "nothing came: asked again");
  say(snapshot(13, 5_000), 3_700);
  link.tick(9_000);
  assert.equal(resyncs(), 2);
  assert.equal(shown().seq, 13);
});

test("an alive of another board does not say when this one was true", () => {
  const { link, taken, say, shown, resyncs } = linked();
  say(snapshot(10, 1_000), 0);
  say(alive(10, 3_000), 2_000);
  assert.equal(shown().as_of, instant(3_000));
  say(alive(11, 8_000), 7_000);
  assert.deepEqual([shown().as_of, taken.length, resyncs()], [instant(3_000), 2, 1]);
  assert.equal(link.freshness.newsAt, 2_000);
});

test("a demand that came too soon after another is not forgotten", () => {
  const { link, say, resyncs } = linked();
  say(snapshot(10), 0);
  say(delta(11, 12, 0), 2_000);
  say(snapshot(12), 2_100);
  say(alive(14, 0), 2_200);
  assert.equal(resyncs(), 1);
  link.tick(3_500);
  assert.equal(resyncs(), 2);
});
