// @ts-check
/** Points and outlines, in fractions of the picture; nothing here knows of the page. */

/** @typedef {[number, number]} Point */

/** A thousandth of the picture is finer than a hand. @param {number} value */
const rounded = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

/** @param {Point} point @param {number} dx @param {number} dy @returns {Point} */
export const moved = ([x, y], dx, dy) => [rounded(x + dx), rounded(y + dy)];

/**
 * The whole outline moved, as far as the picture goes.
 * @param {Point[]} points @param {number} dx @param {number} dy @returns {Point[]}
 */
export function movedAll(points, dx, dy) {
  const within = (/** @type {number[]} */ values, /** @type {number} */ by) =>
    Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by));
  const x = within(points.map((point) => point[0]), dx);
  const y = within(points.map((point) => point[1]), dy);
  return points.map((point) => moved(point, x, y));
}

/** @param {Point[]} points @param {number} at @returns {Point} half way to the next point */
export function halfWay(points, at) {
  const [x1, y1] = points[at] || [0, 0];
  const [x2, y2] = points[(at + 1) % points.length] || [0, 0];
  return [rounded((x1 + x2) / 2), rounded((y1 + y2) / 2)];
}

/** @param {Point[]} points @param {number} at @returns {Point[]} with a point more behind that one */
export function grown(points, at) {
  return [...points.slice(0, at + 1), halfWay(points, at), ...points.slice(at + 1)];
}

/** @param {Point[]} points @param {number} at @returns {Point[]} without that one, unless three are left */
export function shrunk(points, at) {
  return points.length > 3 ? points.filter((_point, n) => n !== at) : points;
}

/** @param {Point[]} points @returns {Point} where its name stands: the middle of its area */
export function middle(points) {
  let [area, x, y] = [0, 0, 0];
  points.forEach(([x1, y1], at) => {
    const [x2, y2] = points[(at + 1) % points.length] || [0, 0];
    const cross = x1 * y2 - x2 * y1;
    area += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  });
  if (Math.abs(area) < 1e-6) return points[0] || [0, 0];
  return [Math.min(1, Math.max(0, x / (3 * area))), Math.min(1, Math.max(0, y / (3 * area)))];
}

/** @param {number} count how many zones there are @returns {Point[]} a rectangle beside those before it */
export function rectangle(count) {
  const shift = (count % 5) * 0.06;
  return [[0.3, 0.3], [0.55, 0.3], [0.55, 0.6], [0.3, 0.6]].map(([x, y]) => moved([x || 0, y || 0], shift, shift));
}

/** @param {Point[]} points @param {Point} point @returns {boolean} whether it is as good as the first */
export function closes(points, [x, y]) {
  const first = points[0];
  return points.length > 2 && first !== undefined && Math.hypot(first[0] - x, first[1] - y) < 0.02;
}
