// @ts-check
/**
 * How full the waiting zones are. The server's pages say the same (src/pages/zones.rs); both are held
 * to the cases of web/tests/texts.json.
 */
import { one, setAttribute, setShown, setText } from "./dom.js";
/** @import { Board, Words, Zone } from "./types.js" */
/** @typedef {{ code: string, text: string, percent: number | null, cells: number | null }} Fullness */

/** Zones on one page of the strip. */
export const ZONES = 2;
const BUSY = 50;
const FULL = 80;
const CELLS = 10;

/** @param {Zone} row */
export const zoneKey = (row) => `${row.camera}+${row.zone}`;

/** What a zone says. @param {Zone} row @param {Words} words @returns {Fullness} */
export function fullness(row, words) {
  const told = (/** @type {string} */ code, /** @type {number | null} */ percent) => ({
    code,
    text: words[`zone.is.${code}`] || "",
    percent,
    cells: percent === null ? null : Math.floor((percent + 5) / CELLS),
  });
  if (row.level === null) return told(row.as_of === null ? "none" : "lost", null);
  const percent = Math.round(Math.min(1, Math.max(0, row.level)) * 20) * 5;
  if (percent >= FULL) return told("full", percent);
  return told(percent >= BUSY ? "busy" : "free", percent);
}

/** The zones where people wait. @param {Board} board */
export const waiting = (board) => board.zones.filter((row) => row.kind === "waiting");

/** What tells a zone from the others. @param {Zone} row @param {Zone[]} among */
export function label(row, among) {
  if (among.length < 2) return "";
  const alike = among.filter((other) => other.zone === row.zone).length;
  return alike > 1 ? `${row.zone} · ${row.camera}` : row.zone;
}

/** @param {HTMLElement} row @param {Zone} zone @param {string} name @param {Words} words */
export function fillZone(row, zone, name, words) {
  const { code, text, percent, cells } = fullness(zone, words);
  const bar = one(row, ".bar");
  setAttribute(row, "data-zone", zoneKey(zone));
  setAttribute(row, "data-is", code);
  setText(one(row, ".is"), text);
  setText(one(row, ".share"), percent === null ? "" : `${percent}%`);
  setShown(bar, percent !== null);
  Array.from(bar.children).forEach((cell, at) => setAttribute(cell, "data-on", at < (cells || 0)));
  setText(one(row, ".label"), name);
}
