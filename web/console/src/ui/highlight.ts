/** Marks the places of a hit in a text. Offsets from the server count bytes of UTF-8. */
import { h } from "./dom";

export interface Range {
  start: number;
  end: number;
}

const utf8Length = (codePoint: number): number => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4);

/** Turns byte ranges into ranges of JavaScript's UTF-16 units; what lies outside the text is dropped. */
export function toUnits(text: string, ranges: readonly Range[]): Range[] {
  const unitAt = new Map<number, number>();
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    unitAt.set(byte, unit);
    byte += utf8Length(character.codePointAt(0) ?? 0);
    unit += character.length;
  }
  unitAt.set(byte, unit);
  const units = ranges.map(({ start, end }) => ({ start: unitAt.get(start) ?? -1, end: unitAt.get(end) ?? -1 }));
  return units.filter(({ start, end }) => start >= 0 && end > start).sort((one, other) => one.start - other.start);
}

/** The text as nodes with the ranges (UTF-16 units, sorted) in `<mark>`. */
export function marked(text: string, ranges: readonly Range[]): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const range of ranges) {
    if (range.start < at) continue;
    if (range.start > at) nodes.push(document.createTextNode(text.slice(at, range.start)));
    nodes.push(h("mark", null, text.slice(range.start, range.end)));
    at = range.end;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}

const BEFORE_UNITS = 36;
const SNIPPET_UNITS = 180;

/** A long text cut to the surroundings of its first hit, with the ranges moved along. */
export function snippet(text: string, ranges: readonly Range[]): { text: string; ranges: Range[] } {
  const first = ranges[0]?.start ?? 0;
  const from = first > BEFORE_UNITS && text.length > SNIPPET_UNITS ? first - BEFORE_UNITS : 0;
  const to = Math.min(text.length, from + SNIPPET_UNITS);
  const lead = from > 0 ? "…" : "";
  const cut = lead + text.slice(from, to) + (to < text.length ? "…" : "");
  const moved = ranges.filter((range) => range.end <= to).map((range) => ({ start: range.start - from + lead.length, end: range.end - from + lead.length }));
  return { text: cut, ranges: moved };
}
