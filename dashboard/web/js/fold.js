// @ts-check
/**
 * fold(snapshot, deltas to S) = the board whose seq is S. Rows are replaced whole by their key; a
 * new row goes to the end; `null` is a value.
 */
import { zoneKey } from "./zones.js";
/** @import { Board, Delta, Zone } from "./types.js" */

/** @typedef {Record<string, unknown>} Row */
/** Lists of the board and the keys of their rows. Others (devices, alerts) are not kept: no screen shows them.
 * @type {Record<string, (row: Row) => unknown>} */
const KEYS = {
  services: (row) => row.service,
  counters: (row) => row.counter,
  calls: (row) => row.call_seq,
  missed: (row) => row.ticket,
  zones: (row) => zoneKey(/** @type {Zone} */ (/** @type {unknown} */ (row))),
};
const SCALARS = ["name", "business_day", "time_zone", "contacts", "hours"];

/**
 * @param {Row[]} rows @param {(row: Row) => unknown} key
 * @param {Row[]} changed @param {unknown[]} removed
 */
function foldRows(rows, key, changed, removed) {
  const kept = removed.length ? rows.filter((row) => !removed.includes(key(row))) : rows.slice();
  for (const row of changed) {
    const at = kept.findIndex((old) => key(old) === key(row));
    if (at < 0) kept.push(row);
    else kept[at] = row;
  }
  return kept;
}

/**
 * The board after a delta; `null` when the delta does not follow it. The board given is not changed.
 * @param {Board} board @param {Delta} delta @returns {Board | null}
 */
export function fold(board, delta) {
  if (delta.prev !== board.seq) return null;
  /** @type {Record<string, any>} */
  const next = { ...board, seq: delta.seq, as_of: delta.as_of };
  for (const name of SCALARS) if (delta[name] !== undefined) next[name] = delta[name];
  const removed = delta.removed || {};
  for (const [list, key] of Object.entries(KEYS)) {
    const changed = /** @type {Row[] | undefined} */ (delta[list]);
    const gone = removed[list];
    if (changed || gone) next[list] = foldRows(next[list], key, changed || [], gone || []);
  }
  next.calls.sort((/** @type {{call_seq: number}} */ a, /** @type {{call_seq: number}} */ b) => b.call_seq - a.call_seq);
  return /** @type {Board} */ (next);
}
