/**
 * The Markdown that WeCom's robots send: headings, bold, quotations, code, links, coloured text, lists. Read into plain
 * data that components show; no HTML is made, and a link's address stays text.
 */
export interface Span {
  text: string;
  bold?: boolean;
  code?: boolean;
  colour?: "info" | "comment" | "warning";
  /** The address behind the text. */
  address?: string;
}

export interface Block {
  kind: "heading" | "quote" | "item" | "line";
  /** 1 to 6, of a heading. */
  depth?: number;
  spans: Span[];
}

const INLINE = /\*\*(?<bold>[^*\n]+)\*\*|`(?<code>[^`\n]+)`|\[(?<label>[^\]\n]*)\]\((?<address>[^)\s]*)\)|<font color=["']?(?<colour>info|comment|warning)["']?>(?<coloured>[^<]*)<\/font>/g;

export function blocksOf(text: string): Block[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "").map(blockOf);
}

function blockOf(line: string): Block {
  const heading = /^\s*(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return { kind: "heading", depth: heading[1]?.length ?? 1, spans: spansOf(heading[2] ?? "") };
  const quote = /^\s*>\s?(.*)$/.exec(line);
  if (quote) return { kind: "quote", spans: spansOf(quote[1] ?? "") };
  const item = /^\s*(?:[-*]|\d+[.、])\s+(.*)$/.exec(line);
  return item ? { kind: "item", spans: spansOf(item[1] ?? "") } : { kind: "line", spans: spansOf(line) };
}

export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(INLINE)) {
    if (match.index > at) spans.push({ text: line.slice(at, match.index) });
    spans.push(spanOf(match.groups ?? {}));
    at = match.index + match[0].length;
  }
  if (at < line.length) spans.push({ text: line.slice(at) });
  return spans;
}

function spanOf(found: Record<string, string | undefined>): Span {
  if (found["bold"] !== undefined) return { text: found["bold"], bold: true };
  if (found["code"] !== undefined) return { text: found["code"], code: true };
  if (found["coloured"] !== undefined) return { text: found["coloured"], colour: found["colour"] as Span["colour"] };
  return { text: found["label"] ?? "", address: found["address"] };
}
