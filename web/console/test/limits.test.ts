/** What a linter would say: sizes, `any`, parts that reach into each other, markup that the page's policy forbids. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { type Source, sources, walk, walkTemplate } from "./support/sources";

const FILE_LINES_MAX = 350;
const FUNCTION_LINES_MAX = 60;
/** Vue's template syntax tree. */
const DIRECTIVE = 7;
const ALL = sources();

const lines = (text: string): number => text.replace(/\n$/, "").split("\n").length;

function isFunction(node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node) || ts.isGetAccessor(node) || ts.isSetAccessor(node);
}

function found(check: (source: Source, say: (what: string) => void) => void): string[] {
  const problems: string[] = [];
  for (const source of ALL) check(source, (what) => problems.push(`${source.name}: ${what}`));
  return problems;
}

function imports(source: Source): string[] {
  const names: string[] = [];
  walk(source.script, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) names.push(node.moduleSpecifier.text);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] && ts.isStringLiteral(node.arguments[0])) names.push(node.arguments[0].text);
  });
  return names;
}

/** `parts/search/x.vue` + `../../ui/y` = `ui/y`. */
function resolve(from: string, to: string): string {
  return to.startsWith(".") ? join(from, "..", to).replaceAll("\\", "/") : to;
}

test(`no file over ${FILE_LINES_MAX} lines`, () => {
  expect(found((source, say) => lines(source.text) > FILE_LINES_MAX && say(`${lines(source.text)} lines`))).toEqual([]);
});

test(`no function over ${FUNCTION_LINES_MAX} lines`, () => {
  const problems = found((source, say) =>
    walk(source.script, (node) => {
      const size = isFunction(node) ? lines(node.getText()) : 0;
      if (size > FUNCTION_LINES_MAX) say(`${size} lines: ${node.getText().slice(0, 50)}`);
    }),
  );
  expect(problems).toEqual([]);
});

test("no `any`, no silenced compiler", () => {
  const problems = found((source, say) => {
    walk(source.script, (node) => node.kind === ts.SyntaxKind.AnyKeyword && say(`any in ${node.parent.getText().slice(0, 50)}`));
    if (/@ts-(ignore|nocheck|expect-error)/.test(source.text)) say("silences the compiler");
  });
  expect(problems).toEqual([]);
});

test("a part imports no other part, and nothing but `app` imports the shell", () => {
  const problems = found((source, say) => {
    const [folder, part] = source.name.split("/");
    for (const one of imports(source).map((name) => resolve(source.name, name))) {
      const [target, other] = one.split("/");
      if (folder === "parts" && target === "parts" && other !== part) say(`imports ${one}`);
      if (["ui", "api", "i18n"].includes(folder ?? "") && target === "parts") say(`imports ${one}`);
      if (folder !== "app" && source.name !== "main.ts" && target === "app") say(`imports ${one}`);
    }
  });
  expect(problems).toEqual([]);
});

test("nothing turns text into markup or code", () => {
  const problems = found((source, say) => {
    walkTemplate(source.template, (node) => node.type === DIRECTIVE && node.name === "html" && say("v-html"));
    walk(source.script, (node) => {
      if (ts.isPropertyAccessExpression(node) && ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc"].includes(node.name.text)) say(node.getText());
      if (ts.isCallExpression(node) && node.expression.getText() === "eval") say("eval");
      if (ts.isNewExpression(node) && node.expression.getText() === "Function") say("new Function");
    });
  });
  expect(problems).toEqual([]);
});

test("no colour outside the tokens", () => {
  const allowed = new Set(["ui/QrCode.vue", "ui/Watermark.vue"]);
  const problems = found((source, say) => {
    const style = [...source.text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, css]) => css ?? "").join("\n");
    if (!allowed.has(source.name)) for (const [colour] of style.matchAll(/#[0-9a-fA-F]{3,8}\b|\brgba?\([^)]*\)|\bhsla?\([^)]*\)/g)) say(colour);
  });
  expect(problems).toEqual([]);
});

test("index.html holds no style and no script of its own", () => {
  const html = readFileSync(join(process.cwd(), "index.html"), "utf8");
  expect(html).not.toMatch(/\sstyle=|<style|<script(?![^>]*src=)|https?:/);
});
