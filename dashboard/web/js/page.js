// @ts-check
/**
 * What all living screens do: keep the board, the clock and the link, say when they are not alive,
 * and end as a living page again whatever happens.
 *
 * Hooks for outside checks: <html data-state="live|stale|offline" data-seq data-as-of>; `.link` is
 * the banner of a lost link, `button.sound` that of a screen that may not sound.
 */
import { Chime } from "./chime.js";
import { one, setAttribute, setShown, setText } from "./dom.js";
import { Freshness, Link } from "./link.js";
import { ServerClock, dateText, local, ms } from "./time.js";
/** @import { How } from "./keep.js" */
/** @import { Board, PageData } from "./types.js" */
/**
 * A screen's own part.
 * @typedef {{ board: (board: Board, how: How, now: number) => void, tick: (now: number) => void }} View
 */

const TICK_MS = 250;
const REPORT_MS = 30_000;
/** How often a page without a link looks whether another page would have one. */
const LOOK_MS = 10_000;
const AGAIN_MS = 10_000;

/** @returns {PageData} */
export const pageData = () => JSON.parse(one(document, "#page-data").textContent || "");

export class Page {
  /** @param {PageData} data @param {(page: Page) => View} view */
  constructor(data, view) {
    this.data = data;
    /** @type {Board | null} */
    this.board = null;
    this.clock = new ServerClock();
    const now = performance.now();
    this.freshness = new Freshness(now, document.documentElement.dataset.state === "live");
    /** Only the wall calls aloud. */
    this.hears = data.counter === null;
    this.link = new Link(this.address(), this.freshness, this);
    this.chime = new Chime(data.options.silent || !this.hears, () => this.sound());
    this.view = view(this);
    this.ends = false;
    this.minute = "";
    this.reportedAt = -Infinity;
    this.lookedAt = now;
    this.since = document.documentElement.dataset.asOf || "";
    for (const event of ["keydown", "pointerdown"]) window.addEventListener(event, () => this.chime.wake());
    window.addEventListener("error", () => this.failed());
    window.addEventListener("unhandledrejection", () => this.failed());
    this.sound();
  }

  address() {
    const { protocol, host } = window.location;
    const { site, page, options } = this.data;
    const screen = options.screen || ownName(site, page);
    return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/api/v1/sites/${site}/ws?screen=${screen}`;
  }

  /** Begins once all that the page needs has come: ending its reloads would end what still loads. */
  async start() {
    const loaded = new Promise((done) => { window.addEventListener("load", done, { once: true }); });
    const late = new Promise((done) => { setTimeout(done, 5_000); });
    if (document.readyState !== "complete") await Promise.race([loaded, late]);
    await Promise.race([document.fonts.ready, late]);
    // From here on this script answers for the page; the page's own reloading (meta refresh) ends.
    window.stop();
    this.tick();
    setInterval(() => this.tick(), TICK_MS);
  }

  tick() {
    try {
      const now = performance.now();
      this.link.tick(now);
      this.show(now);
      this.view.tick(now);
      if (now - this.reportedAt >= REPORT_MS) this.report();
      if (this.freshness.closedAt !== null && now - this.lookedAt >= LOOK_MS && now - this.freshness.closedAt >= LOOK_MS) this.look(true);
    } catch (_error) {
      this.failed();
    }
  }

  /** Clock, date, and whether all this is true now. @param {number} now */
  show(now) {
    const state = this.freshness.state(now);
    setAttribute(document.documentElement, "data-state", state);
    const banner = one(document, ".link");
    setShown(banner, state !== "live");
    if (!this.board) return;
    const zone = this.board.time_zone;
    if (state !== "live") {
      const since = local(ms(this.since), zone).clock;
      setText(one(banner, ".lost"), (this.data.words["link.lost"] || "").replace("{at}", since));
    }
    const at = this.clock.at(now);
    const minute = `${Math.floor(at / 60_000)} ${zone}`;
    if (minute === this.minute) return;
    this.minute = minute;
    const here = local(at, zone);
    setText(one(document, ".now .clock"), here.clock);
    setText(one(document, ".now .date"), dateText(here, this.data.words));
  }

  /** @param {Board} board @param {How} how */
  take(board, how) {
    const now = performance.now();
    const known = this.board;
    this.board = board;
    if (!known || board.as_of !== known.as_of) this.clock.set(ms(board.as_of), now);
    this.since = board.as_of;
    setAttribute(document.documentElement, "data-seq", board.seq);
    setAttribute(document.documentElement, "data-as-of", board.as_of);
    this.view.board(board, how, now);
    this.show(now);
  }

  opened() {
    this.report();
    this.look(false);
  }

  /** Tells the server which screen this is and whether it can be heard. */
  report() {
    this.reportedAt = performance.now();
    this.link.send({ type: "screen", page: this.data.page, muted: this.chime.muted });
  }

  sound() {
    if (!this.hears) return;
    const { muted } = this.chime;
    const button = one(document, "button.sound");
    const appears = muted && button.hidden;
    setShown(button, muted);
    // A remote control has no pointer: its OK key presses what has the focus.
    if (appears) button.focus({ preventScroll: true });
    this.report();
  }

  /**
   * Asks for this very page. After an upgrade it comes from another build: then it is loaded anew.
   * A page whose link stays away while pages are served is loaded anew as well.
   * @param {boolean} isLost
   */
  look(isLost) {
    this.lookedAt = performance.now();
    const asked = fetch(window.location.href, { method: "HEAD", cache: "no-store" });
    asked.then((answer) => {
      const build = answer.headers.get("x-motcua-build");
      const lost = isLost && this.freshness.closedAt !== null;
      if (answer.ok && build && (lost || build !== this.data.build)) window.location.reload();
    }).catch(() => undefined);
  }

  /** Something is wrong with this script: the page that the server makes is right all the same. */
  failed() {
    if (this.ends) return;
    this.ends = true;
    const again = () => {
      const asked = fetch(window.location.href, { method: "HEAD", cache: "no-store" });
      asked.then((answer) => { if (answer.ok) window.location.reload(); }).catch(() => undefined);
    };
    setInterval(again, AGAIN_MS);
  }
}

/** The name under which this browser shows this page, the same for ever where it can keep one.
 * @param {string} site @param {string} page */
function ownName(site, page) {
  const key = `motcua-screen/${site}/${page}`;
  const made = `${page.slice(0, 24)}-${Math.random().toString(36).slice(2, 9)}`;
  try {
    const kept = window.localStorage.getItem(key);
    if (kept) return kept;
    window.localStorage.setItem(key, made);
  } catch (_forbidden) {
    // A private window: another name each time.
  }
  return made;
}
