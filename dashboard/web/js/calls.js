// @ts-check
/**
 * Which calls stand where, and when one is announced: an ordered log, never "the latest only".
 * No DOM and no clock: monotonic milliseconds come as an argument.
 *
 * Every call is among the newest for at least 5 s, then in the list for at least 60 s, also when
 * twice as many come within a second as the list usually holds: several are newest at once, the
 * others wait for their turn in the list, and the calls take the whole wall (`wide`). Beyond that
 * (more than 18 waiting for their turn) the oldest are listed without one.
 */
import { isLong } from "./show.js";
import { ms } from "./time.js";
/** @import { Call } from "./types.js" */
/** @typedef {"normal" | "dense" | "wide"} Mode */
/** @typedef {{ newest: Call[], listed: Call[], mode: Mode, long: boolean, announce: Call[] }} Arranged */
/**
 * @typedef {{ call: Call, shownAt: number | null, listedAt: number | null }} Entry
 *   shownAt: when it became newest (null: waits for its turn); listedAt: when it went to the list
 */

/** A call younger than this (by the server's clock) is announced after a gap; an older one is only shown. */
export const FRESH_MS = 10_000;
/** Five seconds to be seen, and one for a display that stands still now and then. */
export const NEWEST_MS = 6_000;
export const LISTED_MS = 60_000;
/** Two or three that came together step back together, so that the last one is large again. */
const TOGETHER_MS = 12_000;
/** The wall does not grow and shrink at every call. */
const CALM_MS = 10_000;
const QUEUE = 18;
/** The server's board holds 20; with those that still have their minute, never more than this. */
const KEPT = 60;
const MODES = /** @type {const} */ (["normal", "dense", "wide"]);

/** @param {Mode} mode @param {boolean} long @param {number} newest */
export function rowsOf(mode, long, newest) {
  const short = mode === "normal" ? 8 : mode === "dense" ? 10 : newest > 1 ? 15 : 18;
  return long ? Math.floor(short / 2) : short;
}

/** @param {number} needed @param {boolean} long @param {number} newest @returns {Mode} */
export const modeFor = (needed, long, newest) => MODES.find((mode) => rowsOf(mode, long, newest) >= needed) || "wide";

/** The same call, also where calls are numbered anew. @param {Call} call */
const nameOf = (call) => `${call.ticket} ${call.counter} ${call.ts}`;

export class CallLog {
  constructor() {
    /** Newest first. @type {Entry[]} */
    this.entries = [];
    /** The highest number that was taken in. */
    this.known = 0;
    this.day = "";
    /** @type {Mode} */
    this.mode = "normal";
    this.changedAt = 0;
    /** Those of a count that ended: whatever comes after it, they are not announced again. @type {Set<string>} */
    this.heard = new Set();
    /** @type {Call[]} */
    this.toAnnounce = [];
  }

  /**
   * Takes in the board's calls after a gap or at the start: what is old is shown and not announced.
   * @param {Call[]} calls newest first @param {{ asOf: number, day: string, first: boolean, anew?: boolean }} at
   *   anew: the server counts from another beginning @param {number} now
   */
  restart(calls, at, now) {
    const top = calls.length && calls[0] ? calls[0].call_seq : 0;
    // Another day, or a log that began anew: nothing of the old one is true. (A board that is merely
    // older does not come here: keep.js.)
    if (at.day !== this.day || at.anew || top < this.known) {
      this.heard = new Set(this.entries.filter((one) => one.shownAt !== null).map(({ call }) => nameOf(call)));
      this.entries = [];
      this.known = 0;
    }
    this.day = at.day;
    const known = this.known;
    const fresh = calls.filter((call) => call.call_seq > known);
    const young = fresh.filter((call) => at.asOf - ms(call.ts) < FRESH_MS);
    this.take(fresh, now, (call) => {
      if (young.includes(call)) return { call, shownAt: null, listedAt: null };
      // Its minute began when it was called, as far as this screen can know.
      return { call, shownAt: -Infinity, listedAt: now - Math.max(0, at.asOf - ms(call.ts)) };
    });
    if (at.first) this.first(now);
    this.prune(calls, now);
    this.crown(now);
  }

  /** A page that has just come shows the newest at once, as the server's page did, without a sound.
   * @param {number} now */
  first(now) {
    const slots = this.slots();
    this.entries.filter((one) => one.shownAt === null).forEach((one, at) => {
      one.shownAt = now;
      if (at >= slots) one.listedAt = now;
    });
  }

  /** Nobody waits for a turn: then the last call stands alone, however old it is.
   * @param {number} now */
  crown(now) {
    const [top] = this.entries;
    if (!top || this.entries.some((one) => one.shownAt === null) || top.listedAt === null) return;
    top.shownAt = now - NEWEST_MS;
    top.listedAt = null;
  }

  /**
   * Takes in the calls of a board that follows the last one.
   * @param {Call[]} calls newest first @param {string} day @param {number} now
   */
  follow(calls, day, now) {
    if (day !== this.day) {
      this.entries = [];
      this.day = day;
    }
    const known = this.known;
    this.take(calls.filter((call) => call.call_seq > known), now, (call) => ({ call, shownAt: null, listedAt: null }));
    this.prune(calls, now);
  }

  /** @param {Call[]} fresh newest first @param {number} now @param {(call: Call) => Entry} entry */
  take(fresh, now, entry) {
    if (!fresh.length) return;
    this.entries = fresh.map(entry).concat(this.entries);
    this.known = Math.max(this.known, ...fresh.map((call) => call.call_seq));
    const queue = this.entries.filter((one) => one.shownAt === null);
    for (const one of queue.slice(QUEUE)) {
      one.shownAt = now;
      one.listedAt = now;
    }
  }

  /** Lets go of what the board no longer has and what has had its minute.
   * @param {Call[]} calls @param {number} now */
  prune(calls, now) {
    const there = new Set(calls.map((call) => call.call_seq));
    const keeps = (/** @type {Entry} */ one) => {
      if (there.has(one.call.call_seq)) return true;
      const isNewest = one.shownAt !== null && one.listedAt === null;
      return isNewest ? now - Number(one.shownAt) < NEWEST_MS : this.needs(one, now);
    };
    this.entries = this.entries.filter(keeps).slice(0, KEPT);
  }

  /** Whether a call has not had its time yet. @param {Entry} one @param {number} now */
  needs(one, now) {
    return one.shownAt === null || one.listedAt === null || now - one.listedAt < LISTED_MS;
  }

  slots() {
    return this.entries.some((one) => isLong(one.call.ticket)) ? 2 : 3;
  }

  /** Who is newest now: those who had their 5 s make room for those who wait, in their order.
   * @param {number} now */
  turn(now) {
    const stays = (/** @type {Entry} */ one, /** @type {number} */ most) => one.shownAt !== null && now - one.shownAt < most;
    const queue = this.entries.filter((one) => one.shownAt === null).reverse();
    let newest = this.entries.filter((one) => one.shownAt !== null && one.listedAt === null);
    const last = queue.length ? null : newest[0];
    for (const one of newest) {
      if (one !== last && !stays(one, queue.length ? NEWEST_MS : TOGETHER_MS)) one.listedAt = now;
    }
    newest = newest.filter((one) => one.listedAt === null);
    for (const one of queue.slice(0, Math.max(0, this.slots() - newest.length))) {
      one.shownAt = now;
      if (!this.heard.has(nameOf(one.call))) this.toAnnounce.push(one.call);
    }
  }

  /**
   * What stands where now, and what is to be announced (each call once, a recall is a call).
   * @param {number} now monotonic milliseconds @returns {Arranged}
   */
  arrange(now) {
    this.turn(now);
    const newest = this.entries.filter((one) => one.shownAt !== null && one.listedAt === null);
    const others = this.entries.filter((one) => !newest.includes(one));
    const long = this.slots() === 2;
    const needed = others.filter((one) => this.needs(one, now));
    this.settle(modeFor(needed.length, long, newest.length), now);
    const rows = rowsOf(this.mode, long, newest.length);
    const listed = this.fill(newest, others, needed, rows);
    const announce = this.toAnnounce;
    this.toAnnounce = [];
    return { newest: newest.map((one) => one.call), listed: listed.map((one) => one.call), mode: this.mode, long, announce };
  }

  /** These are on the display only now: a slow one draws late, and their time begins when it has.
   * @param {Call[]} calls @param {number} now */
  drawn(calls, now) {
    for (const one of this.entries) if (one.shownAt !== null && one.listedAt === null && calls.includes(one.call)) one.shownAt = now;
  }

  /** Grows at once, shrinks after a calm while. @param {Mode} mode @param {number} now */
  settle(mode, now) {
    const grows = MODES.indexOf(mode) > MODES.indexOf(this.mode);
    if (mode === this.mode || grows) this.changedAt = now;
    if (grows || now - this.changedAt >= CALM_MS) this.mode = mode;
  }

  /** Those that need their place, and older ones while there is room; a ticket that was called again
   * stands once. @param {Entry[]} newest @param {Entry[]} others @param {Entry[]} needed @param {number} rows */
  fill(newest, others, needed, rows) {
    let room = Math.max(0, rows - needed.length);
    const seen = new Set(newest.map((one) => one.call.ticket));
    const chosen = [];
    for (const one of others) {
      const old = !needed.includes(one);
      if (!(old && (seen.has(one.call.ticket) || room === 0))) {
        chosen.push(one);
        room -= old ? 1 : 0;
      }
      seen.add(one.call.ticket);
    }
    return chosen.slice(0, rows);
  }
}
