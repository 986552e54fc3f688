/** The line below a conversation's title: its last words, as people know it from chat clients. Pure; the words come from `say`. */
import { isSaid } from "../../../ui/message/kinds";
import { nameOf, namesOf } from "../title";
import type { ConversationView } from "../types";

export interface Say {
  kind: (kind: string) => string;
  /** What a message tells by being what it is, such as taking another back. */
  said: (kind: string) => string;
  people: (count: number) => string;
  damaged: string;
  /** `name：text`. */
  line: (name: string, text: string) => string;
}

/** Signs of Markdown that mean nothing in one line: emphasis, code, headings, quotations. */
const MARKS = /[*`~]+|(?<=^|\s)[#>]+\s+/g;
/** Kinds whose words stand for themselves; of the others the kind stands before them. */
const PLAIN: readonly string[] = ["text", "markdown", "mixed"];

export function lineOf({ last, kind, members, contacts }: Pick<ConversationView, "last" | "kind" | "members" | "contacts">, say: Say): string {
  if (!last) return kind === "group" ? say.people(members.length + contacts.length) : namesOf(members);
  const name = nameOf(last.sender);
  if (isSaid(last.kind)) return `${name} ${say.said(last.kind)}`;
  const text = last.code ? `[${say.damaged}]` : worded(last.kind, last.text ?? "", say);
  // Between two, what the other side says needs no name.
  return kind === "pair" && last.sender.kind === "contact" ? text : say.line(name, text);
}

function worded(kind: string, told: string, say: Say): string {
  const text = kind === "markdown" ? told.replace(MARKS, "") : told;
  if (text !== "" && PLAIN.includes(kind)) return text;
  return `[${say.kind(kind)}] ${text}`.trimEnd();
}
