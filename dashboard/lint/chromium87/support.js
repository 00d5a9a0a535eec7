// What Chromium 87 understands, as MDN's browser-compat-data tells it. Real televisions carry this
// version and are never updated; a page that is too new for them stays black on a wall.
import { createRequire } from "node:module";

/** The version on the walls. */
export const CHROMIUM = 87;

/** @typedef {{ [key: string]: any }} Node a part of MDN's tree; `__compat` tells of the part itself */

/** @type {Node} */
const data = createRequire(import.meta.url)("@mdn/browser-compat-data");

/** @type {Node} */
export const css = data.css;

/**
 * The version that first had it, when Chromium 87 lacks it; null when it has it, undefined when
 * MDN does not know it.
 * @param {Node | undefined} node
 * @returns {string | null | undefined}
 */
export function lacks(node) {
  const told = node?.__compat?.support.chrome;
  if (!told) return undefined;
  const statements = /** @type {Node[]} */ (Array.isArray(told) ? told : [told]);
  return statements.some(includesOurs) ? null : String(statements[0].version_added || "no version");
}

/** @param {Node} statement */
function includesOurs(statement) {
  if (statement.flags || statement.prefix || statement.alternative_name) return false;
  return began(statement.version_added) <= CHROMIUM && began(statement.version_removed) > CHROMIUM;
}

/** @param {unknown} version "87", "≤37", "preview", false or nothing */
function began(version) {
  const number = typeof version === "string" ? Number(version.replace("≤", "")) : NaN;
  return Number.isNaN(number) ? Infinity : number;
}

/** A member by its interface, or a global by its name: `of("Array", "at")`, `of(null, "fetch")`.
 * @param {string | null} owner @param {string} name @returns {Node | undefined} */
export function of(owner, name) {
  const places = [data.javascript.builtins, data.javascript.builtins.Intl, data.api];
  for (const place of places) {
    const whole = owner === null ? place : (own(place, owner) ?? own(place, owner.replace(/Constructor$/, "")));
    const found = whole && (own(whole, name) ?? own(whole, `${name}_static`) ?? own(whole, `${name}_event`));
    if (found?.__compat) return found;
  }
  return undefined;
}

/** Every interface that has a member of this name. @param {string} name @returns {Node[]} */
export function anywhere(name) {
  const owners = [...Object.keys(data.javascript.builtins), ...Object.keys(data.api)];
  return owners.flatMap((owner) => of(owner, name) ?? []);
}

/** @param {Node} place @param {string} name @returns {Node | undefined} */
function own(place, name) {
  return Object.hasOwn(place, name) ? place[name] : undefined;
}
