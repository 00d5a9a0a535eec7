// @ts-check
/** The list of zones: what each is, how full it is, what is wrong with it. */
import * as store from "./store.js";
import { faultText, kindName, t } from "./texts.js";

/** @typedef {import("./store.js").Drawn} Drawn */
/** @typedef {import("./camera.js").ZoneLive} ZoneLive */
/** @typedef {import("./camera.js").Fault} Fault */

const list = /** @type {HTMLElement} */ (document.getElementById("list"));
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("zone"));

/** @template {Element} T @param {Element} root @param {string} selector @returns {T} */
function one(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (found);
}

/** @param {Element} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} name @param {string} value @returns {Partial<import("./store.js").Zone>} */
function changeOf(name, value) {
  if (name === "seats") return { seats: value === "" ? null : Math.trunc(Number(value)) };
  if (name === "counter") return { counter: value.trim() === "" ? null : value.trim() };
  if (name === "kind") return value === "counter" ? { kind: value } : { kind: value, counter: null };
  return { zone: value.trim() };
}

/** @param {Drawn} zone */
function made(zone) {
  const row = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  row.dataset["key"] = String(zone.key);
  one(row, ".pick").addEventListener("click", () => store.choose(store.chosenKey() === zone.key ? null : zone.key));
  one(row, ".drop").addEventListener("click", () => store.remove(zone.key));
  for (const field of Array.from(row.querySelectorAll("input, select"))) {
    const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (field);
    input.addEventListener("input", () => store.change(zone.key, changeOf(input.name, input.value), input.name));
    input.addEventListener("focus", () => store.settled());
  }
  for (const element of Array.from(row.querySelectorAll("[data-t]"))) {
    setText(element, t(/** @type {"drop"} */ (element.getAttribute("data-t"))));
  }
  return row;
}

/** @param {HTMLElement} row @param {Drawn} zone */
function fill(row, zone) {
  const chosen = zone.key === store.chosenKey();
  row.classList.toggle("chosen", chosen);
  row.dataset["kind"] = zone.kind;
  one(row, ".pick").setAttribute("aria-expanded", String(chosen));
  one(row, ".swatch rect").setAttribute("fill", `url(#${zone.kind})`);
  setText(one(row, ".id"), zone.zone || "—");
  setText(one(row, ".what"), zone.counter ? `${kindName(zone.kind)} ${zone.counter}` : kindName(zone.kind));
  /** @type {Record<string, string>} */
  const values = { zone: zone.zone, kind: zone.kind, counter: zone.counter || "", seats: String(zone.seats ?? "") };
  for (const field of Array.from(row.querySelectorAll("input, select"))) {
    const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (field);
    const value = values[input.name] || "";
    // What is being typed is not touched.
    if (input !== document.activeElement && input.value !== value) input.value = value;
  }
  one(row, ".of-counter").toggleAttribute("hidden", zone.kind !== "counter");
}

/** Shows the store's zones. */
export function render() {
  const zones = store.all();
  const rows = new Map(Array.from(list.children).map((row) => [/** @type {HTMLElement} */ (row).dataset["key"], row]));
  zones.forEach((zone, at) => {
    const row = /** @type {HTMLElement} */ (rows.get(String(zone.key)) || made(zone));
    rows.delete(String(zone.key));
    fill(row, zone);
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] || null);
  });
  rows.forEach((row) => row.remove());
  document.getElementById("none")?.toggleAttribute("hidden", zones.length > 0);
}

/** @param {Map<number, ZoneLive>} levels of the zones that are measured */
export function showLevels(levels) {
  for (const zone of store.all()) {
    const row = list.querySelector(`[data-key="${zone.key}"]`);
    if (!row) continue;
    const live = levels.get(zone.key);
    const level = live?.level ?? null;
    const measured = zone.kind !== "ignore" && level !== null;
    const meter = /** @type {HTMLMeterElement} */ (one(row, "meter"));
    meter.value = level ?? 0;
    meter.hidden = !measured;
    setText(one(row, ".percent"), measured && level !== null ? `${Math.round(level * 100)} %` : "–");
    const there = live?.occupied ? t("there") : t("nobody");
    const unknown = live ? "" : t("not_measured");
    setText(one(row, ".there"), zone.kind === "ignore" ? t("not_looked_at") : measured ? there : unknown);
    row.classList.toggle("occupied", measured && live?.occupied === true);
  }
}

/** A new zone is named next. @param {number} key */
export function naming(key) {
  const field = list.querySelector(`[data-key="${key}"] [name=zone]`);
  if (field instanceof HTMLInputElement) field.select();
}

/** @param {Fault[]} faults */
export function showFaults(faults) {
  store.all().forEach((zone, at) => {
    const row = list.querySelector(`[data-key="${zone.key}"]`);
    if (!row) return;
    const told = faults.filter((fault) => fault.at === at).map((fault) => {
      const item = document.createElement("li");
      item.textContent = `${fault.key}: ${faultText(fault.message)}`;
      return item;
    });
    one(row, ".faults").replaceChildren(...told);
  });
}

/** Fills the suggestions. @param {{ counter: string, name: string }[] | null} counters */
export function setCounters(counters) {
  const options = (counters || []).map(({ counter, name }) => {
    const option = document.createElement("option");
    option.value = counter;
    option.label = name;
    return option;
  });
  document.getElementById("counters")?.replaceChildren(...options);
}

for (const input of Array.from(template.content.querySelectorAll("input[name=counter]"))) input.setAttribute("list", "counters");
