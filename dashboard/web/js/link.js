// @ts-check
/**
 * The WebSocket: kept open for ever, and known to be alive or not.
 *
 * Silence is proof: the server speaks at least every 5 s. So as not to wait that long for a link
 * that swallows everything, the page asks after 2.2 s of silence (`ping`), and a question
 * without an answer within 1.7 s is a lost link. A server that answers, but has heard nothing from
 * the collector, is no living board either. All ages are monotonic.
 */
import { Keeper } from "./keep.js";
import { ms } from "./time.js";
/** @import { How } from "./keep.js" */
/** @import { Alive, Board, Delta, Snapshot } from "./types.js" */
/** @typedef {"live" | "stale" | "offline"} State */

const ASK_AFTER_MS = 2_200;
const ANSWER_WITHIN_MS = 1_700;
/** The collector's `alive` comes every 5 s. */
const NEWS_WITHIN_MS = 8_000;
const CLOSED_MS = 1_500;
const OFFLINE_AFTER_MS = 30_000;
/** A question unanswered for this long, and the socket is given up. */
const GIVE_UP_MS = 6_000;

/** What is known of the link; no sockets, no clock. */
export class Freshness {
  /** @param {number} now @param {boolean} live whether the server called the page that it made alive */
  constructor(now, live) {
    this.trusted = live;
    /** The last news of the collector. */
    this.newsAt = now;
    /** The last sign of the server. */
    this.signAt = now;
    /** @type {number | null} */
    this.askedAt = null;
    /** @type {number | null} */
    this.closedAt = now;
    this.seq = -1;
    this.asOf = -Infinity;
  }

  /** @param {number} now */
  opened(now) {
    this.signAt = now;
    this.askedAt = null;
  }

  /** @param {number} now */
  closed(now) {
    if (this.closedAt === null) this.closedAt = now;
  }

  /** A message came, and the board shown is now of it.
   * @param {string} type @param {number} seq @param {number} asOf @param {number} now */
  heard(type, seq, asOf, now) {
    // A snapshot may be the server's memory of a collector that is gone.
    const isLater = seq > this.seq || (seq === this.seq && asOf > this.asOf);
    const isNews = type !== "snapshot" || (this.seq < 0 ? this.trusted : isLater);
    if (isNews) {
      this.newsAt = now;
      this.trusted = true;
    } else if (seq < this.seq) {
      // Back in time: not a living board until the collector itself speaks.
      this.trusted = false;
    }
    this.seq = seq;
    this.asOf = Math.max(asOf, isNews ? -Infinity : this.asOf);
    this.signAt = now;
    this.askedAt = null;
    this.closedAt = null;
  }

  /** The server spoke; that is no news of the collector. @param {number} now */
  answered(now) {
    this.signAt = now;
    this.askedAt = null;
  }

  /** Whether to ask now. @param {number} now */
  asks(now) {
    const due = this.askedAt === null && this.closedAt === null && now - this.signAt >= ASK_AFTER_MS;
    if (due) this.askedAt = now;
    return due;
  }

  /** Whether the open socket is of no use. @param {number} now */
  isDead(now) {
    return now - this.signAt >= ASK_AFTER_MS + GIVE_UP_MS;
  }

  /** @param {number} now @returns {State} */
  state(now) {
    const closed = this.closedAt !== null && now - this.closedAt >= CLOSED_MS;
    const unanswered = this.askedAt !== null && now - this.askedAt >= ANSWER_WITHIN_MS;
    const old = now - this.newsAt >= NEWS_WITHIN_MS;
    if (this.trusted && !closed && !unanswered && !old) return "live";
    return now - this.newsAt >= OFFLINE_AFTER_MS ? "offline" : "stale";
  }
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** An attempt that takes longer is given up: the way may swallow packets. */
const OPEN_WITHIN_MS = 4_000;
/** The server lets go of a client that asks more than ten times in ten seconds. */
const RESYNC_EVERY_MS = 1_500;

/** The pause before an attempt: longer each time, and not the same for all screens of a hall.
 * @param {number} failed attempts since the last message @param {number} chance 0..1 */
export const pauseMs = (failed, chance) => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failed, 6)) * (0.7 + 0.3 * chance);

/**
 * @typedef {{ take: (board: Board, how: How) => void,
 *   opened: () => void, failed: (error: unknown) => void }} Listener
 */

export class Link {
  /** @param {string} url @param {Freshness} freshness @param {Listener} listener */
  constructor(url, freshness, listener) {
    this.url = url;
    this.freshness = freshness;
    this.listener = listener;
    this.keeper = new Keeper();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.openedAt = -Infinity;
    this.resyncedAt = -Infinity;
    this.failed = 0;
    this.nextAt = 0;
  }

  /** @param {unknown} message */
  send(message) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** What time alone does; called at least twice a second. @param {number} now */
  tick(now) {
    const { socket } = this;
    if (!socket) {
      if (now >= this.nextAt) this.connect(now);
    } else if (socket.readyState === WebSocket.CONNECTING) {
      if (now - this.openedAt >= OPEN_WITHIN_MS) this.drop(now);
    } else if (this.freshness.isDead(now)) {
      this.drop(now);
    } else {
      if (this.freshness.asks(now)) this.send({ type: "ping" });
      if (this.keeper.awaits) this.resync(now);
    }
  }

  /** Asks for the board, once: the deltas that come before the answer all do not follow. A board that
   * does not come, or is of no use, is asked for again. @param {number} now */
  resync(now) {
    if (now - this.resyncedAt < RESYNC_EVERY_MS) return;
    this.resyncedAt = now;
    this.send({ type: "resync" });
  }

  /** @param {number} now */
  connect(now) {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.openedAt = now;
    // Messages of a socket that was given up are not heard any more.
    const own = (/** @type {() => void} */ then) => () => { if (this.socket === socket) then(); };
    socket.onopen = own(() => {
      this.freshness.opened(performance.now());
      this.keeper.opened();
      this.listener.opened();
    });
    socket.onclose = own(() => this.drop(performance.now()));
    socket.onmessage = (event) => { if (this.socket === socket) this.message(String(event.data), performance.now()); };
  }

  /** @param {number} now */
  drop(now) {
    const { socket } = this;
    this.socket = null;
    this.freshness.closed(now);
    this.nextAt = now + pauseMs(this.failed, Math.random());
    this.failed += 1;
    // Says goodbye if anybody listens; on a dead way that may take minutes, and nobody waits for it.
    if (socket) socket.close();
  }

  /** @param {string} text @param {number} now */
  message(text, now) {
    try {
      const message = /** @type {Snapshot | Delta | Alive | { type: "pong" }} */ (JSON.parse(text));
      if (message.type === "pong") {
        this.freshness.answered(now);
        return;
      }
      if (message.type !== "snapshot" && message.type !== "delta" && message.type !== "alive") return;
      this.failed = 0;
      const step = this.keeper.offer(message, now);
      if (!step) {
        this.freshness.answered(now);
        this.resync(now);
        return;
      }
      this.freshness.heard(message.type, step.board.seq, ms(step.board.as_of), now);
      this.listener.take(step.board, step.how);
    } catch (error) {
      this.listener.failed(error);
    }
  }
}
