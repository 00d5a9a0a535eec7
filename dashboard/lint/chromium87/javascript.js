// Type-checks the dashboard's modules and names every global, method and property in them that
// Chromium 87 lacks. The types tell whose member it is: `.at()` of an array is refused, a field
// `at` of a call is not.
//
// usage: node chromium87/javascript.js [FILE...]     (without files: what tsconfig.json includes)
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { CHROMIUM, anywhere, lacks, of } from "./support.js";

const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Everything wrong in these files (or those of tsconfig.json), as text with its place.
 * @param {string[]} [files]
 */
export function mistakes(files) {
  const config = path.join(HERE, "tsconfig.json");
  const read = ts.readConfigFile(config, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(read.config, ts.sys, HERE);
  const roots = files ?? fileNames;
  const program = ts.createProgram(roots, options);
  const told = ts.getPreEmitDiagnostics(program).map((one) => {
    const text = ts.flattenDiagnosticMessageText(one.messageText, " ");
    return one.file ? `${place(one.file, one.start ?? 0)}: ${text} (TS${one.code})` : text;
  });
  const checker = program.getTypeChecker();
  for (const file of program.getSourceFiles()) {
    if (!file.isDeclarationFile) told.push(...tooNew(checker, file));
  }
  return { files: roots.length, told };
}

/** @param {ts.TypeChecker} checker @param {ts.SourceFile} file */
function tooNew(checker, file) {
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isIdentifier(node) && !ts.isPartOfTypeNode(node)) {
      const since = lackedBy(checker, node);
      if (since) found.push(`${place(file, node.getStart())}: '${node.text}' is not in Chromium ${CHROMIUM} (since ${since})`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** @param {ts.TypeChecker} checker @param {ts.Identifier} name */
function lackedBy(checker, name) {
  const symbol = checker.getSymbolAtLocation(name);
  const declarations = symbol?.declarations ?? [];
  if (declarations.length === 0) return isMember(name) ? lackedEverywhere(name.text) : null;
  if (!declarations.every((one) => one.getSourceFile().hasNoDefaultLib)) return null;
  const answers = declarations.map((one) => {
    const owner = ownerOf(one.parent);
    return { owner, since: lacks(of(owner, name.text)) };
  });
  if (answers.some(({ since }) => since === null)) return null;
  const known = answers.find(({ since }) => since);
  // A mixin of the types (`ParentNode`) is told of under the interfaces that have it.
  const mixin = answers.some(({ owner }) => owner !== null);
  return known ? known.since : mixin ? lackedEverywhere(name.text) : null;
}

/** @param {ts.Node} parent `interface Array { at… }` or, for what is static, `declare var Array: { from… }` */
function ownerOf(parent) {
  if (ts.isInterfaceDeclaration(parent)) return parent.name.text;
  const variable = ts.isTypeLiteralNode(parent) ? parent.parent : null;
  return variable && ts.isVariableDeclaration(variable) ? variable.name.getText() : null;
}

/** A member of something whose type nobody knows. @param {string} name */
function lackedEverywhere(name) {
  const answers = anywhere(name).map(lacks);
  return answers.length > 0 && answers.every(Boolean) ? answers[0] : null;
}

/** @param {ts.Identifier} name */
function isMember(name) {
  return ts.isPropertyAccessExpression(name.parent) && name.parent.name === name;
}

/** @param {ts.SourceFile} file @param {number} at */
function place(file, at) {
  const { line, character } = file.getLineAndCharacterOfPosition(at);
  return `${path.relative(process.cwd(), file.fileName)}:${line + 1}:${character + 1}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const { files, told } = mistakes(given.length > 0 ? given : undefined);
  for (const one of told) console.error(one);
  console.log(`${files} modules: types, and what Chromium ${CHROMIUM} has.`);
  process.exitCode = told.length > 0 ? 1 : 0;
}
