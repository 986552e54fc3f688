/** Both languages are complete, and no text for people stands outside them. */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { TABLES } from "../src/i18n";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
/** Attributes that people read or hear. */
const SPOKEN = new Set(["title", "placeholder", "alt", "aria-label", "label"]);
/** The search examples are what is typed, not prose: the demo company writes Chinese. */
const HAN_ALLOWED_IN_ENGLISH = new Set(["top.language", "search.placeholder", "search.example_1", "search.example_2"]);

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

describe("tables", () => {
  test("the same keys, none empty, with the same holes", () => {
    const { "zh-CN": zh, en } = TABLES;
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) {
      const other = en[key as keyof typeof en];
      expect(text.trim(), key).not.toBe("");
      expect(other.trim(), key).not.toBe("");
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  test("English is English", () => {
    const chinese = Object.entries(TABLES.en).filter(([key, text]) => /\p{Script=Han}/u.test(text) && !HAN_ALLOWED_IN_ENGLISH.has(key));
    expect(chinese).toEqual([]);
  });

  test("every key that the source names exists, and every key is used", () => {
    const source = files().map((file) => readFileSync(file, "utf8")).join("\n");
    const named = [...source.matchAll(/\bt\("([^"]+)"/g)].map(([, key]) => key ?? "");
    expect(named.filter((key) => !(key in TABLES.en))).toEqual([]);
    const built = [...source.matchAll(/`([a-z_]+\.(?:[a-z_]+[._])?)\$\{/g)].map(([, start]) => start ?? "");
    const unused = Object.keys(TABLES.en).filter((key) => !source.includes(`"${key}"`) && !built.some((start) => key.startsWith(start)));
    expect(unused).toEqual([]);
  });
});

function files(): string[] {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts") && !name.startsWith("i18n")).map((name) => SOURCE + name);
}

function isText(node: ts.Node): node is ts.StringLiteral | ts.NoSubstitutionTemplateLiteral {
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node);
}

/** Literals with letters where people would read them: children and spoken attributes of elements; Chinese anywhere. */
function strayTexts(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isText(node) && /\p{Script=Han}/u.test(node.text)) found.push(node.text);
    if (isText(node) && /[A-Za-z]/.test(node.text) && isRead(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("one.ts", text, ts.ScriptTarget.Latest, true));
  return found;
}

function isRead(node: ts.Node): boolean {
  const parent = node.parent;
  if (ts.isPropertyAssignment(parent)) return SPOKEN.has(parent.name.getText().replaceAll("\"", "")) && parent.initializer === node && !isKeyOrField(parent);
  if (!ts.isCallExpression(parent)) return false;
  const called = parent.expression.getText();
  const place = parent.arguments.indexOf(node as ts.Expression);
  return (called === "h" && place >= 2) || (["replace", "setText", "append"].includes(called) && place >= 1);
}

/** `label: "nav.intake"` names a text; it is none. */
function isKeyOrField(assignment: ts.PropertyAssignment): boolean {
  return isText(assignment.initializer) && assignment.initializer.text in TABLES.en;
}

describe("source", () => {
  test("no text outside i18n", () => {
    const stray = files().flatMap((file) => strayTexts(readFileSync(file, "utf8")).map((text) => `${file.slice(SOURCE.length)}: ${text}`));
    expect(stray).toEqual([]);
  });

  test("the check itself finds what it should", () => {
    expect(strayTexts('h("p", null, "Hello")')).toEqual(["Hello"]);
    expect(strayTexts('h("img", { alt: "A picture" })')).toEqual(["A picture"]);
    expect(strayTexts('const x = "搜索";')).toEqual(["搜索"]);
    expect(strayTexts('h("p", { class: "muted" }, t("nav.intake"))')).toEqual([]);
  });
});
