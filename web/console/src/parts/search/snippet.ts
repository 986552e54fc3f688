/** The parts of a hit that matched, cut to their surroundings. Marks are exactly the server's. Pure. */
import { type Run, type Range, runsOf, toUnits } from "../../ui/message/marks";
import type { Hit } from "./shapes";

const BEFORE_UNITS = 36;
const SNIPPET_UNITS = 180;
const PIECES_MAX = 3;

/** What to show of a hit: the pieces that matched, or the first ones when nothing in them did. */
export function snippetsOf(hit: Hit): Run[][] {
  const pieces = (hit.message.pieces ?? []).map((piece, at) => ({ text: piece.text, ranges: toUnits(piece.text, hit.highlights.filter((mark) => mark.piece === at)) }));
  const found = pieces.filter((piece) => piece.ranges.length > 0);
  return (found.length > 0 ? found : pieces).slice(0, PIECES_MAX).map((piece) => cut(piece.text, piece.ranges));
}

/** A long text cut to the surroundings of its first mark, never through a character. */
export function cut(text: string, ranges: readonly Range[]): Run[] {
  const first = ranges[0]?.start ?? 0;
  const from = first > BEFORE_UNITS && text.length > SNIPPET_UNITS ? edge(text, first - BEFORE_UNITS) : 0;
  const to = edge(text, Math.min(text.length, Math.max(from + SNIPPET_UNITS, ranges[0]?.end ?? 0)));
  const moved = ranges.filter((range) => range.start < to).map((range) => ({ start: range.start - from, end: Math.min(range.end, to) - from }));
  const runs = runsOf(text.slice(from, to), moved);
  if (from > 0) runs.unshift({ text: "…", marked: false });
  if (to < text.length) runs.push({ text: "…", marked: false });
  return runs;
}

/** The place, or the one before it if it stands between the halves of a surrogate pair. */
function edge(text: string, at: number): number {
  const isLow = at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at] ?? "");
  return isLow ? at - 1 : at;
}
