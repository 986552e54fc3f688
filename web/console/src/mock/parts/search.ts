/** Search over the newest messages of each mock conversation: words and `kind:` only, highlights in bytes as the server gives them. */
import type { Schemas } from "../../api/client";
import type { SavedSearch, Suggestion } from "../../api/search";
import { readQuery } from "../../parts/search/language";
import { answer, fault, on } from "..";
import conversations from "./conversations";

type MessageView = Schemas["MessageView"];
type HitView = Schemas["HitView"];

const ORIGIN = "http://mock.test";
const EACH = 120;
const FACET_VALUES = 20;
const MONTH_CHARS = "YYYY-MM".length;

async function ask<T>(path: string): Promise<T> {
  return (await (await answer(conversations, new Request(ORIGIN + path))).json()) as T;
}

let gathered: Promise<HitView[]> | undefined;

/** Newest first. */
function everything(): Promise<HitView[]> {
  gathered ??= (async () => {
    const { items } = await ask<{ items: Schemas["ConversationView"][] }>("/api/v1/conversations?limit=20");
    const pages = await Promise.all(items.map(async (one) => {
      const page = await ask<Schemas["MessagePage"]>(`/api/v1/conversations/${one.id}/messages?limit=${EACH}`);
      return page.items.map((message): HitView => ({ message, highlights: [], conversation: { id: one.id, title: one.title } }));
    }));
    return pages.flat().sort((left, right) => right.message.sent_at.localeCompare(left.message.sent_at));
  })();
  return gathered;
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

function marksOf(message: MessageView, word: string): Schemas["Highlight"][] {
  return (message.pieces ?? []).flatMap((piece, at) => {
    const start = piece.text.toLowerCase().indexOf(word.toLowerCase());
    return start < 0 ? [] : [{ piece: at, start: bytes(piece.text.slice(0, start)), end: bytes(piece.text.slice(0, start + word.length)) }];
  });
}

/** The hit with its marks if all conditions of one alternative hold. */
function found(hit: HitView, query: string): HitView | undefined {
  const alternatives = readQuery(query);
  if (alternatives.length === 0) return hit;
  for (const chips of alternatives) {
    const marks = chips.map((chip) => (chip.field === "kind" ? (hit.message.kind === chip.value ? [] : undefined) : chip.field || chip.type === "group" ? [] : marksOf(hit.message, chip.value)));
    const holds = chips.every((chip, at) => (chip.field ? marks[at] !== undefined : chip.type === "group" || (marks[at]?.length ?? 0) > 0) !== chip.not);
    if (holds) return { ...hit, highlights: marks.flatMap((one, at) => (chips[at]?.not ? [] : (one ?? []))) };
  }
  return undefined;
}

function counted(hits: readonly HitView[], of: (hit: HitView) => [value: string, label: string]): Schemas["Count"][] {
  const counts = new Map<string, Schemas["Count"]>();
  for (const hit of hits) {
    const [value, label] = of(hit);
    counts.set(value, { value, label, count: (counts.get(value)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((left, right) => right.count - left.count).slice(0, FACET_VALUES);
}

async function search(body: Schemas["SearchBody"]): Promise<Schemas["SearchPage"]> {
  const all = (await everything()).flatMap((hit) => found(hit, body.query ?? "") ?? []);
  const start = Number(body.after ?? 0);
  const end = start + (body.limit ?? 50);
  const facets: Schemas["FacetsView"] = {
    kind: counted(all, ({ message }) => [message.kind, message.kind]),
    conversation: counted(all, ({ conversation }) => [String(conversation.id), conversation.title]),
    sender: counted(all, ({ message }) => [message.sender.external_id, message.sender.name]),
    month: counted(all, ({ message }) => [message.sent_at.slice(0, MONTH_CHARS), message.sent_at.slice(0, MONTH_CHARS)]),
  };
  return { items: all.slice(start, end), total: all.length, facets, next: end < all.length ? String(end) : undefined, took_ms: 3 };
}

let saved: SavedSearch[] = [
  { id: 1, name: "退款周查", query: "q=%E9%80%80%E6%AC%BE", shared: true, mine: true, owner: "auditor", created_at: "2026-11-20T02:00:00Z" },
  { id: 2, name: "客户发来的文件", query: "q=kind%3Afile", shared: true, mine: false, owner: "leader", created_at: "2026-11-19T02:00:00Z" },
];
let last = 2;

const SUGGESTIONS: Suggestion[] = [
  { kind: "member", id: 1, name: "王芳", insert: "from:m1" },
  { kind: "contact", id: 11, name: "小谭", insert: "with:wm11" },
  { kind: "conversation", id: 3, name: "产品内测群 3", insert: "in:#3" },
  { kind: "department", id: 2, name: "销售部", insert: "dept:销售部" },
];

export default [
  on("POST", "/api/v1/messages/search", ({ body }) => search(body as Schemas["SearchBody"])),
  on("GET", "/api/v1/search/suggestions", ({ query }) => ({ suggestions: SUGGESTIONS.filter((one) => one.name.includes(query.get("text") ?? "")) })),
  on("GET", "/api/v1/searches", () => ({ searches: saved })),
  on("POST", "/api/v1/searches", ({ body }) => {
    const made = { ...(body as Pick<SavedSearch, "name" | "query" | "shared">), id: (last += 1), mine: true, owner: "auditor", created_at: new Date().toISOString() };
    saved = [made, ...saved];
    return made;
  }),
  on("PUT", "/api/v1/searches/{id}", ({ params, body }) => {
    saved = saved.map((one) => (String(one.id) === params["id"] ? { ...one, ...(body as object) } : one));
    return saved.find((one) => String(one.id) === params["id"]) ?? fault(404, "search.saved_unknown");
  }),
  on("DELETE", "/api/v1/searches/{id}", ({ params }) => {
    saved = saved.filter((one) => String(one.id) !== params["id"]);
    return { done: true };
  }),
];
