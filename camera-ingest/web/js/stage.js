// @ts-check
/** The zones over the picture: drawn, dragged, moved by keys. */
import { grown, halfWay, middle, moved, movedAll, shrunk } from "./shape.js";
import * as store from "./store.js";
import { kindName, t } from "./texts.js";

/** @typedef {import("./shape.js").Point} Point */
/** @typedef {import("./store.js").Drawn} Drawn */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1600;
/** A key moves a point by a two-hundredth of the picture, with Shift by a twentieth. */
const STEP = 0.005;
const STRIDE = 0.05;
/** The zone itself and none of its points. */
const WHOLE = -1;

/** @param {string} selector @returns {SVGElement} */
function svg(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof SVGElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

const stage = /** @type {SVGSVGElement} */ (svg("#stage"));
const shapes = svg("#shapes");
let height = 900;
/** What the elements are made for; the same again is only moved. */
let built = "";
/** @type {Map<number, string>} what is known of each zone at the moment */
let levels = new Map();

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
export function element(name, attributes, text) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, String(value));
  if (text !== undefined) one.textContent = text;
  return one;
}

/** @param {Point} point in pixels of the drawing @returns {Point} */
export const placed = ([x, y]) => [x * WIDTH, y * height];

/** @param {Point[]} points */
export const outline = (points) => points.map((point) => placed(point).join(",")).join(" ");

/** @param {MouseEvent} event @returns {Point} in fractions of the picture */
export function fraction(event) {
  const box = stage.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/** @param {number} width @param {number} tall the stream's pixels */
export function setSize(width, tall) {
  const next = Math.round((WIDTH * tall) / width);
  if (next === height || !Number.isFinite(next)) return;
  height = next;
  stage.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  for (const id of ["#blank", "#shown"]) svg(id).setAttribute("height", String(height));
  svg("#empty").setAttribute("y", String(height - 30));
  built = "";
  render();
}

/** @param {string | null} address of the picture; `null` puts it away */
export function setPicture(address) {
  const image = svg("#shown");
  if (address) image.setAttribute("href", address);
  else image.removeAttribute("href");
  stage.classList.toggle("with-picture", address !== null);
}

/** @param {Map<number, string>} next a text a zone */
export function setLevels(next) {
  levels = next;
  for (const group of Array.from(shapes.children)) {
    const text = levels.get(Number(group.getAttribute("data-key"))) || "";
    const label = group.querySelector(".level");
    if (label && label.textContent !== text) label.textContent = text;
  }
}

/** Draws what is in the store; keeps the focus where it was. */
export function render() {
  const zones = store.all();
  const wanted = JSON.stringify([store.chosenKey(), zones.map((zone) => [zone.key, zone.kind, zone.polygon.length])]);
  if (wanted !== built) {
    const focus = focused();
    // The chosen one lies on top, so that its points can be reached.
    const order = [...zones].sort((a, b) => Number(a.key === store.chosenKey()) - Number(b.key === store.chosenKey()));
    shapes.replaceChildren(...order.map(made));
    built = wanted;
    if (focus) focusPoint(focus.key, focus.at);
  }
  for (const zone of zones) place(zone);
  setLevels(levels);
}

/** @param {number} key @param {number} at a point, or WHOLE */
export function focusPoint(key, at) {
  const where = at === WHOLE ? ".body" : `[data-point="${at}"]`;
  const point = shapes.querySelector(`[data-key="${key}"] ${where}`);
  if (point instanceof SVGElement) point.focus();
}

/** @returns {{ key: number, at: number } | null} what has the keyboard */
function focused() {
  const { zone, point } = under(document.activeElement);
  return zone ? { key: zone.key, at: point ?? WHOLE } : null;
}

/** @param {Drawn} zone */
function made(zone) {
  const chosen = zone.key === store.chosenKey();
  const all = element("g", { "data-key": zone.key, class: chosen ? "zone chosen" : "zone" });
  all.append(element("polygon", { class: "body", fill: `url(#${zone.kind})`, tabindex: 0, role: "button" }));
  all.append(element("text", { class: "name" }), element("text", { class: "level" }));
  if (!chosen) return all;
  zone.polygon.forEach((_point, at) => {
    const edge = element("g", { class: "edge", "data-edge": at });
    edge.append(element("circle", { r: 11 }), element("path", { d: "M-6 0H6M0 -6V6" }), element("title", {}, t("edge")));
    all.append(edge);
  });
  zone.polygon.forEach((_point, at) => {
    all.append(element("circle", { class: "point", r: 13, tabindex: 0, role: "button", "data-point": at }));
  });
  return all;
}

/** Moves a zone's elements to where it is. @param {Drawn} zone */
function place(zone) {
  const all = shapes.querySelector(`[data-key="${zone.key}"]`);
  if (!all) return;
  all.querySelector(".body")?.setAttribute("points", outline(zone.polygon));
  all.querySelector(".body")?.setAttribute("aria-label", `${zone.zone}, ${kindName(zone.kind)}`);
  placeWords(all, zone);
  zone.polygon.forEach((point, at) => {
    const circle = all.querySelector(`[data-point="${at}"]`);
    const [cx, cy] = placed(point);
    circle?.setAttribute("cx", String(cx));
    circle?.setAttribute("cy", String(cy));
    const [px, py] = point.map((part) => (part * 100).toFixed(1));
    circle?.setAttribute("aria-label", t("point", { n: at + 1, zone: zone.zone, x: px || "", y: py || "" }));
    const [ex, ey] = placed(halfWay(zone.polygon, at));
    all.querySelector(`[data-edge="${at}"]`)?.setAttribute("transform", `translate(${ex} ${ey})`);
  });
}

/** The name and the level, in the middle of the zone and within the picture. @param {Element} all @param {Drawn} zone */
function placeWords(all, zone) {
  const name = /** @type {SVGTextElement} */ (all.querySelector(".name"));
  // What is not looked at has no level: its word stands in that place.
  const said = zone.kind === "ignore" ? `${zone.zone} · ${kindName(zone.kind)}` : zone.zone;
  if (name.textContent !== said) name.textContent = said;
  const half = name.getComputedTextLength() / 2 + 8;
  const [x, y] = placed(middle(zone.polygon));
  const within = Math.max(half, Math.min(WIDTH - half, x));
  for (const [text, shift] of /** @type {[Element | null, number][]} */ ([[name, -8], [all.querySelector(".level"), 34]])) {
    text?.setAttribute("x", String(within));
    text?.setAttribute("y", String(Math.max(40, y + shift)));
  }
}

/** What lies under the pointer. @param {EventTarget | null} target */
function under(target) {
  const hit = target instanceof Element ? target : null;
  const key = hit?.closest("[data-key]")?.getAttribute("data-key");
  const zone = store.all().find((one) => String(one.key) === key);
  const point = hit?.getAttribute("data-point");
  const edge = hit?.closest("[data-edge]")?.getAttribute("data-edge");
  return { zone, point: point ? Number(point) : null, edge: edge ? Number(edge) : null };
}

/** @type {{ key: number, at: number | null, from: Point, polygon: Point[] } | null} */
let drag = null;

/** @param {PointerEvent} event */
function grab(event) {
  if (event.button !== 0 || stage.classList.contains("drawing")) return;
  const { zone, point, edge } = under(event.target);
  store.settled();
  if (!zone) {
    store.choose(null);
    return;
  }
  store.choose(zone.key);
  let polygon = zone.polygon;
  if (edge !== null) {
    polygon = grown(polygon, edge);
    store.change(zone.key, { polygon }, "drag");
  }
  const at = edge !== null ? edge + 1 : point;
  drag = { key: zone.key, at, from: fraction(event), polygon };
  stage.setPointerCapture(event.pointerId);
  event.preventDefault();
  focusPoint(zone.key, at ?? WHOLE);
}

/** @param {PointerEvent} event */
function pull(event) {
  if (!drag) return;
  const { key, at, from, polygon } = drag;
  const [x, y] = fraction(event);
  const [dx, dy] = [x - from[0], y - from[1]];
  const next = at === null ? movedAll(polygon, dx, dy) : polygon.map((point, n) => (n === at ? moved(point, dx, dy) : point));
  store.change(key, { polygon: next }, "drag");
}

function release() {
  if (drag) store.settled();
  drag = null;
}

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {KeyboardEvent} event @returns {Point | null} how far an arrow moves */
export function arrow(event) {
  const way = ARROWS[event.key];
  if (!way) return null;
  const step = event.shiftKey ? STRIDE : STEP;
  return [way[0] * step, way[1] * step];
}

/** @param {KeyboardEvent} event */
function press(event) {
  const { zone, point } = under(event.target);
  if (!zone || event.ctrlKey || event.metaKey || event.altKey) return;
  const done = point === null ? ofZone(event, zone) : ofPoint(event, zone, point);
  if (done) event.preventDefault();
}

/** @param {KeyboardEvent} event @param {Drawn} zone @returns {boolean} whether the key meant something */
function ofZone(event, zone) {
  const way = arrow(event);
  if (way) store.change(zone.key, { polygon: movedAll(zone.polygon, way[0], way[1]) }, "keys");
  if (way || event.key === "Enter" || event.key === " ") store.choose(zone.key);
  if (event.key === "Enter" || event.key === " ") focusPoint(zone.key, 0);
  return way !== null || event.key === "Enter" || event.key === " ";
}

/** @param {KeyboardEvent} event @param {Drawn} zone @param {number} point @returns {boolean} */
function ofPoint(event, zone, point) {
  const way = arrow(event);
  if (way) {
    const polygon = zone.polygon.map((one, at) => (at === point ? moved(one, way[0], way[1]) : one));
    store.change(zone.key, { polygon }, `key${point}`);
  } else if (event.key === "Enter" || event.key === " ") {
    store.change(zone.key, { polygon: grown(zone.polygon, point) }, `grow${zone.polygon.length}`);
    focusPoint(zone.key, point + 1);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    const polygon = shrunk(zone.polygon, point);
    store.change(zone.key, { polygon }, `shrink${zone.polygon.length}`);
    focusPoint(zone.key, Math.min(point, polygon.length - 1));
  } else if (event.key === "Escape") {
    focusPoint(zone.key, WHOLE);
  } else {
    return false;
  }
  return true;
}

stage.addEventListener("pointerdown", grab);
stage.addEventListener("pointermove", pull);
stage.addEventListener("pointerup", release);
stage.addEventListener("pointercancel", release);
stage.addEventListener("keydown", press);
