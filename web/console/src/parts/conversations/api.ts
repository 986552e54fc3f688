/** What this part asks of the server. */
import { api, ask, call } from "../../api/client";
import { parseExact } from "../../ui/message/exact";
import type { ConversationKind, ConversationView, MessagePage, MessageView, SearchPage } from "./types";

const LIST_ITEMS = 50;
const HITS_MAX = 200;
const MEMBERS_MAX = 200;
const FOUND_ITEMS = 6;

export interface ConversationFilter {
  department?: number;
  member?: number;
  contact?: number;
  kind?: ConversationKind;
  title?: string;
}

/** With `words` the last message of each is told, and that is written into the audit trail. */
export async function listConversations(filter: ConversationFilter, { after, words, limit = LIST_ITEMS }: { after?: string; words: boolean; limit?: number }, signal: AbortSignal): Promise<{ items: ConversationView[]; next?: string | null }> {
  return ask(api.GET("/api/v1/conversations", { params: { query: { ...filter, after, limit, words } }, signal }));
}

export function loadConversation(id: string, signal: AbortSignal): Promise<ConversationView> {
  return ask(api.GET("/api/v1/conversations/{id}", { params: { path: { id } }, signal }));
}

/** Where in a conversation to read: its ends, a record, a time, or on from a page's key. */
export type Place =
  | { at: "end" }
  | { at: "start" }
  | { at: "record"; record: number }
  | { at: "time"; ms: number }
  | { at: "before" | "after"; key: string };

/** A page of messages, oldest first. */
export async function loadMessages(id: string, place: Place, limit: number, signal: AbortSignal): Promise<MessagePage> {
  return parseExact(await ask(api.GET("/api/v1/conversations/{id}/messages", { params: { path: { id }, query: { ...placeQuery(place), limit } }, signal, parseAs: "text" })));
}

function placeQuery(place: Place): { after?: string; before?: string; around?: number; at?: string } {
  if (place.at === "end") return {};
  if (place.at === "start") return { after: "0" };
  if (place.at === "record") return { around: place.record };
  if (place.at === "time") return { at: new Date(place.ms).toISOString() };
  return { [place.at]: place.key };
}

export async function loadMessage(record: number, signal?: AbortSignal): Promise<MessageView> {
  return parseExact(await ask(api.GET("/api/v1/messages/{record}", { params: { path: { record: String(record) } }, signal, parseAs: "text" })));
}

/** Shows a masked message in full; who looked is written down. */
export async function revealMessage(record: number): Promise<MessageView> {
  return parseExact(await call<string>("POST", `/api/v1/messages/${record}/reveal`, { as: "text" }));
}

/** Hits inside one conversation, the newest first. */
export function searchIn(id: string, text: string, signal?: AbortSignal): Promise<SearchPage> {
  return ask(api.POST("/api/v1/messages/search", { body: { query: `in:${id} (${text})`, limit: HITS_MAX, sort: "time" }, signal }));
}

/** How many messages of which kind, by whom, in which month; and the newest of a filter. */
export function surveyOf(id: string, filter: string, limit: number, signal: AbortSignal): Promise<SearchPage> {
  return ask(api.POST("/api/v1/messages/search", { body: { query: `in:${id} ${filter}`, limit, sort: "time", facets: limit === 1 ? ["kind", "sender", "month"] : [] }, signal }));
}

export interface Reader {
  user?: number | null;
  name: string;
  at: string;
  action: string;
}

export function listReaders(id: string, after: string | undefined, signal: AbortSignal): Promise<{ readers: Reader[]; next?: string | null }> {
  return call("GET", `/api/v1/conversations/${id}/readers`, { query: { after }, signal });
}

export function listDepartments(signal: AbortSignal) {
  return ask(api.GET("/api/v1/departments", { signal }));
}

export function membersOf(department: number, signal: AbortSignal) {
  return ask(api.GET("/api/v1/members", { params: { query: { department, limit: MEMBERS_MAX } }, signal }));
}

export function findMembers(name: string, signal: AbortSignal) {
  return ask(api.GET("/api/v1/members", { params: { query: { name, limit: FOUND_ITEMS } }, signal }));
}

export function findContacts(name: string, signal: AbortSignal) {
  return ask(api.GET("/api/v1/contacts", { params: { query: { name, limit: FOUND_ITEMS } }, signal }));
}

export function loadMember(id: number, signal: AbortSignal) {
  return ask(api.GET("/api/v1/members/{id}", { params: { path: { id: String(id) } }, signal }));
}

export function loadContact(id: number, signal: AbortSignal) {
  return ask(api.GET("/api/v1/contacts/{id}", { params: { path: { id: String(id) } }, signal }));
}

export interface Suggestion {
  kind: "member" | "contact" | "conversation" | "department";
  id: number;
  name: string;
}

export function suggest(text: string, signal: AbortSignal): Promise<{ suggestions: Suggestion[] }> {
  return call("GET", "/api/v1/search/suggestions", { query: { text }, signal });
}

export function consentsOf(contact: number, signal: AbortSignal) {
  return ask(api.GET("/api/v1/consents", { params: { query: { contact, limit: 1 } }, signal }));
}
