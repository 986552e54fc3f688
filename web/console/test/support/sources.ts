/** The sources as the lint-like tests read them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@vue/compiler-sfc";
import ts from "typescript";

// Vitest is started in `web/console`.
const ROOT = join(process.cwd(), "src");
const GENERATED = "api/schema.d.ts";

export interface Source {
  /** Below `src`. */
  name: string;
  text: string;
  /** The TypeScript in it: all of a `.ts`, the script of a `.vue`. */
  script: ts.SourceFile;
  template?: TemplateNode;
}

/** What of Vue's template syntax tree is read here. */
export interface TemplateNode {
  type: number;
  tag?: string;
  content?: string | { content: string };
  name?: string;
  value?: { content: string };
  arg?: { content: string };
  exp?: { content: string };
  props?: TemplateNode[];
  children?: TemplateNode[];
}

export function sources(): Source[] {
  const names = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  return names.filter((name) => /\.(ts|vue)$/.test(name) && name !== GENERATED).sort().map(read);
}

function read(name: string): Source {
  return sourceOf(name, readFileSync(join(ROOT, name), "utf8"));
}

export function sourceOf(name: string, text: string): Source {
  const found = name.endsWith(".vue") ? parse(text, { filename: name, ignoreEmpty: false }).descriptor : undefined;
  const code = found ? `${found.script?.content ?? ""}\n${found.scriptSetup?.content ?? ""}` : text;
  return { name, text, script: ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true), template: found?.template?.ast as TemplateNode | undefined };
}

/** Visits each node of a script. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Visits each node of a template, properties included. */
export function walkTemplate(node: TemplateNode | undefined, visit: (node: TemplateNode) => void): void {
  if (!node) return;
  visit(node);
  for (const child of [...(node.props ?? []), ...(node.children ?? [])]) walkTemplate(child, visit);
}
