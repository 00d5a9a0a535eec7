// @ts-check
// A bought device in JavaScript: sends prepared events by the contract with MQTT.js.
//
// usage: device.cjs HOST PORT SITE FILE {3.1.1|5}
//
// FILE holds one `topic<TAB>payload` a line, all of one device, `seq` from 1. The device has a
// will, a birth and a window: it sends on only as the collector's `ack` says that its events are
// durable, and ends when the last one is.
"use strict";
const fs = require("node:fs");
const mqtt = require("mqtt");

const WINDOW = 2000;
const SILENCE_MS = 60_000;

const [host, port, site, file, version] = process.argv.slice(2);
const letters = fs.readFileSync(file, "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
const own = letters[0][0].replace(/\/evt$/, "");
const boot = JSON.parse(letters[0][1]).boot;
const status = (/** @type {string} */ state) => JSON.stringify({ state, ts: new Date().toISOString(), boot });

const client = mqtt.connect({
  host,
  port: Number(port),
  protocolVersion: version === "5" ? 5 : 4,
  clientId: `${site}.bought`,
  will: { topic: `${own}/status`, payload: Buffer.from(status("lost")), qos: 1, retain: true },
});
const silence = setTimeout(() => fail(`no end after ${SILENCE_MS} ms`), SILENCE_MS);

let sent = 0;
let acknowledged = 0;

/** @param {string} why */
function fail(why) {
  console.error(`${why}: ${sent} sent, ${acknowledged} acknowledged of ${letters.length}`);
  process.exit(1);
}

function sendOn() {
  while (sent < letters.length && sent - acknowledged < WINDOW) {
    const [topic, payload] = letters[sent++];
    client.publish(topic, payload, { qos: 1 });
  }
}

client.on("error", (error) => {
  // The broker may close the line while the last answers are still on it; then all is said.
  if (acknowledged < letters.length) fail(String(error));
});
client.on("connect", () => {
  client.subscribe(`${own}/ack`, { qos: 1 });
  client.publish(`${own}/status`, status("ready"), { qos: 1, retain: true });
  sendOn();
});
client.on("message", (_topic, message) => {
  const ack = JSON.parse(message.toString());
  if (ack.boot !== boot) return;
  acknowledged = Math.max(acknowledged, ack.seq);
  silence.refresh();
  if (acknowledged < letters.length) return sendOn();
  clearTimeout(silence);
  client.end(() => console.log(JSON.stringify({ client: "MQTT.js", mqtt: version, acknowledged })));
});
