// @ts-check
/**
 * What a row of the board says in words. The server's pages say the same (src/pages/show.rs); both
 * are held to the cases of web/tests/texts.json.
 */
import { range } from "./estimate.js";
import { local, ms, seenFrom } from "./time.js";
/** @import { Range } from "./estimate.js" */
/** @import { Board, Call, Counter, Estimate, Missed, Options, Service, Words } from "./types.js" */
/** @typedef {{ word: string, number: string, rest: string }} Place */

const LONGEST_IN_MINUTES = 180;
const NUMBER = 4;
/** In tenths of an ordinary letter: how wide a ticket may be to be largest, to stand beside two others, on one line. */
const TICKET = [50, 65, 145];
const PUNCTUATION = /^[:.,;–-]+|[:.,;–-]+$/g;

/** @param {string} text in characters, as the server counts them */
const length = (text) => Array.from(text).length;

/** How wide letters are drawn, in tenths of an ordinary one; the first that fits is meant.
 * @type {[RegExp, number][]} */
const WIDTHS = [
  [/[\u0300-\u036f]/, 0],
  [/[ .,:;'!|ijlI]/, 5],
  [/[frt()1]/, 8],
  [/[W@]/, 19],
  [/[Mmw%]/, 16],
  [/[CDGOQ]/, 15],
  [/[0-9]/, 12],
  [/\p{Uppercase}/u, 13],
];

/** @param {string} text */
function width(text) {
  let sum = 0;
  for (const letter of text) {
    const found = WIDTHS.find(([letters_]) => letters_.test(letter));
    sum += found ? found[1] : 10;
  }
  return sum;
}

/** How many ordinary letters would be as wide. @param {string} text */
const letters = (text) => Math.floor((width(text) + 5) / 10);

/** The word for a size: the first whose limit is not passed, else the last.
 * @param {number} size @param {number[]} limits @param {string[]} words @returns {string} */
function upTo(size, limits, words) {
  const at = limits.findIndex((limit) => size <= limit);
  return words[at < 0 ? limits.length : at] || "";
}

/** @param {string} name @returns {Place} */
export function placeOfName(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const bare = words.map((word) => word.replace(PUNCTUATION, ""));
  const at = bare.findIndex((word) => length(word) <= NUMBER && /[0-9]/.test(word));
  const number = bare[at];
  if (number === undefined) return { word: name.trim(), number: "", rest: "" };
  const rest = words.slice(at + 1).join(" ").replace(/^[:.,;–-]+/, "").trim();
  return { word: words.slice(0, at).join(" "), number, rest };
}

/** @param {Place} place */
export function placeFit({ word, number }) {
  const wide = letters(word);
  if (number) return upTo(wide, [8, 26], ["n", "nl", "nxl"]);
  return upTo(wide, [8, 14, 28, 60], ["s", "m", "l", "xl", "xxl"]);
}

/** @param {string} name */
export function nameFit(name) {
  return upTo(letters(name), [24, 40, 60], ["s", "m", "l", "xl"]);
}

/** @param {string} ticket */
export const ticketFit = (ticket) => upTo(width(ticket), TICKET, ["xs", "s", "l", "xl"]);

/** Whether a ticket takes a row of its own. @param {string} ticket */
export const isLong = (ticket) => ["l", "xl"].includes(ticketFit(ticket));

/** @param {Board} board @param {string | null} id @returns {Counter | undefined} */
export const counterRow = (board, id) => board.counters.find((row) => row.counter === id);

/** @param {Board} board @param {string} id */
export function counterName(board, id) {
  const row = counterRow(board, id);
  return row ? row.name : id;
}

/** @param {Board} board @param {Call} call @returns {string} empty when not known */
export function serviceName(board, call) {
  const row = board.services.find((one) => one.service === call.service);
  return row ? row.name : "";
}

/** @param {Board} board @param {Call} call @param {Words} words @returns {Place} */
export function placeOf(board, call, words) {
  if (call.counter !== null) return placeOfName(counterName(board, call.counter));
  return { word: serviceName(board, call) || words["newest.turn"] || "", number: "", rest: "" };
}

/** @param {Call} call @param {Words} words @returns {string} empty for a normal ticket */
export const priority = (call, words) => words[`priority.${call.priority}`] || "";

/** @param {string | undefined} text @param {string} place @param {string | number} value */
const fill = (text, place, value) => (text || "").replace(place, String(value));

/** @param {Range} range @param {Words} words */
function rangeText({ from, to }, words) {
  if (to <= 1) return words["wait.now"] || "";
  if (from >= LONGEST_IN_MINUTES) return fill(words["wait.over"], "{n}", Math.floor(from / 60));
  return fill(words["wait.about"], "{n}", from === to ? to : `${from}–${to}`);
}

/** @param {Board} board @param {string} at @param {Words} words */
const seenFromNow = (board, at, words) => seenFrom(local(ms(at), board.time_zone), local(ms(board.as_of), board.time_zone), words);

/** What a range runs past; the end of the day before a break. @param {Board} board @param {Estimate} estimate @param {Words} words */
function past(board, estimate, words) {
  if (estimate.before_close === false) return words["estimate.not_today"] || "";
  return estimate.resumes_at ? fill(words["estimate.into"], "{at}", seenFromNow(board, estimate.resumes_at, words)) : "";
}

/**
 * The expected wait of a service, or why it is not known, and then how long the first has waited.
 * @param {Board} board @param {Service} row @param {Range | undefined} shown what stands on the screen @param {Words} words
 * @returns {{ text: string, note: string, longest: string, range: Range | null }}
 */
export function expected(board, row, shown, words) {
  if (row.estimate) {
    const now = shown || range(undefined, row.estimate);
    return { text: rangeText(now, words), note: past(board, row.estimate, words), longest: "", range: now };
  }
  if (row.estimate_reason === "closed_until") {
    const text = row.opens_at === null ? words["estimate.closed"] || "" : fill(words["estimate.opens"], "{at}", seenFromNow(board, row.opens_at, words));
    const why = row.closed_reason || "";
    return { text, note: nameFit(why) === "s" ? why : "", longest: "", range: null };
  }
  const minutes = row.waiting > 0 && row.longest_wait_s !== null ? Math.floor(row.longest_wait_s / 60) : 0;
  const longest = minutes > 0 ? fill(words["wait.longest"], "{n}", minutes) : "";
  return { text: words["estimate.none"] || "", note: words[`estimate.why.${row.estimate_reason}`] || "", longest, range: null };
}

/**
 * The counter as its screen shows it: see present in src/pages/show.rs.
 * @param {Board} board @param {Counter} row @returns {Counter}
 */
export function present(board, row) {
  const own = board.calls.filter((call) => call.counter === row.counter);
  const newest = own.reduce((/** @type {Call | null} */ best, call) => (best && best.call_seq > call.call_seq ? best : call), null);
  const isNewer = newest && newest.ticket !== row.ticket && (!row.since || ms(newest.ts) > ms(row.since));
  return newest && isNewer ? { ...row, ticket: newest.ticket, ticket_state: "called", since: newest.ts } : row;
}

/**
 * What a counter is doing, with its reason or what to do.
 * @param {Counter} row @param {Words} words @returns {{ code: string, text: string, why: string }}
 */
export function doing(row, words) {
  const at = row.ticket !== null && (row.ticket_state === "called" || row.ticket_state === "serving");
  const code = at ? String(row.ticket_state) : row.status;
  const what = words[`counter.now.${code}.what`] || "";
  const reason = row.reason === null ? what : words[`reason.${row.reason}`] || row.reason;
  return { code, text: words[`counter.now.${code}`] || "", why: code === "paused" || code === "closed" ? reason : what };
}

/** @param {Board} board */
export const hours = (board) => board.hours.map(({ open, close }) => `${open}–${close}`).join(" · ");

/** @param {Service} row */
export const next = (row) => row.next.join("  ");

/** Newest first. @param {Missed[]} rows */
export const byTime = (rows) =>
  rows.slice().sort((a, b) => ms(b.ts) - ms(a.ts) || (a.ticket < b.ticket ? -1 : Number(a.ticket > b.ticket)));

/** What a display is about (`?services=`, `?counters=`): see src/pages/options.rs. */
export class About {
  /** @param {Options} options */
  constructor(options) {
    this.services = options.services;
    this.counters = options.counters;
  }

  /** @param {Service} row */
  service(row) {
    return this.services === null || this.services.includes(row.service);
  }

  /** @param {Board} board @param {Call} call */
  call(board, call) {
    const own = call.service === null ? this.serves(board, call.counter) : this.services === null || this.services.includes(call.service);
    return own && this.counter(call.counter);
  }

  /** @param {Board} board @param {Missed} row */
  missed(board, row) {
    return this.serves(board, row.counter) && this.counter(row.counter);
  }

  /** @param {string | null} id */
  counter(id) {
    return this.counters === null || id === null || this.counters.includes(id);
  }

  /** @param {Board} board @param {string | null} id */
  serves(board, id) {
    const only = this.services;
    if (only === null) return true;
    const row = counterRow(board, id);
    return row === undefined || row.services.some((service) => only.includes(service));
  }
}
