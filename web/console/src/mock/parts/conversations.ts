/** Conversations for the mock API: one of 100 000 messages, one with every kind, one masked. */
import type { Schemas } from "../../api/client";
import { fault, on } from "..";
import { BODIES, mediaOf, piecesOf, WORDS } from "../messageBodies";

type MessageView = Schemas["MessageView"];
type ConversationView = Schemas["ConversationView"];
type PartyView = Schemas["PartyView"];

const MINUTE_MS = 60_000;
const LAST = Date.parse("2026-11-20T10:00:00Z");
const SMALL = 40;
const member = (id: number, name: string): PartyView => ({ kind: "member", id, name, external_id: `m${id}` });
const contact = (id: number, name: string): PartyView => ({ kind: "contact", id, name, external_id: `wm${id}` });
const MEMBERS = [member(1, "王芳"), member(2, "陈志强"), member(3, "周雨桐")];
const CONTACTS = [contact(11, "小谭"), contact(12, "余雨桐"), contact(13, "深圳-崔雯")];

interface Made extends ConversationView {
  /** Records are `base + 1 … base + messages`. */
  base: number;
  level: Schemas["Level"];
}

function conversation(id: number, messages: number, level: Schemas["Level"], group = false): Made {
  const members = group ? MEMBERS : [MEMBERS[id % MEMBERS.length] ?? member(1, "王芳")];
  const contacts = group ? CONTACTS : [CONTACTS[id % CONTACTS.length] ?? contact(11, "小谭")];
  const last = LAST - id * MINUTE_MS;
  const title = group ? `产品内测群 ${id}` : [...contacts, ...members].map((party) => party.name).join("、");
  return { id, kind: group ? "group" : "pair", title, source: 1, members, contacts, messages, base: id * 1_000_000, level, first_at: new Date(last - messages * MINUTE_MS).toISOString(), last_at: new Date(last).toISOString() };
}

export const LONG = 1;
export const KINDS_ALL = 2;
export const MASKED = 3;
const all = new Map([conversation(LONG, 100_000, "text", true), conversation(KINDS_ALL, BODIES.length, "text"), conversation(MASKED, 12, "masked"), ...Array.from({ length: SMALL }, (_, index) => conversation(index + 4, 3 + index * 7, "text", index % 5 === 0))].map((one) => [one.id, one]));

function messageAt(made: Made, index: number): MessageView {
  const everybody = [...made.contacts, ...made.members];
  const sender = everybody[(index * 7 + Math.floor(index / 3)) % everybody.length] ?? member(1, "王芳");
  const [kind, body] = made.id === KINDS_ALL ? (BODIES[index] ?? ["text", {}]) : ["text" as const, { content: made.level === "masked" ? `我的手机号是 138****${1000 + index}` : `${WORDS[index % WORDS.length]} #${index + 1}` }];
  const record = made.base + index + 1;
  return {
    record, conversation: made.id, source: 1, seq: record, msgid: `${record}_external`, kind, action: kind === "revoke" ? "recall" : "send", sender, recipients: everybody.filter((party) => party !== sender),
    sent_at: new Date(Date.parse(made.last_at) - (made.messages - 1 - index) * MINUTE_MS).toISOString(), observed_at: made.last_at, level: made.level, proof: { state: "logged", leaf_index: record },
    body: body as unknown as MessageView["body"], pieces: piecesOf(body), media: mediaOf(kind, record), revokes: kind === "revoke" ? record - 1 : undefined,
    revoked_by: made.id === KINDS_ALL && BODIES[index + 1]?.[0] === "revoke" ? record + 1 : undefined, unknown_kind: kind === "unknown" ? "hologram" : undefined,
  };
}

/** Two of the masked conversation cannot be shown: one damaged, one whose key is gone. */
function isDamaged(message: MessageView): boolean {
  return message.conversation === MASKED && [3, 8].includes(message.record % 1_000_000);
}

function known(id: string | undefined): Made {
  const made = all.get(Number(id));
  if (!made) throw fault(404, "archive.conversation_not_found");
  return made;
}

/** Keys are `microseconds-record`, as the server's. */
function indexOf(made: Made, key: string): number {
  return key === "0" ? -1 : Number(key.split("-")[1]) - made.base - 1;
}

/** The first message of this moment or later. */
function indexAt(made: Made, at: string): number {
  const first = Date.parse(made.last_at) - (made.messages - 1) * MINUTE_MS;
  return Math.max(0, Math.ceil((Date.parse(at) - first) / MINUTE_MS));
}

function page(made: Made, query: URLSearchParams): Schemas["MessagePage"] {
  const limit = Number(query.get("limit") ?? 50);
  const [after, before, around, at] = [query.get("after"), query.get("before"), query.get("around"), query.get("at")];
  let [from, until] = [made.messages - limit, made.messages];
  if (after !== null) [from, until] = [indexOf(made, after) + 1, indexOf(made, after) + 1 + limit];
  if (before !== null) [from, until] = [indexOf(made, before) - limit, indexOf(made, before)];
  if (at !== null) [from, until] = [indexAt(made, at), indexAt(made, at) + limit];
  if (around !== null) {
    const middle = Number(around) - made.base - 1;
    if (middle < 0 || middle >= made.messages) throw fault(404, "archive.record_not_found");
    [from, until] = [middle - Math.floor(limit / 2), middle + Math.ceil(limit / 2)];
  }
  const [start, end] = [Math.max(0, from), Math.min(made.messages, until)];
  const places = Array.from({ length: Math.max(0, end - start) }, (_, index) => messageAt(made, start + index));
  const items = places.filter((message) => !isDamaged(message));
  const damaged = places.filter(isDamaged).map(({ record, sent_at }) => ({ record, sent_at, code: record % 2 ? "archive.damaged" : "archive.erased", before: items.find((item) => item.record > record)?.record }));
  const key = (message: MessageView | undefined): string | undefined => message && `${Date.parse(message.sent_at)}000-${message.record}`;
  const newest = after === null && before === null && around === null && at === null;
  return { items, damaged: damaged.length > 0 ? damaged : undefined, previous: start > 0 ? key(places[0]) : undefined, next: !newest && end < made.messages ? key(places.at(-1)) : undefined };
}

function lastOf(made: Made): Schemas["LastMessage"] {
  const { record, kind, sender, sent_at, pieces } = messageAt(made, made.messages - 1);
  return { record, kind, sender, sent_at, text: pieces?.[0]?.text.slice(0, 80) };
}

function list(query: URLSearchParams): { items: ConversationView[]; next?: string } {
  const limit = Number(query.get("limit") ?? 50);
  const start = Number(query.get("after") ?? 0);
  const has = (parties: readonly PartyView[], name: string): boolean => !query.has(name) || parties.some((party) => party.id === Number(query.get(name)));
  const found = [...all.values()].filter((one) => (!query.has("kind") || one.kind === query.get("kind")) && has(one.members, "member") && has(one.contacts, "contact") && one.title.includes(query.get("title") ?? ""));
  const shown = found.slice(start, start + limit).map((one) => (query.get("words") === "true" ? { ...one, last: lastOf(one) } : one));
  return { items: shown, next: start + limit < found.length ? String(start + limit) : undefined };
}

function one(record: string | undefined, level?: Schemas["Level"]): MessageView {
  const made = known(String(Math.floor((Number(record) - 1) / 1_000_000)));
  const message = messageAt(made, Number(record) - made.base - 1);
  return level && made.level !== level ? { ...message, level, body: { content: `我的手机号是 1381234${message.record % 10_000}` } as unknown as MessageView["body"], pieces: [{ role: "text", text: `我的手机号是 1381234${message.record % 10_000}` }] } : message;
}

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="#3f5b94"/><circle cx="160" cy="100" r="60" fill="#ffe9a3"/></svg>`;

export default [
  on("GET", "/api/v1/conversations", ({ query }) => list(query)),
  on("GET", "/api/v1/conversations/{id}", ({ params }) => known(params["id"])),
  on("GET", "/api/v1/conversations/{id}/messages", ({ params, query }) => page(known(params["id"]), query)),
  on("GET", "/api/v1/conversations/{id}/readers", ({ params }) => ({ readers: [{ user: 2, name: "auditor", at: known(params["id"]).last_at, action: "conversation.read" }, { user: 3, name: "王芳", at: known(params["id"]).first_at, action: "message.reveal" }] })),
  on("GET", "/api/v1/conversations/{id}/export", ({ params, query }) => new Response(`conversation ${known(params["id"]).id}`, { headers: { "content-disposition": `attachment; filename="conversation.${query.get("format") ?? "html"}"` } })),
  on("GET", "/api/v1/messages/{record}", ({ params }) => one(params["record"])),
  on("POST", "/api/v1/messages/{record}/reveal", ({ params }) => one(params["record"], "text")),
  on("GET", "/api/v1/media/{id}", () => new Response(PICTURE, { headers: { "content-type": "image/svg+xml" } })),
  on("GET", "/api/v1/media/{id}/preview", ({ query }) => (query.get("as") === "wav" ? fault(404, "http.no_endpoint") : new Response(query.get("as") === "html" ? "<h1>报价单</h1><table><tr><th>项</th><th>价</th></tr><tr><td>甲</td><td>30.00</td></tr></table>" : "第一行\n第二行"))),
  on("GET", "/api/v1/consents", () => ({ items: [] })),
];
