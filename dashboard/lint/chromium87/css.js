// A rule for stylelint: every property, value, function, selector and at-rule that Chromium 87 lacks.
// What stands inside `@supports`, or inside a `@media` that Chromium 87 never matches, is an addition
// for newer screens and is let through.
import selectorParser from "postcss-selector-parser";
import stylelint from "stylelint";
import valueParser from "postcss-value-parser";
import { CHROMIUM, css, lacks } from "./support.js";

/** @typedef {import("postcss").Node} CssNode @typedef {import("./support.js").Node} Node */

const NAME = "motcua/chromium87";
const PREFIX = /^-(webkit|moz|ms|o)-/;
const messages = stylelint.utils.ruleMessages(NAME, {
  /** @param {string} what @param {string} since */
  rejected: (what, since) => `${what} is not in Chromium ${CHROMIUM} (since ${since})`,
});

/** Every function of CSS by its name, wherever MDN keeps it. @type {Map<string, Node>} */
const FUNCTIONS = new Map();
for (const [name, node] of Object.entries(css.types)) {
  FUNCTIONS.set(name, node);
  for (const [inner, deeper] of Object.entries(node)) if (inner !== "__compat") FUNCTIONS.set(inner, deeper);
}

/** @type {stylelint.Rule} */
const rule = (enabled) => (root, result) => {
  if (!enabled) return;
  /** @param {CssNode} node @param {string} what @param {Node | undefined} told */
  const look = (node, what, told) => {
    const since = lacks(told);
    if (since) stylelint.utils.report({ ruleName: NAME, result, node, message: messages.rejected(what, since) });
  };
  root.walk((node) => {
    if (isAddition(node)) return;
    if (node.type === "decl") for (const [what, told] of inDeclaration(node)) look(node, what, told);
    if (node.type === "rule") for (const [what, told] of inRule(node)) look(node, what, told);
    if (node.type === "atrule") for (const [what, told] of inAtRule(node)) look(node, what, told);
  });
};

/** @param {CssNode} node */
function isAddition(node) {
  for (let above = node.parent; above; above = above.parent) {
    if (above.type === "atrule" && isForOthers(/** @type {import("postcss").AtRule} */ (above))) return true;
  }
  return false;
}

/** @param {import("postcss").AtRule} atRule */
function isForOthers({ name, params }) {
  const features = name === "media" ? params.matchAll(/\(\s*([a-z-]+)/g) : [];
  return name === "supports" || [...features].some(([, feature]) => lacks(css["at-rules"].media[feature]));
}

/** @param {import("postcss").Declaration} decl @returns {[string, Node | undefined][]} */
function inDeclaration({ prop, value, parent }) {
  if (PREFIX.test(prop)) return [];
  const above = parent?.type === "atrule" ? /** @type {import("postcss").AtRule} */ (parent).name : null;
  const property = above === "font-face" ? css["at-rules"]["font-face"][prop] : css.properties[prop];
  /** @type {[string, Node | undefined][]} */
  const found = prop.startsWith("--") ? [] : [[`'${prop}'`, property]];
  valueParser(value).walk((part) => {
    if (part.type === "function") found.push([`'${part.value}()'`, FUNCTIONS.get(part.value)]);
    if (part.type === "word") found.push([`'${prop}: ${part.value}'`, property?.[part.value]]);
    if (part.type === "word") found.push([`'${part.value}'`, unit(part.value)]);
  });
  return found;
}

/** What MDN tells of the unit of a number. @param {string} word @returns {Node | undefined} */
function unit(word) {
  const name = valueParser.unit(word) || { unit: "" };
  const { length } = css.types;
  if (/^[dsl]v(w|h|i|b|min|max)$/.test(name.unit)) return length.viewport_percentage_units_dynamic;
  if (/^cq(w|h|i|b|min|max)$/.test(name.unit)) return length.container_query_length_units;
  return name.unit === "" ? undefined : length[name.unit];
}

/** @param {import("postcss").Rule} rule @returns {[string, Node | undefined][]} */
function inRule({ selector, parent }) {
  /** @type {[string, Node | undefined][]} */
  const found = [];
  if (parent?.type === "rule") found.push(["A rule inside a rule", css.selectors.nesting]);
  // The percentages of @keyframes are no selectors.
  if (parent?.type === "atrule" && /** @type {import("postcss").AtRule} */ (parent).name.endsWith("keyframes")) return found;
  selectorParser((all) =>
    all.walkPseudos((pseudo) => {
      const told = css.selectors[pseudo.value.replace(/^::?/, "")];
      const list = pseudo.nodes.length > 1 ? told?.selector_list : undefined;
      found.push([`'${pseudo.value}'`, told], [`A list in '${pseudo.value}'`, list]);
    }),
  ).processSync(selector);
  return found;
}

/** @param {import("postcss").AtRule} atRule @returns {[string, Node | undefined][]} */
function inAtRule({ name, params }) {
  const told = css["at-rules"][name];
  const ranged = name === "media" && /[<>=]/.test(params);
  return [[`'@${name}'`, told], ["A range in '@media'", ranged ? told.range_syntax : undefined]];
}

rule.ruleName = NAME;
rule.messages = messages;
export default stylelint.createPlugin(NAME, rule);
