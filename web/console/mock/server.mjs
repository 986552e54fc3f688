/** A stand-in for the server while the page is worked on: `npm run mock`, then http://127.0.0.1:4180. Never shipped. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { makeData, makePicture } from "./data.mjs";
import { makeLog } from "./log.mjs";

const PORT = Number(process.env.PORT ?? 4180);
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const USER = { name: process.env.XINLU_USER ?? "admin", password: process.env.XINLU_PASSWORD ?? "mock-password-1" };
const POLICY = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const { messages, conversations } = makeData(40);
const log = makeLog(messages);
const picture = makePicture(480, 320);
/** Conversation 1 is seen masked, conversation 2 by its metadata only. */
for (const message of messages) {
  if (message.conversation === 1) Object.assign(message, { level: "masked" });
  if (message.conversation === 2) Object.assign(message, { level: "metadata", body: undefined, pieces: undefined });
}
const names = new Map(messages.map((one) => [one.sender.external_id, one.sender.name]));
const startedAt = Date.now();
const pendingUntil = new Map();
let setupNeeded = process.env.MOCK_SETUP === "1";

const answer = (response, status, body, headers = {}) => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify(body));
};
const refuse = (response, status, code) => answer(response, status, { error: { code, message: code, request_id: "5f2c9a0b7d1e4c38" } });
const bodyOf = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || "{}");
};

function status() {
  const seconds = (Date.now() - startedAt) / 1000;
  const live = Math.floor(seconds * 37 + 120 * Math.sin(seconds / 5) + 120);
  const archived = 20_000 + live;
  const since = new Date(startedAt).toISOString();
  const alarms = process.env.MOCK_ALARM === "1" ? [{ name: "key_missing", severity: "critical", source: 1, since, detail: "3 messages wait for a private key" }] : [];
  const now = new Date().toISOString();
  const media = { stored: 3120, stored_bytes: 1, pending: 6, fetching: 1, failed: 1, lost: 1, reasons: {} };
  const source = {
    id: 1, name: "信录演示公司", key: "wecom:wwmock", cursor: archived + 1000, received_at: now, polled_at: new Date(Date.now() - 1840).toISOString(),
    received: archived + 12, decrypted: archived + 1, archived, indexed: archived - 30, duplicates: 0, open: 8, parked: { key_missing: 3, json_broken: 1 }, missing: 0, media, gaps: { gaps: 0, numbers: 0, first: [] },
  };
  return { at: now, last_record: archived, sources: [source], days: [], stages: [], alarms };
}

function search({ query, limit, after, facets }) {
  const words = query.split(/\s+/).filter((word) => !word.includes(":") && word !== "");
  const field = (name) => query.match(new RegExp(`${name}:"?([^"\\s]+)`))?.[1];
  const found = messages.filter((message) => words.every((word) => (message.pieces ?? []).some((piece) => piece.text.includes(word))) && (!field("kind") || message.kind === field("kind")) && (!field("from") || [message.sender.name, message.sender.external_id].includes(field("from"))) && (!field("has") || message.media.length > 0)).reverse();
  const from = Number(after ?? 0);
  const items = found.slice(from, from + limit).map((message) => ({ message, highlights: (message.pieces ?? []).flatMap((piece, at) => words.flatMap((word) => marks(piece.text, word, at))), conversation: { id: message.conversation, title: conversations.find((one) => one.id === message.conversation).title } }));
  const count = (pick) => Object.entries(found.reduce((counts, one) => ({ ...counts, [pick(one)]: (counts[pick(one)] ?? 0) + 1 }), {})).map(([value, amount]) => ({ value, label: names.get(value) ?? value, count: amount })).sort((one, other) => other.count - one.count);
  const all = { kind: count((one) => one.kind), month: count((one) => one.sent_at.slice(0, 7)), sender: count((one) => one.sender.external_id) };
  return { items, total: found.length, facets: facets.length > 0 ? all : {}, next: from + limit < found.length ? String(from + limit) : null, took_ms: 3 };
}

function marks(text, word, piece) {
  const at = text.indexOf(word);
  if (at < 0) return [];
  const start = Buffer.byteLength(text.slice(0, at));
  return [{ piece, start, end: start + Buffer.byteLength(word) }];
}

/** `next` leads to later messages, `previous` to earlier ones. */
function page(id, params) {
  const all = messages.filter((one) => one.conversation === id);
  const limit = 20;
  const at = (name) => all.findIndex((one) => String(one.record) === params.get(name));
  let from = all.length - limit;
  if (params.has("around")) from = at("around") - limit / 2;
  if (params.has("before")) from = at("before") - limit;
  if (params.has("after")) from = at("after") + 1;
  const end = params.has("before") ? at("before") : Math.max(0, from) + limit;
  const items = all.slice(Math.max(0, from), Math.max(0, end));
  return { items, previous: items[0] === all[0] ? null : String(items[0]?.record), next: items.at(-1) === all.at(-1) ? null : String(items.at(-1)?.record) };
}

function proof(record) {
  // Every seventh message waits for the log for some seconds when it is first asked about.
  if (record % 7 === 0 && !pendingUntil.has(record)) pendingUntil.set(record, Date.now() + 2500);
  if ((pendingUntil.get(record) ?? 0) > Date.now()) return { state: "pending" };
  const found = log.prove(record - 1, true);
  return process.env.MOCK_TAMPER === "1" ? { ...found, opening: { ...found.opening, raw: Buffer.from(`{"msgid":"x"}`).toString("base64") } } : found;
}

async function api(request, response, path, params) {
  if (path === "/api/v1/setup" && request.method === "GET") return answer(response, 200, { needed: setupNeeded });
  if (path === "/api/v1/setup") return (setupNeeded = false), answer(response, 200, {});
  if (path === "/api/v1/sessions" && request.method === "POST") {
    const { name, password } = await bodyOf(request);
    if (name !== USER.name || password !== USER.password) return refuse(response, 401, "identity.sign_in_failed");
    return answer(response, 200, { name }, { "set-cookie": "xinlu_session=mock; HttpOnly; SameSite=Strict; Path=/" });
  }
  if (!(request.headers.cookie ?? "").includes("xinlu_session=mock")) return refuse(response, 401, "http.unauthenticated");
  if (request.method !== "GET" && request.headers["x-xinlu"] !== "1") return refuse(response, 403, "http.foreign_page");
  if (path === "/api/v1/sessions" && request.method === "DELETE") return answer(response, 200, {}, { "set-cookie": "xinlu_session=; Max-Age=0; Path=/" });
  if (path === "/api/v1/sessions") return answer(response, 200, { user: 1, name: USER.name, password_due: false, roles: [], grants: ["archive.status", "conversation.read"].map((permission) => ({ permission, everybody: true, level: "text" })) });
  if (path === "/api/v1/archive/status") return answer(response, 200, status());
  if (path === "/api/v1/archive/checkpoint") return response.writeHead(200, { "content-type": "text/plain" }), response.end(log.checkpoint);
  if (path === "/api/v1/messages/search") return answer(response, 200, search(await bodyOf(request)));
  if (path === "/api/v1/conversations") {
    const from = Number(params.get("after") ?? 0);
    const some = conversations.filter((one) => !params.get("kind") || one.kind === params.get("kind"));
    return answer(response, 200, { items: some.slice(from, from + 25), next: from + 25 < some.length ? String(from + 25) : null });
  }
  return numbered(response, path, params);
}

function numbered(response, path, params) {
  const [, name, id] = /^\/api\/v1\/(conversations|messages|media|archive\/proof)\/(\d+)/.exec(path) ?? [];
  if (name === "conversations" && path.endsWith("/messages")) return answer(response, 200, page(Number(id), params));
  if (name === "conversations") return answer(response, 200, conversations.find((one) => one.id === Number(id)));
  if (name === "messages" && messages[id - 1]) return answer(response, 200, messages[id - 1]);
  if (name === "archive/proof" && messages[id - 1]) return answer(response, 200, proof(Number(id)));
  if (name === "media") {
    response.writeHead(200, { "content-type": "image/png" });
    return response.end(picture);
  }
  return refuse(response, 404, "http.not_found");
}

async function file(response, path) {
  const name = normalize(path === "/" ? "index.html" : path).replace(/^(\.\.[/\\])+/, "");
  try {
    const bytes = await readFile(join(DIST, name));
    response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-security-policy": POLICY });
    response.end(bytes);
  } catch {
    refuse(response, 404, "http.not_found");
  }
}

createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  const work = url.pathname.startsWith("/api/") ? api(request, response, url.pathname, url.searchParams) : file(response, url.pathname);
  Promise.resolve(work).catch((cause) => refuse(response, 500, String(cause)));
}).listen(PORT, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${PORT}`));
