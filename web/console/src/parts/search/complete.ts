/** What can stand where the caret is: fields, their fixed values and dates locally, names from the server. Pure. */
import type { Suggestion } from "../../api/search";
import { KINDS } from "../../ui/kinds";
import { FIELDS, FIELD_NAMES, type Field, type Token, quoted, tokensOf } from "./language";

/** What is being typed. */
export interface Place {
  /** Units that a choice takes the place of. */
  start: number;
  end: number;
  field: Field | undefined;
  /** What of it stands there, without quotes. */
  typed: string;
  not: boolean;
}

export type ChoiceKind = "field" | "value" | "date" | "operator" | "member" | "contact" | "conversation" | "department";

export interface Choice {
  kind: ChoiceKind;
  /** What takes the place of what was typed. */
  insert: string;
  label: string;
  detail?: string;
  /** A field waits for its value, everything else for the next word. */
  open?: boolean;
}

/** The names that a page says; handed in, because this module speaks no language. */
export interface Names {
  field: (field: Field) => string;
  kind: (kind: string) => string | undefined;
  date: (name: "today" | "week" | "month_30" | "this_month" | "last_month" | "this_year") => string;
}

const FIELD_CHOICES_MAX = 9;
const KIND_CHOICES_MAX = 8;
const DAY_MS = 86_400_000;
const OPERATORS = ["AND", "OR", "NOT"] as const;

export function placeAt(text: string, caret: number): Place {
  const tokens = tokensOf(text);
  const at = tokens.findIndex((token) => token.start < caret && caret <= token.end);
  const token = tokens[at];
  if (!token || token.type === "open" || token.type === "close") return { start: caret, end: caret, field: undefined, typed: "", not: false };
  const before = tokens[at - 1];
  const not = (one: Token | undefined, start: number): boolean => one?.type === "not" && one.end === start;
  if (token.type === "field") return { start: token.start, end: endOfValue(tokens[at + 1], token), field: token.field, typed: "", not: not(before, token.start) };
  if (token.type === "not" && token.value === "") return { start: caret, end: caret, field: undefined, typed: "", not: true };
  const typed = token.type === "phrase" ? token.value : text.slice(token.start, Math.min(caret, token.end));
  if (before?.type === "field" && before.end === token.start) {
    return { start: before.start, end: token.end, field: before.field, typed, not: not(tokens[at - 2], before.start) };
  }
  return { start: token.start, end: token.end, field: undefined, typed, not: not(before, token.start) };
}

function endOfValue(next: Token | undefined, field: Token): number {
  const isValue = next !== undefined && next.start === field.end && (next.type === "word" || next.type === "phrase");
  return isValue ? next.end : field.end;
}

/** The text and the caret after a choice. */
export function chosen(text: string, place: Place, choice: Choice): { text: string; caret: number } {
  const rest = text.slice(place.end);
  const gap = choice.open || /^\s/.test(rest) ? "" : " ";
  const head = text.slice(0, place.start) + choice.insert + gap;
  const caret = head.length + (!choice.open && gap === "" ? 1 : 0);
  return { text: head + rest, caret };
}

/** Choices that need nobody to be asked. */
export function localChoices(place: Place, names: Names, now: Date): Choice[] {
  const { field, typed } = place;
  if (field === "kind") return kindChoices(typed, names);
  if (field === "has") return [{ kind: "value" as const, insert: "has:media", label: "has:media", detail: names.field("has") }].filter(() => "media".startsWith(typed.toLowerCase()));
  if (field === "after" || field === "before") return dateChoices(field, typed, names, now);
  if (field !== undefined) return [];
  const operators = OPERATORS.filter((one) => typed !== "" && one !== typed && one.startsWith(typed)).map((insert): Choice => ({ kind: "operator", insert, label: insert }));
  return [...fieldChoices(typed, names), ...operators];
}

function fieldChoices(typed: string, names: Names): Choice[] {
  const wanted = typed.toLowerCase();
  const fits = (field: Field): boolean => FIELD_NAMES[field].some((name) => name.startsWith(wanted));
  return FIELDS.filter(fits).slice(0, FIELD_CHOICES_MAX).map((field) => ({ kind: "field", insert: `${field}:`, label: `${field}:`, detail: names.field(field), open: true }));
}

function kindChoices(typed: string, names: Names): Choice[] {
  const wanted = typed.toLowerCase();
  const fits = (kind: string): boolean => kind !== "unknown" && (kind.startsWith(wanted) || (names.kind(kind) ?? "").toLowerCase().includes(wanted));
  return KINDS.filter(fits).slice(0, KIND_CHOICES_MAX).map((kind) => ({ kind: "value", insert: `kind:${kind}`, label: names.kind(kind) ?? kind, detail: `kind:${kind}` }));
}

/** `YYYY-MM-DD` in Shanghai, so many days from now. */
export function shanghaiDay(now: Date, days = 0): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(now.getTime() + days * DAY_MS));
}

function dateChoices(field: "after" | "before", typed: string, names: Names, now: Date): Choice[] {
  const today = shanghaiDay(now);
  const [year = "", month = ""] = today.split("-");
  const before = month === "01" ? `${Number(year) - 1}-12` : `${year}-${String(Number(month) - 1).padStart(2, "0")}`;
  const all = [
    [today, names.date("today")], ["7d", names.date("week")], ["30d", names.date("month_30")],
    [`${year}-${month}`, names.date("this_month")], [before, names.date("last_month")], [`${year}-01`, names.date("this_year")],
  ] as const;
  const once = all.filter(([value], at) => all.findIndex(([other]) => other === value) === at);
  return once.filter(([value]) => value.startsWith(typed)).map(([value, label]) => ({ kind: "date", insert: `${field}:${value}`, label, detail: value }));
}

const ASKED: Partial<Record<Field, readonly Suggestion["kind"][]>> = {
  from: ["member", "contact"], to: ["member", "contact"], with: ["member", "contact"], in: ["conversation"], dept: ["department"],
};

/** What to ask the server for; nothing where names cannot stand or nothing is typed. */
export function askedText(place: Place): string | undefined {
  const typed = place.typed.trim();
  const takesNames = place.field === undefined || ASKED[place.field] !== undefined;
  return takesNames && typed !== "" && !typed.endsWith("*") ? typed : undefined;
}

/** The server's suggestions as choices; behind `to:` a person becomes one who was told, not one who spoke. */
export function namedChoices(place: Place, suggestions: readonly Suggestion[]): Choice[] {
  const wanted = place.field === undefined ? undefined : ASKED[place.field];
  return suggestions.filter((one) => wanted === undefined || wanted.includes(one.kind)).map((one) => {
    const insert = place.field === undefined ? one.insert : `${place.field}:${valueOf(one)}`;
    return { kind: one.kind, insert, label: one.name, detail: insert };
  });
}

function valueOf(suggestion: Suggestion): string {
  const [, value] = /^[a-z]+:(.+)$/s.exec(suggestion.insert) ?? [];
  return value ?? quoted(suggestion.name);
}
