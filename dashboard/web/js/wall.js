// @ts-check
/**
 * The wall. Hooks: `.newest .call` and `.calls .call` are the calls, each with data-call-seq,
 * data-ticket, data-counter; `.service[data-service]` the services (those of other pages are
 * hidden); `.miss[data-ticket]` the missed numbers; `.zone[data-zone]` the waiting zones; `.wall[data-mode]` is normal, dense or wide.
 */
import { CallLog } from "./calls.js";
import { fromTemplate, one, setAttribute, setDots, setName, setRows, setShown, setText } from "./dom.js";
import { Ranges } from "./estimate.js";
import { Page, pageData } from "./page.js";
import * as show from "./show.js";
import { ms } from "./time.js";
import { fillZone, label, waiting, zoneKey, ZONES } from "./zones.js";
/** @import { How } from "./keep.js" */
/** @import { Board, Call, Missed, Service, Zone } from "./types.js" */

/** As in src/pages/wall.rs. */
const SERVICES = 5;
const SERVICES_OVER_ZONES = 4;
const MISSED = 4;
const MISSED_LONG = 3;
const PAGE_MS = 8_000;
const REST_MS = 2_000;

class Wall {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.words = page.data.words;
    this.about = new show.About(page.data.options);
    this.log = new CallLog();
    this.root = one(document, ".wall");
    this.newest = one(this.root, ".newest");
    this.calls = one(this.root, ".calls");
    this.services = one(this.root, ".services");
    this.missed = one(this.root, ".missed");
    this.zones = one(this.root, ".zones");
    this.ranges = new Ranges();
    this.ranges.adopt(this.services);
    /** @type {Board | null} */
    this.board_ = null;
    this.turned = -1;
    this.movedAt = -Infinity;
    this.arranged = "";
  }

  /** @param {Board} board @param {How} how @param {number} now */
  board(board, how, now) {
    const known = this.board_;
    this.board_ = board;
    const calls = board.calls.filter((call) => this.about.call(board, call));
    if (how.gap) this.log.restart(calls, { asOf: ms(board.as_of), day: board.business_day, ...how }, now);
    else this.log.follow(calls, board.business_day, now);
    const same = (/** @type {"services" | "counters" | "missed" | "zones"} */ list) => known !== null && known[list] === board[list];
    const named = same("services") && same("counters");
    if (!named) this.arranged = "";
    if (!same("services")) this.ranges.follow(board.services);
    this.showCalls(board, now);
    this.turn(board, now, !(named && same("missed") && same("zones")));
    this.showHead(board);
  }

  /** @param {number} now */
  tick(now) {
    if (!this.board_) return;
    this.showCalls(this.board_, now);
    this.turn(this.board_, now, false);
  }

  /** @param {Board} board @param {number} now */
  showCalls(board, now) {
    const { newest, listed, mode, long, announce } = this.log.arrange(now);
    for (const _call of announce) this.page.chime.ring();
    const seqs = (/** @type {Call[]} */ calls) => calls.map((call) => call.call_seq).join();
    const arranged = `${seqs(newest)}/${seqs(listed)}/${mode}/${long}`;
    if (arranged === this.arranged) return;
    this.arranged = arranged;
    setAttribute(this.root, "data-mode", mode);
    setAttribute(this.root, "data-newest", newest.length);
    setAttribute(this.root, "data-long", long);
    setShown(one(this.newest, ".none"), newest.length === 0);
    const rows = (/** @type {HTMLElement} */ section, /** @type {Call[]} */ calls) =>
      setRows(one(section, ".rows"), calls, "data-call-seq", (call) => String(call.call_seq), () => fromTemplate("call-row"),
        (row, call) => this.fillCall(row, board, call));
    rows(this.newest, newest);
    rows(this.calls, listed);
    if (!announce.length) return;
    this.moveIn(announce, now);
    // Two frames: the second begins when the first has been drawn.
    const drawn = () => this.log.drawn(announce, performance.now());
    window.requestAnimationFrame(() => window.requestAnimationFrame(drawn));
  }

  /** A call moves in, unless calls come so quickly that the stage would never rest.
   * @param {Call[]} calls @param {number} now */
  moveIn(calls, now) {
    const calm = now - this.movedAt >= REST_MS;
    this.movedAt = now;
    for (const call of calm ? calls : []) {
      const row = this.newest.querySelector(`[data-call-seq="${call.call_seq}"]`);
      if (row) setAttribute(row, "data-new", true);
    }
  }

  /** @param {HTMLElement} row @param {Board} board @param {Call} call */
  fillCall(row, board, call) {
    const place = show.placeOf(board, call, this.words);
    const counter = show.counterRow(board, call.counter);
    setAttribute(row, "data-call-seq", call.call_seq);
    setAttribute(row, "data-ticket", call.ticket);
    setAttribute(row, "data-counter", call.counter || "");
    setAttribute(row, "data-fit", show.ticketFit(call.ticket));
    setText(one(row, ".ticket"), call.ticket);
    setAttribute(one(row, ".to"), "data-fit", show.placeFit(place));
    setText(one(row, ".word"), place.word);
    setText(one(row, ".number"), place.number);
    setName(one(row, ".rest"), place.rest);
    setText(one(row, ".recall"), (call.recall && this.words.recall) || "");
    setText(one(row, ".priority"), show.priority(call, this.words));
    setName(one(row, ".service"), call.counter === null ? "" : show.serviceName(board, call));
    setText(one(row, ".officer"), (counter && counter.officer_name) || "");
  }

  /** The pages of services and missed numbers turn with the server's clock.
   * @param {Board} board @param {number} now @param {boolean} changed */
  turn(board, now, changed) {
    const turned = Math.floor(Math.max(0, this.page.clock.at(now)) / PAGE_MS);
    if (!changed && turned === this.turned) return;
    this.turned = turned;
    const zones = waiting(board);
    this.showZones(zones, turned);
    const services = board.services.filter((row) => this.about.service(row));
    const shown = paged(this.services, services.length, zones.length ? SERVICES_OVER_ZONES : SERVICES, turned);
    setRows(one(this.services, ".rows"), services, "data-service", (row) => row.service, () => fromTemplate("service-row"),
      (row, service) => this.fillService(row, board, service));
    hideOthers(this.services, shown);
    const missed = show.byTime(board.missed.filter((row) => this.about.missed(board, row)));
    const long = missed.some((row) => row.counter !== null && show.nameFit(show.counterName(board, row.counter)) !== "s");
    const size = long ? MISSED_LONG : MISSED;
    const here = paged(this.missed, missed.length, size, turned);
    setRows(one(this.missed, ".rows"), missed, "data-ticket", (row) => row.ticket, () => fromTemplate("missed-row"),
      (row, miss) => this.fillMissed(row, board, miss));
    hideOthers(this.missed, here);
  }

  /** @param {Zone[]} zones @param {number} turned */
  showZones(zones, turned) {
    setAttribute(this.root, "data-zones", zones.length > 0);
    setShown(this.zones, zones.length > 0);
    const shown = paged(this.zones, zones.length, ZONES, turned);
    setRows(one(this.zones, ".rows"), zones, "data-zone", zoneKey, () => fromTemplate("zone-row"),
      (row, zone) => fillZone(row, zone, label(zone, zones), this.words));
    hideOthers(this.zones, shown);
  }

  /** @param {HTMLElement} row @param {Board} board @param {Service} service */
  fillService(row, board, service) {
    const { text, note, longest, range } = show.expected(board, service, this.ranges.of(service.service), this.words);
    const expected = one(row, ".expected");
    setAttribute(row, "data-service", service.service);
    setName(one(row, ".name"), service.name);
    setText(one(row, ".next"), show.next(service));
    setText(one(row, ".waiting"), String(service.waiting));
    setAttribute(expected, "data-from", range ? range.from : "");
    setAttribute(expected, "data-to", range ? range.to : "");
    setText(one(expected, ".range"), text);
    setText(one(expected, ".note"), note);
    setText(one(expected, ".longest"), longest);
  }

  /** @param {HTMLElement} row @param {Board} board @param {Missed} missed */
  fillMissed(row, board, missed) {
    setAttribute(row, "data-ticket", missed.ticket);
    setAttribute(row, "data-counter", missed.counter || "");
    setText(one(row, ".ticket"), missed.ticket);
    setName(one(row, ".place"), missed.counter === null ? "" : show.counterName(board, missed.counter));
  }

  /** What a changed site file changes. @param {Board} board */
  showHead(board) {
    setName(one(this.root, "h1"), board.name);
    const hotline = board.contacts.hotline || "";
    const hours = show.hours(board);
    setText(one(this.root, ".hotline .value"), hotline);
    setShown(one(this.root, ".hotline"), hotline !== "");
    setText(one(this.root, ".hours .value"), hours);
    setShown(one(this.root, ".hours"), hours !== "");
  }
}

/** Shows where the pages of a section are; they are as full as each other. @param {HTMLElement} section @param {number} rows @param {number} size
 * @param {number} turned @returns {[number, number]} the first row of the present page, and the first after it */
function paged(section, rows, size, turned) {
  const pages = Math.max(1, Math.ceil(rows / size));
  const page = turned % pages;
  setDots(one(section, ".dots"), page, pages);
  const none = section.querySelector(".none");
  if (none instanceof HTMLElement) setShown(none, rows === 0);
  return [Math.floor(page * rows / pages), Math.floor((page + 1) * rows / pages)];
}

/** @param {HTMLElement} section @param {[number, number]} shown */
function hideOthers(section, [first, after]) {
  Array.from(one(section, ".rows").children).forEach((row, at) => {
    setShown(/** @type {HTMLElement} */ (row), at >= first && at < after);
  });
}

new Page(pageData(), (page) => new Wall(page)).start();
