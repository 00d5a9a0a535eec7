// What is known of a link from what came over it, with made-up time.
import assert from "node:assert/strict";
import test from "node:test";
import { Freshness, pauseMs } from "../js/link.js";

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
