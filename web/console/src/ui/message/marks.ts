/**
 * Where a search found its words. The server counts bytes of a piece's UTF-8; a page shows fields of the body. A piece
 * is a field's text unchanged, so a shown text finds its marks by being equal to a piece.
 */
import type { Highlight, MessageView } from "./types";

/** In UTF-16 units, as JavaScript counts. */
export interface Range {
  start: number;
  end: number;
}

export interface Run {
  text: string;
  marked: boolean;
}

const utf8Length = (codePoint: number): number => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4);

/** Byte ranges as UTF-16 ranges, sorted and without overlaps; what lies outside the text or cuts a character is dropped. */
export function toUnits(text: string, bytes: readonly Range[]): Range[] {
  const unitAt = new Map<number, number>();
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    unitAt.set(byte, unit);
    byte += utf8Length(character.codePointAt(0) ?? 0);
    unit += character.length;
  }
  unitAt.set(byte, unit);
  const units = bytes.map(({ start, end }) => ({ start: unitAt.get(start) ?? -1, end: unitAt.get(end) ?? -1 }));
  return united(units.filter(({ start, end }) => start >= 0 && end > start));
}

/** Sorted, with overlapping ranges made one. */
function united(ranges: readonly Range[]): Range[] {
  const found: Range[] = [];
  for (const range of [...ranges].sort((one, other) => one.start - other.start)) {
    const last = found.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else found.push({ ...range });
  }
  return found;
}

/** The text cut into marked and unmarked runs. */
export function runsOf(text: string, ranges: readonly Range[]): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    if (start > at) runs.push({ text: text.slice(at, start), marked: false });
    runs.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length || runs.length === 0) runs.push({ text: text.slice(at), marked: false });
  return runs;
}

/** The marks of each text of a message: of its pieces, by their text. */
export function marksOf(message: Pick<MessageView, "pieces">, highlights: readonly Highlight[]): Map<string, Range[]> {
  const byText = new Map<string, Range[]>();
  (message.pieces ?? []).forEach((piece, index) => {
    const own = highlights.filter((highlight) => highlight.piece === index);
    if (own.length > 0 && !byText.has(piece.text)) byText.set(piece.text, toUnits(piece.text, own));
  });
  return byText;
}

/** The marks inside a part of a text, such as the answer below a quotation. */
export function within(ranges: readonly Range[], start: number, end: number): Range[] {
  const cut = ranges.map((range) => ({ start: Math.max(range.start, start) - start, end: Math.min(range.end, end) - start }));
  return cut.filter((range) => range.end > range.start);
}
