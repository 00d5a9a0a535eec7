// @ts-check
/**
 * Instants as people at the centre read them, and the server's clock between two messages.
 * `Date` only does arithmetic here: it is never asked what time it is.
 */
/** @import { Words } from "./types.js" */

/** @param {string} instant @returns {number} Unix milliseconds */
export const ms = (instant) => Date.parse(instant);

/**
 * The parts of an instant in a zone.
 * @typedef {{ clock: string, date: string, weekday: number }} Local  weekday: 1 = Monday
 */
const formats = new Map();

/** @param {string} zone @returns {Intl.DateTimeFormat} */
function format(zone) {
  const known = formats.get(zone);
  if (known) return known;
  const made = make(zone) || make("UTC");
  formats.set(zone, made);
  return /** @type {Intl.DateTimeFormat} */ (made);
}

/** @param {string} zone @returns {Intl.DateTimeFormat | null} null: this browser does not know the zone */
function make(zone) {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", weekday: "short", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit",
    });
  } catch (_unknown) {
    return null;
  }
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** @param {number} at Unix milliseconds @param {string} zone @returns {Local} */
export function local(at, zone) {
  /** @type {Record<string, string>} */
  const parts = {};
  for (const { type, value } of format(zone).formatToParts(at)) parts[type] = value;
  return {
    clock: `${parts.hour}:${parts.minute}`,
    date: `${parts.day}/${parts.month}/${parts.year}`,
    weekday: DAYS.indexOf(parts.weekday || "") + 1,
  };
}

/** @param {Local} at @param {Words} words */
export const dateText = (at, words) => `${words[`day.${at.weekday}`]}, ${at.date}`;

/** When something opens, seen from now: `13:00`, or with the day when that is another one.
 * @param {Local} at @param {Local} now @param {Words} words */
export const seenFrom = (at, now, words) => (at.date === now.date ? at.clock : `${at.clock} ${words[`day.${at.weekday}`]}`);

/** The server's clock, carried on by monotonic time. */
export class ServerClock {
  constructor() {
    this.asOf = 0;
    this.heardAt = 0;
  }

  /** @param {number} asOf the server's, Unix milliseconds @param {number} now monotonic milliseconds */
  set(asOf, now) {
    this.asOf = asOf;
    this.heardAt = now;
  }

  /** @param {number} now monotonic milliseconds @returns {number} Unix milliseconds */
  at(now) {
    return this.asOf + Math.max(0, now - this.heardAt);
  }
}
