// @ts-check
/** A new zone, corner by corner: with the pointer, or with a cross that the arrows move. */
import { closes, moved } from "./shape.js";
import { arrow, element, fraction, outline, placed } from "./stage.js";
import { naming } from "./list.js";
import * as store from "./store.js";

/** @typedef {import("./shape.js").Point} Point */

const stage = document.getElementById("stage");
const pen = document.getElementById("pen");
/** @type {Point[]} */
let corners = [];
/** @type {Point} */
let cross = [0.5, 0.5];
let drawing = false;
/** @type {() => void} */
let changed = () => {};

export const isDrawing = () => drawing;

/** @param {() => void} listener when drawing begins or ends */
export function onDrawing(listener) {
  changed = listener;
}

/** Begins, or gives up what was begun. */
export function toggle() {
  set(!drawing);
}

/** @param {boolean} on */
function set(on) {
  drawing = on;
  corners = [];
  stage?.classList.toggle("drawing", on);
  if (on) {
    store.choose(null);
    stage?.focus();
  }
  show();
  changed();
}

/** @param {Point} point */
function corner(point) {
  if (closes(corners, point)) {
    end();
    return;
  }
  corners = [...corners, moved(point, 0, 0)];
  show();
}

function end() {
  const polygon = corners;
  set(false);
  if (polygon.length > 2) naming(store.add(polygon));
}

function show() {
  if (!drawing) {
    pen?.replaceChildren();
    return;
  }
  const [x, y] = placed(cross);
  const parts = [
    element("polyline", { class: "line", points: outline([...corners, cross]) }),
    ...corners.map((point, at) => {
      const [cx, cy] = placed(point);
      return element("circle", { class: at === 0 ? "corner first" : "corner", cx, cy, r: at === 0 ? 16 : 10 });
    }),
    element("path", { class: "cross", d: `M${x - 22} ${y}H${x + 22}M${x} ${y - 22}V${y + 22}` }),
  ];
  pen?.replaceChildren(...parts);
}

/** @param {PointerEvent} event */
function press(event) {
  if (!drawing || event.button !== 0) return;
  event.preventDefault();
  cross = moved(fraction(event), 0, 0);
  corner(cross);
}

/** @param {PointerEvent} event */
function hover(event) {
  if (!drawing) return;
  cross = moved(fraction(event), 0, 0);
  show();
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (!drawing || event.ctrlKey || event.metaKey || event.altKey) return;
  const way = arrow(event);
  if (way) {
    cross = moved(cross, way[0], way[1]);
    show();
  } else if (event.key === " ") corner(cross);
  else if (event.key === "Enter") end();
  else if (event.key === "Escape") set(false);
  else if (event.key === "Backspace") {
    corners = corners.slice(0, -1);
    show();
  } else return;
  event.preventDefault();
}

stage?.addEventListener("pointerdown", press);
stage?.addEventListener("pointermove", hover);
stage?.addEventListener("keydown", key);
