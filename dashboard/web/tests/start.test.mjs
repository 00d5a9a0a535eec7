// The page on a display's own disk: where it goes, and what it says when it cannot.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import { createContext, runInContext } from "node:vm";

const [, script] = readFileSync(new URL("../start.html", import.meta.url), "utf8").split(/<script>|<\/script>/);

/** Opens the page with what stands after its `#`; the server answers from the second question on. */
async function opens(hash) {
  const words = { words: { textContent: "waits" }, where: { textContent: "" } };
  const asked = [];
  let went = null;
  const fetch = (address) => {
    asked.push(address);
    return asked.length < 2 ? Promise.reject(new Error("away")) : Promise.resolve();
  };
  const location = { hash, replace: (to) => { went = to; } };
  const setTimeout = (then) => { then(); };
  runInContext(script, createContext({ document: { getElementById: (id) => words[id] }, fetch, location, setTimeout, URL }));
  await setImmediate();
  return { went, asked, words: words.words.textContent, where: words.where.textContent };
}

test("it waits for the server and goes where it was told, letter for letter", async () => {
  for (const to of ["http://hall:8080/tam-ky/wall", "https://hall/tam-ky/wall?theme=light&services=a,b", "http://hall/tam-ky/wall?screen=50%", "http://hall/a%25b"]) {
    const { went, asked, words, where } = await opens(`#${to}`);
    assert.deepEqual([went, where, words], [to, to, "waits"]);
    assert.deepEqual(asked, [`${new URL(to).origin}/healthz`, `${new URL(to).origin}/healthz`]);
  }
});

test("without an address it says so, and how one is written", async () => {
  for (const hash of ["", "#", "#%", "#hall:8080", "#ftp://hall/", "#http://[hall/wall", "#javascript:alert(1)"]) {
    const { went, asked, words, where } = await opens(hash);
    assert.deepEqual([went, asked.length], [null, 0], hash);
    assert.match(words, /Chưa có địa chỉ/, hash);
    assert.match(where, /#http:\/\/SERVER/, hash);
  }
});
