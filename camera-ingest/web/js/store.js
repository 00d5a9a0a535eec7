// @ts-check
/** What is drawn, what of it is chosen, and how it was before. */
import { rectangle } from "./shape.js";

/** @typedef {import("./shape.js").Point} Point */
/**
 * A zone as the program takes it; what the page does not change is carried through.
 * @typedef {{ zone: string, kind: string, counter: string | null, polygon: Point[], seats: number | null,
 *   sensitivity: number | null, min_area: number | null, hold_s: number | null, still_s: number | null,
 *   full_at: number | null }} Zone
 */
/** A zone with a number that stays, whatever its id becomes. @typedef {Zone & { key: number }} Drawn */

const STEPS = 200;

/** @type {Drawn[]} */
let zones = [];
/** @type {number | null} */
let chosen = null;
/** @type {string[]} */
let before = [];
let tag = "";
let last = 0;
/** @type {(() => void)[]} */
const listeners = [];

export const all = () => zones;
export const chosenKey = () => chosen;
export const canUndo = () => before.length > 0;

/** @param {() => void} listener */
export function onChange(listener) {
  listeners.push(listener);
}

function tell() {
  listeners.forEach((listener) => listener());
}

/** @param {Zone[]} given what there is to begin with */
export function begin(given) {
  zones = given.map((zone) => ({ ...zone, key: (last += 1) }));
  tell();
}

/** @param {number | null} key */
export function choose(key) {
  if (chosen === key) return;
  chosen = key;
  tag = "";
  tell();
}

/**
 * Changes one zone. Changes with the same tag, one after the other, are one step back.
 * @param {number} key @param {Partial<Zone>} parts @param {string} what
 */
export function change(key, parts, what) {
  remember(`${what}:${key}`);
  zones = zones.map((zone) => (zone.key === key ? { ...zone, ...parts } : zone));
  tell();
}

/** The hand was lifted: what comes is another step. */
export function settled() {
  tag = "";
}

/** @param {Point[]} [polygon] @returns {number} the new zone's key */
export function add(polygon) {
  remember("");
  const key = (last += 1);
  const points = polygon || rectangle(zones.length);
  const tuning = { sensitivity: null, min_area: null, hold_s: null, still_s: null, full_at: null };
  zones = [...zones, { key, zone: freeId(), kind: "waiting", counter: null, polygon: points, seats: null, ...tuning }];
  chosen = key;
  tell();
  return key;
}

/** @param {number} key */
export function remove(key) {
  remember("");
  zones = zones.filter((zone) => zone.key !== key);
  if (chosen === key) chosen = null;
  tell();
}

export function undo() {
  const step = before.pop();
  if (step === undefined) return;
  zones = JSON.parse(step);
  if (!zones.some((zone) => zone.key === chosen)) chosen = null;
  tag = "";
  tell();
}

/** @returns {Zone[]} as the program takes them */
export function plain() {
  return zones.map(({ key: _key, ...zone }) => zone);
}

/** @param {string} next */
function remember(next) {
  if (next !== "" && next === tag) return;
  tag = next;
  before = [...before, JSON.stringify(zones)].slice(-STEPS);
}

function freeId() {
  const taken = new Set(zones.map((zone) => zone.zone));
  let number = zones.length + 1;
  while (taken.has(`zone-${number}`)) number += 1;
  return `zone-${number}`;
}
