/** Both languages are complete, and no text for people stands outside them. */
import ts from "typescript";
import { describe, expect, test } from "vitest";
import type { Texts } from "../src/i18n";
import { type Source, type TemplateNode, sourceOf, sources, walk, walkTemplate } from "./support/sources";

const TABLES = Object.entries(import.meta.glob<{ default: Texts<string> }>(["../src/i18n/*.ts", "!../src/i18n/index.ts"], { eager: true })).map(([path, module]) => ({ name: path.slice("../src/i18n/".length), table: module.default }));
const SOURCES = sources();
/** Texts come from the tables; fixtures are what a server would say. */
/** The words of the query language: typed, not read. */
const QUERY_LANGUAGE = "parts/search/language.ts";
const CODE = SOURCES.filter((source) => !source.name.startsWith("i18n/") && !source.name.startsWith("mock/") && source.name !== QUERY_LANGUAGE);
/** Attributes that people read or hear. */
const SPOKEN = /^(title|placeholder|alt|label|aria-label|aria-description|aria-roledescription|content|description|confirm-button-text|cancel-button-text|active-text|inactive-text|empty-text|lead|help)$/;
const HAN = /\p{Script=Han}/u;
const LETTER = /\p{L}/u;
/** Names, and what is typed into a search, not prose. */
const HAN_ALLOWED_IN_ENGLISH = /^(language|example|placeholder|helper|syntax|start)|\.(example|placeholder|sample)/;
/** Vue's template syntax tree. */
const [TEXT, INTERPOLATION, ATTRIBUTE, DIRECTIVE] = [2, 5, 6, 7];
/** A stock of words that parts take from when they need them. */
const COMMON_WORD = /^do\./;
const KEYS = new Set(TABLES.flatMap(({ table }) => Object.keys(table.en)));

const holes = (text: string): string[] => [...new Set([...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole))].sort();

describe("tables", () => {
  test.each(TABLES)("$name: the same keys, none empty, with the same holes", ({ table }) => {
    const { "zh-CN": zh, en } = table;
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) {
      expect(text.trim(), key).not.toBe("");
      expect((en[key] ?? "").trim(), key).not.toBe("");
      expect(holes(en[key] ?? ""), key).toEqual(holes(text));
    }
  });

  test("English is English", () => {
    const chinese = TABLES.flatMap(({ name, table }) => Object.entries(table.en).filter(([key, text]) => HAN.test(text) && !HAN_ALLOWED_IN_ENGLISH.test(key)).map(([key, text]) => `${name} ${key}: ${text}`));
    expect(chinese).toEqual([]);
  });

  test("Chinese is Chinese", () => {
    const latin = TABLES.flatMap(({ name, table }) => Object.entries(table["zh-CN"]).filter(([, text]) => !HAN.test(text) && /[a-z]{3,}\s+[a-z]{2,}/.test(text.replace(/\{\w+\}/g, ""))).map(([key, text]) => `${name} ${key}: ${text}`));
    expect(latin).toEqual([]);
  });

  test("every key is used", () => {
    const text = SOURCES.filter((source) => !source.name.startsWith("i18n/")).map((source) => source.text).join("\n");
    const quoted = new Set([...text.matchAll(/["'`]([\w.-]+)["'`]/g)].map(([, key]) => key ?? ""));
    const built = [...new Set([...text.matchAll(/`([\w.-]*)\$\{[^`]*?\}([\w.-]*)`/g)].map(([, start, end]) => `${start}|${end}`))].map((one) => one.split("|")).filter(([start, end]) => start !== "" || end !== "");
    const isBuilt = (key: string): boolean => built.some(([start, end]) => key.startsWith(start ?? "") && key.endsWith(end ?? "") && (start ?? "").length + (end ?? "").length >= 2);
    const unused = TABLES.flatMap(({ name, table }) => Object.keys(table.en).filter((key) => !COMMON_WORD.test(key) && !quoted.has(key) && !isBuilt(key)).map((key) => `${name} ${key}`));
    expect(unused).toEqual([]);
  });
});

function isText(node: ts.Node): node is ts.StringLiteral | ts.NoSubstitutionTemplateLiteral {
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node);
}

/** Literals of an expression that come out as they are: not arguments of a call, not compared, not an index. */
function spokenLiterals(code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isText(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) found.push(node.head.text, ...node.templateSpans.map((span) => span.literal.text));
    if (ts.isCallExpression(node) || ts.isElementAccessExpression(node) || ts.isObjectLiteralExpression(node)) return;
    if (ts.isBinaryExpression(node) && /^(===|!==|==|!=|in)$/.test(node.operatorToken.getText())) return;
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].forEach(visit);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("one.ts", `(${code})`, ts.ScriptTarget.Latest, true));
  return found.filter((text) => LETTER.test(text));
}

function strayInTemplate(template: TemplateNode | undefined): string[] {
  const found: string[] = [];
  walkTemplate(template, (node) => {
    if (node.type === TEXT && typeof node.content === "string" && LETTER.test(node.content)) found.push(node.content.trim());
    if (node.type === ATTRIBUTE && SPOKEN.test(node.name ?? "") && LETTER.test(node.value?.content ?? "")) found.push(node.value?.content ?? "");
    if (node.type === INTERPOLATION && typeof node.content === "object") found.push(...spokenLiterals(node.content.content));
    if (node.type === DIRECTIVE && node.name === "bind" && SPOKEN.test(node.arg?.content ?? "")) found.push(...spokenLiterals(node.exp?.content ?? ""));
    if (node.type === DIRECTIVE && HAN.test(node.exp?.content ?? "")) found.push(node.exp?.content ?? "");
  });
  return found;
}

/** Chinese in any literal; Latin prose in properties that people read. Keys of the tables and names of things are none. */
function strayInScript(script: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(script, (node) => {
    if (!isText(node)) return;
    if (HAN.test(node.text)) found.push(node.text);
    else if (ts.isPropertyAssignment(node.parent) && node.parent.initializer === node && isProse(node.parent, node.text)) found.push(node.text);
  });
  return found;
}

function isProse(property: ts.PropertyAssignment, text: string): boolean {
  const name = property.name.getText().replaceAll(/["']/g, "");
  return (SPOKEN.test(name) || name === "message") && /[A-Za-z]/.test(text) && !KEYS.has(text) && !/^[\w.:/-]+$/.test(text);
}

function stray(source: Source): string[] {
  return [...strayInTemplate(source.template), ...strayInScript(source.script)];
}

describe("source", () => {
  test("no text outside i18n", () => {
    expect(CODE.flatMap((source) => stray(source).map((text) => `${source.name}: ${text}`))).toEqual([]);
  });

  test("the check itself finds what it should", () => {
    const inside = (template: string, script = ""): string[] => stray(sourceOf("One.vue", `<script setup lang="ts">${script}</script><template>${template}</template>`));
    expect(inside("<p>Hello</p>")).toEqual(["Hello"]);
    expect(inside('<img alt="A picture" />')).toEqual(["A picture"]);
    expect(inside("<p>{{ open ? 'Open' : t('closed') }}</p>")).toEqual(["Open"]);
    expect(inside("<p :title=\"'Shut'\">{{ count }}</p>")).toEqual(["Shut"]);
    expect(inside("<p />", 'const x = "搜索";')).toEqual(["搜索"]);
    expect(inside("<p />", 'const x = { message: "It was saved" };')).toEqual(["It was saved"]);
    expect(inside("<p :class=\"{ open: state === 'open' }\">{{ t('nav') }} · {{ state === 'open' ? 1 : 2 }}</p>", 'const x = { label: "nav.home" };')).toEqual([]);
  });
});
