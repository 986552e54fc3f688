/** Text on its ground has a contrast of at least 4.5:1 in both schemes (WCAG 2.2, 1.4.3). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const CSS = readFileSync(join(process.cwd(), "src/styles/tokens.css"), "utf8");
const RATIO_MIN = 4.5;
const PAIRS = [
  ["text", "ground"], ["text", "surface"], ["text", "raised"], ["text", "accent-soft"],
  ["muted", "ground"], ["muted", "surface"], ["muted", "raised"], ["muted", "accent-soft"],
  ["accent", "ground"], ["accent", "surface"], ["accent", "raised"], ["accent", "accent-soft"], ["accent-text", "accent"],
  ["good", "ground"], ["good", "surface"], ["good", "good-soft"], ["warn", "surface"], ["warn", "warn-soft"],
  ["bad", "surface"], ["bad", "bad-soft"], ["bad", "own"], ["surface", "bad"], ["surface", "warn"], ["surface", "good"],
  ["faint", "surface"], ["faint", "raised"], ["faint", "ground"], ["accent-strong", "surface"], ["accent-strong", "accent-soft"], ["accent-text", "accent-strong"],
  ["warn", "ground"], ["warn", "raised"], ["bad", "ground"], ["bad", "raised"], ["good", "raised"], ["surface", "muted"], ["surface", "text"],
  ["door-text", "door"], ["door-mark", "door"], ["mark-text", "mark"], ["own-text", "own"], ["avatar-text", "member"], ["avatar-text", "contact"],
] as const;

function scheme(dark: boolean): Map<string, string> {
  const parts = CSS.split(':root[data-theme="dark"]');
  const both = [parts[0] ?? "", dark ? (parts[1] ?? "") : ""].join("\n");
  return new Map([...both.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name ?? "", value ?? ""]));
}

function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

test.each([["light", false], ["dark", true]] as const)("%s", (_name, dark) => {
  const colours = scheme(dark);
  for (const [text, ground] of PAIRS) {
    const [one, other] = [colours.get(text), colours.get(ground)];
    expect(one && other, `${text} and ${ground} are tokens`).toBeTruthy();
    expect(contrast(one ?? "", other ?? ""), `${text} on ${ground}`).toBeGreaterThanOrEqual(RATIO_MIN);
  }
});
