// The scripts that screens run, and those that judge them.
import js from "@eslint/js";

/** What turns text into markup or code: names and tickets come from files and devices. */
const MARKUP = ["innerHTML", "outerHTML", "srcdoc", "insertAdjacentHTML", "createContextualFragment", "setHTMLUnsafe", "parseFromString"];
const markup = MARKUP.map((property) => ({
  property,
  message: "Text stays text: textContent, or elements made one by one.",
}));

const clock = "The screen's own clock may say 1970: the time is the server's (as_of), an age is performance.now().";
const CLOCKS = [
  "NewExpression[callee.name='Date'][arguments.length=0]",
  "CallExpression[callee.name='Date']",
  "CallExpression[callee.object.name='Date'][callee.property.name='now']",
  "MemberExpression[object.name='performance'][property.name='timeOrigin']",
  "MemberExpression[property.name='timeZone'][object.callee.property.name='resolvedOptions']",
].map((selector) => ({ selector, message: clock }));

/** Read by no script and checked by no type: what Chromium 87 would silently pass over. */
const SILENT = [
  {
    selector: "CallExpression:matches([callee.name='addEventListener'], [callee.property.name='addEventListener']) > ObjectExpression > Property[key.name='signal']",
    message: "Chromium 87 does not know this option and would never remove the listener.",
  },
];

const GLOBALS_OF_NODE = { process: "readonly", console: "readonly", URL: "readonly" };

export default [
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { sourceType: "module" },
    rules: {
      "eqeqeq": "error",
      "no-implicit-coercion": "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["**/web/**/*.js"],
    ignores: ["**/web/tests/**"],
    // 2021 is the last edition whose syntax Chromium 87 reads as a whole. The names of the page are
    // known to the type checker, which also knows how old each is.
    languageOptions: { ecmaVersion: 2021, globals: { window: "readonly", setTimeout: "readonly", setInterval: "readonly" } },
    rules: {
      "no-undef": "off",
      "no-alert": "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-restricted-properties": ["error", ...markup, { object: "document", property: "write" }, { object: "document", property: "writeln" }],
      "no-restricted-syntax": ["error", ...CLOCKS, ...SILENT],
    },
  },
  {
    files: ["**/lint/**/*.js", "**/web/tests/**/*.{js,mjs}"],
    languageOptions: { ecmaVersion: 2022, globals: GLOBALS_OF_NODE },
    // A table of cases is one function.
    rules: { "max-lines-per-function": "off" },
  },
];
