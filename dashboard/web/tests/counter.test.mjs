// The screen over a counter, with a page that only has the elements which are asked for.
import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate } from "node:timers/promises";

class Part {
  constructor(id) {
    this.id = id;
    this.textContent = "";
    this.hidden = false;
    this.dataset = { state: "live", asOf: "2026-11-23T01:00:00Z" };
    this.attributes = new Map();
    this.parts = new Map();
  }

  querySelector(selector) {
    if (!this.parts.has(selector)) this.parts.set(selector, new Part(selector));
    return this.parts.get(selector);
  }

  getAttribute(name) { return this.attributes.has(name) ? this.attributes.get(name) : null; }

  setAttribute(name, value) { this.attributes.set(name, value); }

  removeAttribute(name) { this.attributes.delete(name); }
}

const data = {
  site: "tam-ky", page: "counter-q5", counter: "q5", build: "b", lang: "vi",
  options: { services: null, counters: null, silent: false, screen: "s" },
  words: { "counter.gone": "Quầy này không còn trong danh sách", "counter.now.called": "Đang mời" },
};

const call = { call_seq: 9, ticket: "A012", counter: "q5", service: "dat-dai", priority: null, ts: "2026-11-23T01:00:00Z", recall: false };
const counter = {
  counter: "q5", name: "Quầy 5", place: "Tầng 1", status: "open", reason: null, officer_name: "Trần Thị B", field: "Đất đai",
  services: ["dat-dai"], ticket: "A012", ticket_state: "called",
};
const service = { service: "dat-dai", name: "Đất đai", waiting: 1, longest_wait_s: null, next: ["A013"], estimate: null, estimate_reason: null, opens_at: null };
const board = {
  site: "tam-ky", name: "Tam Kỳ", seq: 1, as_of: "2026-11-23T01:00:00Z", business_day: "2026-11-23", time_zone: "UTC", contacts: {}, hours: [],
  services: [service], counters: [counter], calls: [call], missed: [],
};

/** A browser with this page, and the way to say something over its socket. */
async function opened() {
  const page = new Part("document");
  page.documentElement = new Part("html");
  page.readyState = "complete";
  page.fonts = { ready: Promise.resolve() };
  page.querySelector("#page-data").textContent = JSON.stringify(data);
  let socket = null;
  class Socket {
    constructor() {
      this.readyState = 1;
      socket = this;
    }

    send() { this.sent = true; }
  }
  const window = { addEventListener: () => undefined, location: { protocol: "http:", host: "hall", href: "" }, stop: () => undefined };
  Object.assign(globalThis, {
    HTMLElement: Part, document: page, window, WebSocket: Object.assign(Socket, { CONNECTING: 0, OPEN: 1 }), setInterval: () => 0,
  });
  await import("../js/counter.js");
  while (!socket) await setImmediate();
  return { root: page.querySelector(".counter"), say: (message) => socket.onmessage({ data: JSON.stringify(message) }) };
}

test("a counter that is gone leaves nothing of itself but its name", async () => {
  const { root, say } = await opened();
  const text = (selector) => root.querySelector(selector).textContent;
  const parts = [".present .ticket", ".field .value", ".officer .value", ".next .value", ".place"];
  say({ type: "snapshot", seq: 1, board });
  assert.deepEqual(parts.map(text), ["A012", "Đất đai", "Trần Thị B", "A013", "Tầng 1"]);
  assert.deepEqual(["data-call-seq", "data-ticket", "data-doing"].map((name) => root.getAttribute(name)), ["9", "A012", "called"]);
  say({ type: "delta", prev: 1, seq: 2, as_of: "2026-11-23T01:00:01Z", removed: { counters: ["q5"] } });
  assert.deepEqual(parts.map(text), ["", "", "", "", ""]);
  assert.deepEqual(["data-call-seq", "data-ticket", "data-doing"].map((name) => root.getAttribute(name)), [null, "", "gone"]);
  assert.equal(text(".doing .text"), data.words["counter.gone"]);
  say({ type: "delta", prev: 2, seq: 3, as_of: "2026-11-23T01:00:02Z", counters: [counter] });
  assert.deepEqual([root.getAttribute("data-call-seq"), text(".place"), text(".field .value")], ["9", "Tầng 1", "Đất đai"]);
});
