// @ts-check
/**
 * What people read of an estimate: a range in whole minutes, rounded up, that stands still. The rule is
 * the server's (domain/src/shown.rs, which says why); both are held to the cases of
 * web/tests/estimates.json.
 */
/** @import { Estimate, Service } from "./types.js" */
/** @typedef {{ from: number, to: number }} Range  in minutes, at least 1 */

const MINUTE = 60_000;
const EACH = 10;
const STEP = 5;
const CLEARLY = 5;

/** @param {number} seconds @returns {number} */
const whole = (seconds) => Math.round(seconds * 1_000);

/** Minutes shown: rounded up to a step, at least one. @param {number} ms @returns {number} */
function up(ms) {
  const minutes = Math.max(1, Math.ceil(ms / MINUTE));
  return minutes <= EACH ? minutes : Math.ceil(minutes / STEP) * STEP;
}

/** What was shown, or the step of now when that is longer or clearly shorter.
 * @param {number} shown minutes @param {number} ms @returns {number} */
function hold(shown, ms) {
  const now = up(ms);
  const step = shown <= EACH ? MINUTE : STEP * MINUTE;
  const shorter = ms <= shown * MINUTE - step - step / CLEARLY;
  return now > shown || shorter ? now : shown;
}

/** What stands after another range was shown, or none.
 * @param {Range | undefined} shown @param {Estimate} estimate @returns {Range} */
export function range(shown, estimate) {
  const at = (/** @type {number | undefined} */ before, /** @type {number} */ ms) => (before === undefined ? up(ms) : hold(before, ms));
  const to = at(shown && shown.to, whole(estimate.p90_s));
  return { from: Math.min(at(shown && shown.from, whole(estimate.p50_s)), to), to };
}

/** The ranges of all services, as the screen shows them. */
export class Ranges {
  constructor() {
    /** @type {Map<string, Range>} */
    this.shown = new Map();
  }

  /** Goes on from what the server's page shows. @param {HTMLElement} list of services */
  adopt(list) {
    for (const row of Array.from(list.querySelectorAll(".service"))) {
      const shown = row.querySelector(".expected");
      const minutes = (/** @type {string} */ name) => Number((shown && shown.getAttribute(name)) || 0);
      const [from, to] = [minutes("data-from"), minutes("data-to")];
      if (from && to) this.shown.set(row.getAttribute("data-service") || "", { from, to });
    }
  }

  /** @param {Service[]} services */
  follow(services) {
    const before = this.shown;
    this.shown = new Map();
    for (const { service, estimate } of services) if (estimate) this.shown.set(service, range(before.get(service), estimate));
  }

  /** @param {string} service @returns {Range | undefined} */
  of(service) {
    return this.shown.get(service);
  }
}
