// @ts-check
/** What the page asks of the program, and what it hears of the camera. */

/** @typedef {import("./store.js").Zone} Zone */
/** @typedef {{ camera: string, zones: Zone[], counters: { counter: string, name: string }[] | null, file: string | null, person: string }} Start */
/** @typedef {{ level: number | null, occupied: boolean }} ZoneLive */
/**
 * @typedef {{ job: number, phase: "opening" | "learning" | "watching" | "blind" | "lost", trouble: string | null,
 *   why: string | null, stream: { codec: string, width: number, height: number } | null, zones: ZoneLive[],
 *   ends_in_s: number }} Live
 */
/** @typedef {{ at: number, key: string, message: string }} Fault */

/** @param {string} path @param {unknown} [body] @returns {Promise<Response>} */
function post(path, body) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return fetch(path, body === undefined ? { method: "POST" } : init);
}

/** @param {Response} answer @returns {Promise<string>} why it was refused */
async function why(answer) {
  const told = await answer.json().catch(() => null);
  return (told && (told.error || (told.faults && told.faults[0] && told.faults[0].message))) || String(answer.status);
}

/** @returns {Promise<Start>} */
export async function start() {
  const answer = await fetch("/api/start");
  if (!answer.ok) throw new Error(await why(answer));
  return answer.json();
}

/** @param {(live: Live) => void} hear @param {() => void} gone */
export function listen(hear, gone) {
  const source = new EventSource("/api/live");
  source.onmessage = (event) => hear(JSON.parse(event.data));
  source.onerror = gone;
}

/** One picture, asked for by a person. @returns {Promise<Blob>} */
export async function picture() {
  const answer = await post("/api/picture");
  if (!answer.ok) throw new Error(await why(answer));
  return answer.blob();
}

/** @param {Zone[]} zones @returns {Promise<{ site: string, alone: string, faults: Fault[] }>} */
export async function check(zones) {
  const answer = await post("/api/check", zones);
  if (!answer.ok) throw new Error(await why(answer));
  return answer.json();
}

/** @param {Zone[]} zones @returns {Promise<number>} the number of the job that measures them */
export async function apply(zones) {
  const answer = await post("/api/apply", zones);
  if (!answer.ok) throw new Error(await why(answer));
  /** @type {{ job: number }} */
  const told = await answer.json();
  return told.job;
}

/** @param {Zone[]} zones */
export async function save(zones) {
  const answer = await post("/api/save", zones);
  if (!answer.ok) throw new Error(await why(answer));
}

/** Somebody is there. */
export function here() {
  post("/api/here").catch(() => {});
}
