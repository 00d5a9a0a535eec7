// @ts-check
/** The page: puts the picture, the zones, the levels and the text together. */
import * as camera from "./camera.js";
import * as draw from "./draw.js";
import * as list from "./list.js";
import * as stage from "./stage.js";
import * as store from "./store.js";
import { faultText, speak, spoken, t, troubleText } from "./texts.js";

/** @typedef {import("./camera.js").Live} Live */

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

const form = /** @type {HTMLSelectElement} */ (byId("form"));
const toml = /** @type {HTMLTextAreaElement} */ (byId("toml"));
/** @type {Live | null} */
let live = null;
let gone = false;
/** Which zones the job with this number measures, and as what they were given to it. */
let applied = { job: 0, keys: /** @type {number[]} */ ([]), text: "" };
/** @type {{ site: string, alone: string, faults: camera.Fault[] }} */
let checked = { site: "", alone: "", faults: [] };
let asked = 0;
let timer = 0;
/** @type {string | null} */
let shown = null;
/** @type {camera.Start | null} */
let begun = null;

function showState() {
  const state = byId("state");
  const phase = gone ? "lost" : live ? live.phase : "opening";
  let text = gone ? t("ended") : t(phase);
  if (!gone && live && live.trouble) text += `: ${troubleText(live.trouble, live.why)}`;
  else if (!gone && live && live.stream) text += ` · ${t("stream", live.stream)}`;
  if (state.textContent !== text) state.textContent = text;
  state.dataset["phase"] = phase;
  const ending = !gone && live !== null && live.ends_in_s < 60;
  byId("ending").hidden = !ending;
  if (ending && live) byId("ending-text").textContent = t("ending", { s: live.ends_in_s });
}

function showLevels() {
  /** @type {Map<number, camera.ZoneLive>} */
  const levels = new Map();
  if (live && live.job === applied.job && !gone) {
    const zones = live.zones;
    applied.keys.forEach((key, at) => {
      const zone = zones[at];
      if (zone) levels.set(key, zone);
    });
  }
  list.showLevels(levels);
  const texts = new Map(Array.from(levels, ([key, zone]) => [key, zone.level === null ? "" : `${Math.round(zone.level * 100)} %`]));
  for (const zone of store.all()) if (zone.kind === "ignore") texts.delete(zone.key);
  stage.setLevels(/** @type {Map<number, string>} */ (texts));
}

function showText() {
  const text = form.value === "site" ? checked.site : checked.alone;
  if (toml.value !== text) toml.value = text;
  list.showFaults(checked.faults);
  const button = /** @type {HTMLButtonElement} */ (byId("apply"));
  const same = applied.text === checked.alone;
  button.disabled = gone || same || checked.faults.length > 0;
  button.textContent = same ? t("applied") : t("apply");
  /** @type {HTMLButtonElement} */ (byId("save")).disabled = gone || checked.faults.length > 0 || checked.alone === "";
  const file = begun && begun.file ? ` ${t("where_file", { file: begun.file })}` : "";
  byId("where").textContent = t(form.value === "site" ? "where_site" : "where_alone") + file;
}

/** Asks for the text and the mistakes of what is drawn. */
async function check() {
  const turn = (asked += 1);
  const told = await camera.check(store.plain()).catch(() => null);
  if (turn !== asked || !told) return;
  checked = told;
  showText();
}

function render() {
  stage.render();
  list.render();
  showLevels();
  /** @type {HTMLButtonElement} */ (byId("undo")).disabled = !store.canUndo();
  window.clearTimeout(timer);
  timer = window.setTimeout(check, 120);
}

function words() {
  byId("language").textContent = spoken() === "vi" ? "English" : "Tiếng Việt";
  byId("language").lang = spoken() === "vi" ? "en" : "vi";
  byId("hint").textContent = t(draw.isDrawing() ? "hint_draw" : "hint");
  byId("draw").setAttribute("aria-pressed", String(draw.isDrawing()));
  byId("logged").textContent = begun ? t("logged", { person: begun.person }) : "";
  if (shown) byId("picture").textContent = t("again");
  showState();
  showText();
  render();
}

/** @param {unknown} why @param {"failed" | "no_picture"} what */
function tell(why, what) {
  const said = why instanceof TypeError ? t("other") : faultText(String(why instanceof Error ? why.message : why));
  // Of a camera without a picture the page knows more.
  const text = what === "no_picture" && live && live.trouble ? troubleText(live.trouble, live.why) : said;
  byId("trouble").textContent = t(what, { why: text });
  byId("trouble").hidden = false;
}

/** @param {string | null} address */
function setPicture(address) {
  if (shown) URL.revokeObjectURL(shown);
  shown = address;
  stage.setPicture(address);
  byId("hide").hidden = address === null;
  byId("picture").textContent = t(address ? "again" : "show");
}

async function askPicture() {
  const button = /** @type {HTMLButtonElement} */ (byId("picture"));
  button.disabled = true;
  button.textContent = t("asking");
  byId("trouble").hidden = true;
  try {
    setPicture(URL.createObjectURL(await camera.picture()));
  } catch (why) {
    tell(why, "no_picture");
  }
  button.disabled = false;
  button.textContent = t(shown ? "again" : "show");
}

async function apply() {
  const [zones, keys, text] = [store.plain(), store.all().map((zone) => zone.key), checked.alone];
  byId("trouble").hidden = true;
  try {
    applied = { job: await camera.apply(zones), keys, text };
    showLevels();
    showText();
  } catch (why) {
    tell(why, "failed");
  }
}

/** @param {() => Promise<void>} act @param {"copied" | "saved"} done */
async function say(act, done) {
  byId("trouble").hidden = true;
  byId("said").textContent = "";
  try {
    await act();
    byId("said").textContent = t(done);
  } catch (why) {
    tell(why, "failed");
  }
}

async function copy() {
  // Focused and chosen first: where the clipboard is refused, Ctrl+C is one key away.
  toml.focus();
  toml.select();
  await navigator.clipboard.writeText(toml.value);
}

/** Tells the program, now and then, that somebody is there. */
function stayAwake() {
  let last = 0;
  const awake = () => {
    const now = performance.now();
    if (now - last < 30_000 && !(live && live.ends_in_s < 60)) return;
    last = now;
    camera.here();
  };
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, awake);
}

function listen() {
  camera.listen(
    (next) => {
      [live, gone] = [next, false];
      if (next.stream) stage.setSize(next.stream.width, next.stream.height);
      showState();
      showLevels();
    },
    () => {
      gone = true;
      showState();
      showLevels();
      showText();
    },
  );
}

function buttons() {
  byId("picture").addEventListener("click", askPicture);
  byId("hide").addEventListener("click", () => setPicture(null));
  byId("draw").addEventListener("click", draw.toggle);
  byId("add").addEventListener("click", () => stage.focusPoint(store.add(), 0));
  byId("undo").addEventListener("click", store.undo);
  byId("apply").addEventListener("click", apply);
  byId("copy").addEventListener("click", () => say(copy, "copied"));
  byId("save").addEventListener("click", () => say(() => camera.save(store.plain()), "saved"));
  byId("stay").addEventListener("click", camera.here);
  form.addEventListener("change", showText);
  byId("language").addEventListener("click", () => {
    speak(spoken() === "vi" ? "en" : "vi");
    byId("trouble").hidden = true;
    byId("said").textContent = "";
    words();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing || event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    store.undo();
  });
}

async function begin() {
  buttons();
  stayAwake();
  draw.onDrawing(words);
  store.onChange(render);
  begun = await camera.start();
  byId("camera").textContent = begun.camera;
  byId("save").hidden = begun.file === null;
  // Of a site where its counters are known, a file alone where they are not.
  form.value = begun.counters ? "site" : "alone";
  list.setCounters(begun.counters);
  store.begin(begun.zones);
  await check();
  applied = { job: 0, keys: store.all().map((zone) => zone.key), text: checked.alone };
  words();
  listen();
}

begin().catch((why) => tell(why, "failed"));
