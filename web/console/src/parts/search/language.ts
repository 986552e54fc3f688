/**
 * The query language as crates/search/src/language.rs reads it, for chips, completion and for pointing at what is wrong while
 * somebody types. The server decides; this only says sooner and more exactly. Places are UTF-16 units, as inputs count. Pure.
 */
import { KINDS } from "../../ui/kinds";

export type Field = "from" | "to" | "with" | "in" | "kind" | "dept" | "after" | "before" | "has";

export const FIELD_NAMES: Record<Field, readonly [english: string, chinese: string]> = {
  from: ["from", "发送人"],
  to: ["to", "接收人"],
  with: ["with", "参与人"],
  in: ["in", "会话"],
  kind: ["kind", "类型"],
  dept: ["dept", "部门"],
  after: ["after", "之后"],
  before: ["before", "之前"],
  has: ["has", "包含"],
};
export const FIELDS = Object.keys(FIELD_NAMES) as Field[];

export type FaultReason =
  | "quote_open" | "end_missing" | "bracket_open" | "bracket_extra" | "operand_missing" | "value_missing" | "too_long" | "too_deep"
  | "kind_unknown" | "date_wrong" | "has_unknown" | "server";

/** What is wrong, and from where to where. */
export class QueryFault extends Error {
  constructor(readonly reason: FaultReason, readonly start: number, readonly end: number) {
    super(reason);
  }
}

export type TokenType = "open" | "close" | "and" | "or" | "not" | "word" | "phrase" | "field";

export interface Token {
  type: TokenType;
  start: number;
  end: number;
  /** Of words and phrases: what they say. */
  value: string;
  field?: Field;
  /** A phrase whose quote is not closed. */
  unclosed?: boolean;
}

const DEPTH_MAX = 32;
const CHARS_MAX = 2_000;
const BLANK = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const QUOTES = "\"“”＂";
const COLONS = ":：";
const BRACKETS = "()（）";
const MEDIA_WORDS = ["media", "媒体", "附件"];
/** `2026-01`, `2026-01-31`, `2026-01-31T08:00`, with seconds, RFC 3339, `7d`, `7天` (crates/search/src/zone.rs). */
const DATE = /^(\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?|\d{1,5}[d天]|\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))$/;

const isBlank = (letter: string): boolean => BLANK.test(letter);
const endsWord = (letter: string): boolean => isBlank(letter) || QUOTES.includes(letter) || COLONS.includes(letter) || BRACKETS.includes(letter);

/** Takes a text apart; a quote that is not closed goes on to the end. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const letter = text[at] ?? "";
    const next = text[at + 1];
    if (isBlank(letter)) {
      at += 1;
      continue;
    }
    const token = signAt(at, letter, next) ?? (QUOTES.includes(letter) ? phraseAt(text, at) : wordAt(text, at));
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function signAt(start: number, letter: string, next: string | undefined): Token | undefined {
  const sign = (type: TokenType): Token => ({ type, start, end: start + 1, value: "" });
  if ("(（".includes(letter)) return sign("open");
  if (")）".includes(letter)) return sign("close");
  return letter === "-" && next !== undefined && !isBlank(next) ? sign("not") : undefined;
}

function phraseAt(text: string, start: number): Token {
  let end = start + 1;
  while (end < text.length && !QUOTES.includes(text[end] ?? "")) end += 1;
  const unclosed = end >= text.length;
  return { type: "phrase", start, end: unclosed ? end : end + 1, value: text.slice(start + 1, end), ...(unclosed ? { unclosed } : {}) };
}

function wordAt(text: string, start: number): Token {
  const wordEnd = (from: number): number => {
    let end = from;
    while (end < text.length && !endsWord(text[end] ?? "")) end += 1;
    return end;
  };
  const isColon = (at: number): boolean => at < text.length && COLONS.includes(text[at] ?? "");
  let end = wordEnd(start);
  const field = fieldOf(text.slice(start, end));
  if (field && isColon(end)) return { type: "field", start, end: end + 1, value: "", field };
  // A word goes on over colons that belong to no field (`12:30`).
  while (isColon(end)) end = wordEnd(end + 1);
  const value = text.slice(start, end);
  const operators: Record<string, TokenType> = { AND: "and", "&&": "and", OR: "or", "||": "or", NOT: "not" };
  return { type: operators[value] ?? "word", start, end, value };
}

export function fieldOf(name: string): Field | undefined {
  const wanted = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return FIELDS.find((field) => FIELD_NAMES[field].includes(wanted));
}

export type ChipType = "word" | "prefix" | "phrase" | "field" | "group";

/** One condition at the top of a query. */
export interface Chip {
  type: ChipType;
  not: boolean;
  field?: Field;
  /** What it says, without quotes; of a group its text as typed. */
  value: string;
  start: number;
  end: number;
}

/** All conditions of one alternative hold; alternatives are joined by OR. */
export type Conditions = Chip[][];

/** Reads a query into its conditions; throws a `QueryFault`. */
export function readQuery(text: string): Conditions {
  if (Array.from(text).length > CHARS_MAX) throw new QueryFault("too_long", 0, text.length);
  const tokens = tokensOf(text);
  const unclosed = tokens.find((token) => token.unclosed);
  if (unclosed) throw new QueryFault("quote_open", unclosed.start, unclosed.end);
  if (tokens.length === 0) return [];
  const reader = new QueryReader(text, tokens);
  const conditions = reader.any();
  reader.finish();
  return conditions;
}

/** What is wrong with a query, if anything. */
export function faultOfQuery(text: string): QueryFault | undefined {
  try {
    readQuery(text);
    return undefined;
  } catch (cause) {
    if (cause instanceof QueryFault) return cause;
    throw cause;
  }
}

class QueryReader {
  private next = 0;
  private depth = 0;

  constructor(private readonly text: string, private readonly tokens: readonly Token[]) {}

  finish(): void {
    if (this.peek()) this.wrong("bracket_extra");
  }

  any(): Conditions {
    return this.deeper(() => {
      const alternatives = [this.all()];
      while (this.peek()?.type === "or") {
        this.next += 1;
        alternatives.push(this.all());
      }
      return alternatives;
    });
  }

  private all(): Chip[] {
    const chips = [this.one()];
    for (;;) {
      const type = this.peek()?.type;
      if (type === undefined || type === "or" || type === "close") return chips;
      if (type === "and") this.next += 1;
      chips.push(this.one());
    }
  }

  private one(): Chip {
    const token = this.peek();
    if (!token) return this.wrong("end_missing");
    if (token.type === "and" || token.type === "or" || token.type === "close") return this.wrong("operand_missing");
    this.next += 1;
    if (token.type === "not") return this.deeper(() => {
      const inner = this.one();
      return inner.not ? this.group(token.start, inner.end, false) : { ...inner, not: true, start: token.start };
    });
    if (token.type === "open") return this.bracketed(token);
    if (token.type === "field") return this.value(token);
    return term(token);
  }

  private bracketed(open: Token): Chip {
    this.any();
    const close = this.peek();
    if (close?.type !== "close") return this.wrong("bracket_open");
    this.next += 1;
    return this.group(open.start, close.end, false);
  }

  private group(start: number, end: number, not: boolean): Chip {
    return { type: "group", not, value: this.text.slice(start, end), start, end };
  }

  private value(name: Token): Chip {
    const token = this.peek();
    if (!token || (token.type !== "word" && token.type !== "phrase") || token.value.trim() === "") return this.wrong("value_missing", name);
    this.next += 1;
    const field = name.field as Field;
    const value = token.value.trim();
    if (field === "kind" && !(KINDS as readonly string[]).includes(value.toLowerCase())) throw new QueryFault("kind_unknown", token.start, token.end);
    if ((field === "after" || field === "before") && !isDate(value)) throw new QueryFault("date_wrong", token.start, token.end);
    if (field === "has" && !MEDIA_WORDS.includes(value)) throw new QueryFault("has_unknown", token.start, token.end);
    return { type: "field", not: false, field, value, start: name.start, end: token.end };
  }

  private deeper<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw new QueryFault("too_deep", this.peek()?.start ?? this.text.length, this.text.length);
    const found = read();
    this.depth -= 1;
    return found;
  }

  private peek(): Token | undefined {
    return this.tokens[this.next];
  }

  private wrong(reason: FaultReason, from?: Token): never {
    const token = this.peek();
    const end = token?.end ?? this.text.length;
    throw new QueryFault(reason, from?.start ?? token?.start ?? this.text.length, from ? Math.max(from.end, Math.min(end, from.end)) : end);
  }
}

function term(token: Token): Chip {
  const place = { not: false, start: token.start, end: token.end };
  if (token.type === "phrase") return { type: "phrase", value: token.value, ...place };
  const prefix = /^(.+)[*＊]$/su.exec(token.value)?.[1];
  return prefix === undefined ? { type: "word", value: token.value, ...place } : { type: "prefix", value: prefix, ...place };
}

export function isDate(value: string): boolean {
  if (!DATE.test(value)) return false;
  const [, month = "1", day = "1"] = /^\d{4}-(\d\d)(?:-(\d\d))?/.exec(value) ?? [];
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
}

/** A value as the language wants it: quoted unless it is a plain word. */
export function quoted(value: string): string {
  const isPlain = /^[\p{L}\p{N}_@.][\p{L}\p{N}_@.-]*$/u.test(value) && !/^(AND|OR|NOT)$/.test(value);
  return isPlain ? value : `"${value.replace(/["“”＂]/g, "")}"`;
}

export function chipText(chip: Pick<Chip, "type" | "not" | "field" | "value">): string {
  const sign = chip.not ? "-" : "";
  if (chip.type === "field") return `${sign}${chip.field}:${quoted(chip.value)}`;
  if (chip.type === "group") return sign + chip.value;
  if (chip.type === "prefix") return `${sign}${chip.value.replace(/[\s"“”＂:：()（）]/g, "")}*`;
  return sign + (chip.type === "phrase" ? `"${chip.value.replace(/["“”＂]/g, "")}"` : quoted(chip.value));
}

export function queryText(conditions: Conditions): string {
  return conditions.filter((chips) => chips.length > 0).map((chips) => chips.map(chipText).join(" ")).join(" OR ");
}

/** The conditions with one chip changed, or without it. */
export function withChip(conditions: Conditions, at: readonly [number, number], chip: Chip | undefined): Conditions {
  return conditions.map((chips, row) => (row === at[0] ? chips.flatMap((one, place) => (place === at[1] ? (chip ? [chip] : []) : [one])) : chips)).filter((chips) => chips.length > 0);
}
