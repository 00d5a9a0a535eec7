// The judges judged: what a screen of Chromium 87 would choke on is refused, what it knows is not.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Linter } from "eslint";
import stylelint from "stylelint";
import { mistakes } from "../chromium87/javascript.js";
import eslintConfig from "../eslint.config.js";
import stylelintConfig from "../stylelint.config.js";

/** Written as a page's module is; the last word is what must be named. */
const TOO_NEW = [
  ["export const last = [1, 2].at(-1);", "at"],
  ["export const copy = structuredClone({});", "structuredClone"],
  ["export const id = crypto.randomUUID();", "randomUUID"],
  ["export const is = Object.hasOwn({}, 'a');", "hasOwn"],
  ["export const soon = AbortSignal.timeout(1);", "timeout"],
  ["export const seen = document.body.checkVisibility();", "checkVisibility"],
  ["export const words = new Intl.Segmenter('vi');", "Segmenter"],
  ["/** @param {any} x */ export const last = (x) => x.findLast(Boolean);", "findLast"],
  ["export const lost = new Error('x', { cause: 1 });", "Expected 0-1 arguments"],
];
const OLD_ENOUGH = `
const call = { at: 1, lost: true };
document.body.replaceChildren(String(call.at), String(call.lost));
export const text = "a".replaceAll("a", "b") + (document.title ?? "");
const seen = new WeakRef(document.body);
seen.deref()?.classList.toggle("on", true);
new Intl.DateTimeFormat("vi", { timeZone: "UTC", timeStyle: "short" }).format(0);
export const age = performance.now();
`;

test("what is too new for the walls is refused, and only that", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "planted-"));
  try {
    const files = TOO_NEW.map(([code], at) => planted(folder, `new${at}.js`, code));
    const { told } = mistakes([...files, planted(folder, "old.js", OLD_ENOUGH)]);
    for (const [at, [code, name]] of TOO_NEW.entries()) {
      const named = told.filter((one) => one.includes(`new${at}.js`)).join("\n");
      assert.ok(named.includes(name), `${code} passed: ${named}`);
    }
    assert.deepEqual(told.filter((one) => one.includes("old.js")), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** @param {string} folder @param {string} name @param {string} code */
function planted(folder, name, code) {
  const file = path.join(folder, name);
  writeFileSync(file, code);
  return file;
}

const REFUSED = [
  "await Promise.resolve();",
  "class A { #b = 1; c() { return this.#b; } } new A().c();",
  "document.body.innerHTML = 'x';",
  "document.body.insertAdjacentHTML('beforeend', 'x');",
  "document.write('x');",
  "eval('1');",
  "setTimeout('f()', 1);",
  "export const now = Date.now();",
  "export const now = new Date();",
  "export const now = Date();",
  "export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;",
  "addEventListener('x', () => 1, { signal: null });",
];
const ACCEPTED = ["export const at = new Date('2026-11-23T00:00:00Z');", "document.body.textContent = '<b>';", "a ||= 1_000;"];

test("scripts: no markup from text, no clock of the screen, no syntax after 2021", () => {
  const judge = (code) => new Linter().verify(code, eslintConfig, { filename: "dashboard/web/planted.js" });
  for (const code of REFUSED) assert.notDeepEqual(judge(code), [], `${code} passed`);
  for (const code of ACCEPTED) assert.deepEqual(judge(code), [], code);
});

const STYLES_TOO_NEW = [
  "a:has(b) { color: red; }",
  ":is(a, b) { color: red; }",
  "a:not(b, i) { color: red; }",
  "a { aspect-ratio: 1 / 2; }",
  "a { height: 100dvh; }",
  "a { color: color-mix(in srgb, red, blue); }",
  "a { width: round(3px, 2px); }",
  "a { overflow: clip; }",
  "a { grid-template-rows: subgrid; }",
  "a { translate: 1px; }",
  "a { b { color: red; } }",
  "@layer x { a { color: red; } }",
  "@container (min-width: 3px) { a { color: red; } }",
  "@media (width >= 4px) { a { color: red; } }",
  "@font-face { font-family: x; src: url('x.woff2'); size-adjust: 90%; }",
  "a { background: url('https://example.org/x.png'); }",
];
const STYLES_OLD_ENOUGH = `
:root { color-scheme: light dark; --gap: 2vh; }
a:focus-visible { inset: 0; outline: 1px solid; display: flex; gap: var(--gap); font-size: clamp(1px, 2vh, min(3px, 4vw)); }
@media (prefers-reduced-motion: reduce) { a { animation: none; } }
@media (forced-colors: active) { a { forced-color-adjust: none; } }
@supports (text-wrap: balance) { a { text-wrap: balance; } }
@keyframes in { from { opacity: 0; } 50% { opacity: 0.5; } }
`;

test("styles: what is too new for the walls is refused, and only that", async () => {
  const judge = async (code) => (await stylelint.lint({ code, config: stylelintConfig })).results[0].warnings;
  for (const code of STYLES_TOO_NEW) assert.notDeepEqual(await judge(code), [], `${code} passed`);
  assert.deepEqual(await judge(STYLES_OLD_ENOUGH), []);
});
