// @ts-check
/**
 * The board that a page keeps: which message continues it, and which does not.
 * No sockets, no DOM and no clock: monotonic milliseconds come as an argument.
 *
 * A server that has just begun may have only what was kept up to a second ago. `seq` only grows, so
 * for a while the board shown is the better truth, and nobody is called by an older one. Not for
 * long: a server that counts anew is still the server.
 */
import { fold } from "./fold.js";
import { ms } from "./time.js";
/** @import { Alive, Board, Delta, Snapshot } from "./types.js" */
/**
 * @typedef {{ gap: boolean, first: boolean, anew: boolean }} How
 *   gap: something may lie between this board and the last one; anew: its numbers began again
 * @typedef {{ board: Board, how: How }} Step
 */

/** So long a board that is older than the one shown is not believed to be all there is. */
export const OLDER_FOR_MS = 5_000;
/** @type {How} */
const FOLLOWS = { gap: false, first: false, anew: false };

export class Keeper {
  constructor() {
    /** @type {Board | null} */
    this.board = null;
    /** Whether only a snapshot leads on from here. */
    this.awaits = false;
    /** @type {number | null} */
    this.olderSince = null;
  }

  /** Another connection: its first word is a snapshot, maybe of another server. */
  opened() {
    this.awaits = false;
    this.olderSince = null;
  }

  /**
   * The next board, if the message leads to it; `null` when a snapshot is to be asked for.
   * @param {Snapshot | Delta | Alive} message @param {number} now @returns {Step | null}
   */
  offer(message, now) {
    const step = message.type === "snapshot" ? this.snapshot(message.board, now) : this.follow(message);
    this.awaits = step === null;
    if (step) this.board = step.board;
    return step;
  }

  /** @param {Board} board @param {number} now @returns {Step | null} */
  snapshot(board, now) {
    const known = this.board;
    if (!known) return { board, how: { gap: true, first: true, anew: false } };
    if (board.seq >= known.seq) {
      this.olderSince = null;
      const same = board.seq === known.seq;
      // What was said since (`alive`) may be later than what the server keeps with the board.
      const asOf = same && ms(known.as_of) > ms(board.as_of) ? known.as_of : board.as_of;
      return { board: { ...board, as_of: asOf }, how: { gap: !same, first: false, anew: false } };
    }
    if (this.olderSince === null) this.olderSince = now;
    if (board.business_day <= known.business_day && now - this.olderSince < OLDER_FOR_MS) return null;
    this.olderSince = null;
    return { board, how: { gap: true, first: false, anew: true } };
  }

  /** @param {Delta | Alive} message @returns {Step | null} */
  follow(message) {
    if (!this.board || this.awaits) return null;
    if (message.type === "delta") {
      const board = fold(this.board, message);
      return board && { board, how: FOLLOWS };
    }
    // A sign of life of another board says nothing of when this one was true.
    return message.seq === this.board.seq ? { board: { ...this.board, as_of: message.as_of }, how: FOLLOWS } : null;
  }
}
