// The words of the screens: the cases of texts.json, which the server's pages are held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as show from "../js/show.js";
import { local, seenFrom, ServerClock } from "../js/time.js";
import { fullness, label } from "../js/zones.js";

const { cases, words, ...base } = JSON.parse(readFileSync(new URL("texts.json", import.meta.url), "utf8"));

const board = { time_zone: base.time_zone, as_of: base.as_of, services: [], counters: [] };

test("expected waits", () => {
  for (const { row, range, ...told } of cases.expected) {
    const wanted = { ...told, range: range && { from: range[0], to: range[1] } };
    assert.deepEqual(show.expected(board, row, undefined, words), wanted, JSON.stringify(row));
  }
});

test("counters' names come apart at their number", () => {
  for (const { name, place, fit } of cases.places) {
    assert.deepEqual(show.placeOfName(name), place, name);
    assert.equal(show.placeFit(place), fit, name);
  }
});

test("what is wide is drawn smaller", () => {
  for (const { ticket, fit, long } of cases.tickets) {
    assert.deepEqual([show.ticketFit(ticket), show.isLong(ticket)], [fit, long], ticket);
  }
  for (const { name, fit } of cases.names) assert.equal(show.nameFit(name), fit, name);
});

test("what counters do", () => {
  for (const { row, ...doing } of cases.doing) assert.deepEqual(show.doing(row, words), doing, JSON.stringify(row));
});

test("how full zones are, and which is meant", () => {
  for (const { row, ...told } of cases.zones) assert.deepEqual(fullness(row, words), told, JSON.stringify(row));
  const zones = [["cam-1", "sanh"], ["cam-2", "sanh"], ["cam-2", "hien"]].map(([camera, zone]) => ({ camera, zone }));
  assert.equal(label(zones[0], zones.slice(0, 1)), "");
  assert.deepEqual(zones.map((zone) => label(zone, zones)), ["sanh · cam-1", "sanh · cam-2", "hien"]);
});

test("the zone is the site's, and one that a browser does not know is UTC", () => {
  const at = Date.parse("2026-11-22T18:05:00Z");
  assert.deepEqual(local(at, "Asia/Ho_Chi_Minh"), { clock: "01:05", date: "23/11/2026", weekday: 1 });
  assert.equal(local(at, "Nowhere/Else").clock, "18:05");
  assert.equal(local(Date.parse("2026-11-22T17:00:00Z"), "Asia/Ho_Chi_Minh").clock, "00:00", "midnight is not 24:00");
  assert.equal(seenFrom(local(at, "UTC"), local(at + 86_400_000, "UTC"), words), "18:05 Chủ Nhật");
});

test("between two messages the server's clock goes on by itself, never backwards", () => {
  const clock = new ServerClock();
  clock.set(1_000_000, 50);
  assert.equal(clock.at(1_050), 1_001_000);
  assert.equal(clock.at(0), 1_000_000);
});

test("a display is about its services and counters, and what may be theirs", () => {
  const about = (services, counters) => new show.About({ services, counters, silent: false, screen: null });
  const here = { counters: [{ counter: "q5", services: ["dat-dai"] }] };
  const call = { counter: "q5", service: "dat-dai" };
  assert.ok(about(null, null).call(here, call) && about(["dat-dai"], ["q5"]).call(here, call));
  assert.ok(!about(["ho-tich"], null).call(here, call) && !about(null, ["q6"]).call(here, call));
  assert.ok(about(["ho-tich"], ["q6"]).call(here, { counter: null, service: null }));
  assert.ok(!about(["ho-tich"], null).call(here, { counter: "q5", service: null }));
});

test("a call whose issue has not come yet stands at its counter too", () => {
  const row = { counter: "q1", ticket: "A003", ticket_state: "serving", since: "2026-11-23T01:00:00.000Z" };
  const call = { call_seq: 9, ticket: "B777", counter: "q1", ts: "2026-11-23T01:00:01.000Z" };
  const at = (change) => show.present({ calls: [{ ...call, ...change }, { ...call, call_seq: 8, ticket: "A003" }] }, row);
  assert.deepEqual([at({}).ticket, at({}).ticket_state], ["B777", "called"]);
  assert.equal(at({ ts: "2026-11-23T00:59:59.000Z" }), row, "the counter has done something since");
  assert.equal(at({ counter: null }), row, "called nobody knows where");
  assert.equal(at({ ticket: "A003" }), row, "its own number");
});
