// @ts-check
/**
 * The screen over one counter. Hooks: `.counter` has data-counter, data-ticket, data-call-seq (of
 * the ticket's newest call) and data-doing: called, serving, open, paused, closed, gone.
 */
import { one, setAttribute, setName, setText } from "./dom.js";
import { Page, pageData } from "./page.js";
import * as show from "./show.js";
/** @import { Board, Counter } from "./types.js" */

/** As in src/pages/counter.rs. */
const NEXT = 6;

class CounterScreen {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.words = page.data.words;
    this.root = one(document, ".counter");
    this.turns = 0;
  }

  /** @param {Board} board */
  board(board) {
    const row = show.counterRow(board, this.page.data.counter);
    if (row) this.fill(board, show.present(board, row));
    else this.gone();
  }

  tick() {
    // Nothing here changes with time alone; the page itself shows the clock and the link.
  }

  /** @param {Board} board @param {Counter} row */
  fill(board, row) {
    const doing = show.doing(row, this.words);
    const call = board.calls.find((one_) => one_.counter === row.counter && one_.ticket === row.ticket);
    const ticket = row.ticket || "";
    const called = call !== undefined && call.recall && doing.code === "called";
    this.present(doing, ticket, called ? this.words.recall || "" : "");
    if (call) setAttribute(this.root, "data-call-seq", call.call_seq);
    else this.root.removeAttribute("data-call-seq");
    setName(one(this.root, "h1"), row.name);
    setName(one(this.root, ".field .value"), row.field === null ? servicesOf(board, row).map((one_) => one_.name).join(", ") : row.field);
    setName(one(this.root, ".officer .value"), row.officer_name || "");
    setText(one(this.root, ".next .value"), nextOf(board, row).join("  "));
    setText(one(this.root, ".place"), row.place || "");
  }

  gone() {
    this.present({ code: "gone", text: this.words["counter.gone"] || "", why: "" }, "", "");
    this.root.removeAttribute("data-call-seq");
    for (const part of [".field", ".officer"]) setName(one(this.root, `${part} .value`), "");
    for (const part of [".next .value", ".place"]) setText(one(this.root, part), "");
  }

  /** @param {{ code: string, text: string, why: string }} doing @param {string} ticket @param {string} recall */
  present(doing, ticket, recall) {
    const isNew = ticket !== "" && ticket !== this.root.getAttribute("data-ticket");
    setAttribute(this.root, "data-doing", doing.code);
    setAttribute(this.root, "data-ticket", ticket);
    setAttribute(this.root, "data-fit", show.ticketFit(ticket));
    setText(one(this.root, ".doing .text"), doing.text);
    setText(one(this.root, ".doing .recall"), recall);
    setText(one(this.root, ".present .ticket"), ticket);
    setName(one(this.root, ".why"), doing.why);
    // Either word moves the number in; another word does it again.
    this.turns += Number(isNew);
    if (isNew) setAttribute(one(this.root, ".present .ticket"), "data-new", this.turns % 2 ? "odd" : "even");
  }
}

/** @param {Board} board @param {Counter} row */
const servicesOf = (board, row) => board.services.filter(({ service }) => row.services.includes(service));

/** The first of each service before the second of any. @param {Board} board @param {Counter} row @returns {string[]} */
function nextOf(board, row) {
  const lines = servicesOf(board, row).map((service) => service.next);
  const longest = Math.max(0, ...lines.map((line) => line.length));
  const found = [];
  for (let at = 0; at < longest; at += 1) for (const line of lines) if (line[at] !== undefined) found.push(String(line[at]));
  return found.slice(0, NEXT);
}

new Page(pageData(), (page) => new CounterScreen(page)).start();
