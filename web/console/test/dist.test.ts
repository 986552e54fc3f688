/** The built console reaches for nothing on another host and needs no eval. Looks only where there is a build. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const DIST = join(process.cwd(), "dist");
const names = existsSync(DIST) ? readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|css|html|svg)$/.test(name)) : [];
const files = names.map((name) => ({ name, text: readFileSync(join(DIST, name), "utf8") }));
/** Addresses that libraries only print or compare: XML namespaces, pages about an error. */
const NEVER_FETCHED = /^https?:\/\/(www\.w3\.org\/|vuejs\.org\/|router\.vuejs\.org\/|element-plus\.org\/|github\.com\/|pinia\.vuejs\.org\/|example\.(com|org))/;

if (names.length === 0) console.log("SKIPPED: there is no build in dist to look at");

describe.skipIf(names.length === 0)("dist", () => {
  test("no foreign host", () => {
    const hosts = files.flatMap(({ name, text }) => [...text.matchAll(/https?:\/\/[\w.-]+\.[a-z]{2,}[^\s"'`)\\]*/g)].map(([address]) => address).filter((address) => !NEVER_FETCHED.test(address)).map((address) => `${name}: ${address}`));
    expect(hosts).toEqual([]);
    expect(files.flatMap(({ name, text }) => (/url\(["']?(https?:)?\/\/|@import\s+(url\()?["']?(https?:)?\/\//.test(text) ? [name] : []))).toEqual([]);
  });

  test("no code from strings, no code in the page", () => {
    expect(files.filter(({ name, text }) => name.endsWith(".js") && /\beval\(|new Function\(|[^.\w]Function\(["'`]/.test(text.replaceAll(/Function\(["`]return this["`]\)(\(\))?/g, ""))).map(({ name }) => name)).toEqual([]);
    const html = files.find(({ name }) => name === "index.html")?.text ?? "";
    expect(html).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/);
  });

  test("no mock in the build", () => {
    expect(files.filter(({ text }) => text.includes("xinlu.internal/mock")).map(({ name }) => name)).toEqual([]);
  });

  test("packed files lie beside the plain ones", () => {
    const all = new Set(readdirSync(DIST, { recursive: true, encoding: "utf8" }));
    expect(names.filter((name) => /assets\/.*\.(js|css)$/.test(name) && readFileSync(join(DIST, name)).length > 2048 && !all.has(`${name}.gz`))).toEqual([]);
  });
});
