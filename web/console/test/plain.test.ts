/** The plain functions: routes, times, queries, highlights, status, rate; and the house rules of the source. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { readStatus } from "../src/api/status";
import { RateMeter } from "../src/parts/intake/rate";
import { withField, withMonth, withoutField } from "../src/parts/search/query";
import { formatBytes, formatDuration, formatTime } from "../src/ui/format";
import { snippet, toUnits } from "../src/ui/highlight";
import { link, linkWith, parseRoute } from "../src/ui/route";

test("times are Shanghai's, with 24 hours", () => {
  expect(formatTime("2026-03-31T16:00:05Z")).toBe("2026-04-01 00:00:05");
  expect(formatTime("not a time")).toBe("not a time");
});

test("sizes and lengths of time", () => {
  expect([0, 1023, 1536, 181_811, 15_169_724].map(formatBytes)).toEqual(["0 B", "1023 B", "1.5 KB", "178 KB", "14.5 MB"]);
  expect([850, 12_300, 185_000, 7_800_000, 97 * 3_600_000].map(formatDuration)).toEqual(["850 ms", "12 s", "3 min 5 s", "2 h 10 min", "4 d 1 h"]);
});

describe("routes hold the state", () => {
  test("there and back", () => {
    const hash = link(["search"], { q: "退款 from:\"王 芳\" & 100%", sort: undefined });
    expect(parseRoute(hash).params.get("q")).toBe("退款 from:\"王 芳\" & 100%");
    expect(parseRoute("#/conversations/12?at=7").path).toEqual(["conversations", "12"]);
    expect(parseRoute("#/%E0%A4%A").path).toEqual(["%E0%A4%A"]);
  });
  test("a change keeps the rest", () => {
    const route = parseRoute("#/conversations/12?at=7");
    expect(linkWith(route, { proof: 7 })).toBe("#/conversations/12?at=7&proof=7");
    expect(linkWith(route, { at: undefined })).toBe("#/conversations/12");
  });
});

describe("queries", () => {
  test("a field is added once and quoted when it must be", () => {
    expect(withField("退款", "from", "王芳")).toBe("退款 from:王芳");
    expect(withField("退款 from:王芳", "from", "Emily Chen")).toBe("退款 from:\"Emily Chen\"");
    expect(withoutField("退款 from:\"Emily Chen\" has:media", "from")).toBe("退款 has:media");
  });
  test("a month ends with the next one's first day", () => {
    expect(withMonth("a", "2026-12")).toBe("a after:2026-12-01 before:2027-01-01");
  });
});

describe("highlights", () => {
  test("bytes of UTF-8 become units of the text", () => {
    const text = "a😀退款b";
    expect(toUnits(text, [{ start: 5, end: 11 }])).toEqual([{ start: 3, end: 5 }]);
    expect(toUnits(text, [{ start: 6, end: 11 }, { start: 90, end: 99 }])).toEqual([]);
  });
  test("a long text is cut around its first hit", () => {
    const cut = snippet(`${"前".repeat(300)}退款${"后".repeat(300)}`, [{ start: 300, end: 302 }]);
    const [range] = cut.ranges;
    expect(cut.text.slice(range?.start, range?.end)).toBe("退款");
    expect(cut.text.length).toBeLessThan(200);
  });
});

test("the rate is messages a second, and a counter that fell is no rate", () => {
  const meter = new RateMeter();
  meter.add(0, 100);
  meter.add(2000, 174);
  meter.add(4000, 0);
  expect(meter.rates).toEqual([37, 0]);
  expect(meter.peak()).toBe(37);
});

test("the status is summed over sources, and the log's size read from its checkpoint", () => {
  const media = { pending: 1, fetching: 2, stored: 3, failed: 4, lost: 5 };
  const source = { id: 1, key: "wecom:a", name: "甲", cursor: 9, received: 9, decrypted: 8, archived: 5, duplicates: 1, indexed: 4, open: 1, parked: { key_missing: 1, json_broken: 1 }, missing: 0, media, gaps: { numbers: 0 }, polled_at: "2026-01-01T00:00:00Z" };
  const other = { ...source, id: 2, parked: { key_missing: 2 }, polled_at: "2026-01-01T00:00:07Z" };
  const status = readStatus({ at: "2026-01-01T00:00:10Z", sources: [source, other], alarms: [] }, "origin\n42\nroot\n");
  expect(status).toMatchObject({ received: 18, archived: 10, parked: 4, open: 2, lagMs: 10_000, logged: 42, media: { stored: 6, pending: 6, failed: 18 } });
  expect(status.parkedReasons).toEqual([{ reason: "key_missing", count: 3 }, { reason: "json_broken", count: 1 }]);
  expect(readStatus({ at: "2026-01-01T00:00:10Z", sources: [], alarms: [] }, undefined)).toMatchObject({ lagMs: undefined, logged: undefined });
});

describe("house rules", () => {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const own = ["src", "test", "mock", "e2e"].flatMap((folder) => readdirSync(root + folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`));
  const sources = own.filter((name) => /\.(ts|mjs|css)$/.test(name)).map((name) => ({ name, text: readFileSync(root + name, "utf8") }));

  test("files have at most 350 lines, open with what they are for, and hold no any", () => {
    for (const { name, text } of sources) {
      expect(text.split("\n").length, name).toBeLessThanOrEqual(351);
      if (name.endsWith(".ts")) expect(text, name).not.toMatch(/(:|<|\bas) any\b/);
      if (!name.endsWith(".css")) expect(text.startsWith("/**"), name).toBe(true);
    }
  });
  test("functions have at most 60 lines", () => {
    for (const { name, text } of sources.filter((one) => one.name.startsWith("src/"))) {
      const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        const line = (at: number): number => file.getLineAndCharacterOfPosition(at).line;
        if (ts.isFunctionLike(node)) expect(line(node.end) - line(node.getStart()) + 1, `${name} line ${line(node.getStart()) + 1}`).toBeLessThanOrEqual(60);
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
  });
  test("a part imports ui, api and i18n, never a sibling", () => {
    for (const { name, text } of sources.filter((one) => one.name.startsWith("src/parts/"))) {
      const part = name.split("/")[2] ?? "";
      const siblings = [...text.matchAll(/from "\.\.\/(?!\.\.\/)([^"]+)"/g)].map(([, path]) => path);
      expect(siblings, `${name} of ${part}`).toEqual([]);
    }
  });
  test.skipIf(!existsSync(`${root}dist`))("the built page names no foreign host and holds nothing inline", () => {
    const built = readdirSync(`${root}dist`, { recursive: true, encoding: "utf8" }).filter((name) => /\.(html|js|css)$/.test(name));
    for (const name of built) {
      const text = readFileSync(`${root}dist/${name}`, "utf8").replaceAll("http://www.w3.org/2000/svg", "");
      expect(text, name).not.toMatch(/https?:\/\//);
      expect(text, name).not.toMatch(/\beval\(|new Function\(/);
      if (name.endsWith(".html")) expect(text, name).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)/);
    }
  });
});
