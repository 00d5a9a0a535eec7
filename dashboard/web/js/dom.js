// @ts-check
/**
 * Small changes of the page: nothing is touched that says already what it should, and text is
 * never read as markup.
 */
import { nameFit } from "./show.js";

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
export function one(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {HTMLElement} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | number | boolean} value */
export function setAttribute(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** A name, and how large it may be. @param {HTMLElement} element @param {string} name */
export function setName(element, name) {
  setText(element, name);
  setAttribute(element, "data-fit", nameFit(name));
}

/** @param {HTMLElement} element @param {boolean} shown */
export function setShown(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** @param {string} id @returns {HTMLElement} a copy of the template's one row */
export function fromTemplate(id) {
  const template = document.getElementById(id);
  const row = template instanceof HTMLTemplateElement ? template.content.firstElementChild : null;
  if (!row) throw new Error(`the page has no template ${id}`);
  return /** @type {HTMLElement} */ (row.cloneNode(true));
}

/**
 * Makes a list's rows those of `items`, in their order; a row that stays is the same element.
 * @template T
 * @param {HTMLElement} list @param {T[]} items @param {string} attribute that holds a row's key
 * @param {(item: T) => string} key @param {(item: T) => HTMLElement} make @param {(row: HTMLElement, item: T) => void} fill
 */
export function setRows(list, items, attribute, key, make, fill) {
  /** @type {Map<string | null, HTMLElement>} */
  const there = new Map();
  for (const row of Array.from(list.children)) there.set(row.getAttribute(attribute), /** @type {HTMLElement} */ (row));
  const wanted = new Set(items.map(key));
  for (const [name, row] of there) if (name === null || !wanted.has(name)) row.remove();
  items.forEach((item, at) => {
    const row = there.get(key(item)) || make(item);
    fill(row, item);
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] || null);
  });
}

/** One dot a page, the present one marked. @param {HTMLElement} dots @param {number} page @param {number} pages */
export function setDots(dots, page, pages) {
  const wanted = pages > 1 ? pages : 0;
  while (dots.children.length > wanted) dots.children[0]?.remove();
  while (dots.children.length < wanted) {
    const dot = document.createElement("span");
    dot.className = "dot";
    dots.append(dot);
  }
  Array.from(dots.children).forEach((dot, at) => setAttribute(dot, "data-here", at === page));
}
