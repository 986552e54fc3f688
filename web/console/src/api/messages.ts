/** Conversations, messages, search and proofs. */
import { ask, query } from "./client";
import type { ConversationKind, ConversationView, FacetName, MessageView, Page, ProofView, SearchAnswer, SearchSort } from "./types";

const CONVERSATIONS = "/api/v1/conversations";
const PAGE_ITEMS = 50;
const SEARCH_ITEMS = 30;
const FACETS: FacetName[] = ["kind", "month", "sender"];

export interface ConversationFilter {
  kind: ConversationKind | undefined;
  after: string | undefined;
}

export function loadConversations(filter: ConversationFilter, signal: AbortSignal): Promise<Page<ConversationView>> {
  return ask(CONVERSATIONS + query({ kind: filter.kind, after: filter.after, limit: PAGE_ITEMS }), { signal });
}

export function loadConversation(id: string, signal: AbortSignal): Promise<ConversationView> {
  return ask(`${CONVERSATIONS}/${encodeURIComponent(id)}`, { signal });
}

/** Where in a conversation to read: the end, around a record, or on from a page's key. */
export type Place = { at: "end" } | { at: "around"; record: string } | { at: "before" | "after"; key: string };

/** A page, oldest first. */
export function loadMessages(conversation: string, place: Place, signal: AbortSignal): Promise<Page<MessageView>> {
  return ask(`${CONVERSATIONS}/${encodeURIComponent(conversation)}/messages${query({ ...placeQuery(place), limit: PAGE_ITEMS })}`, { signal });
}

function placeQuery(place: Place): Record<string, string> {
  if (place.at === "end") return {};
  return place.at === "around" ? { around: place.record } : { [place.at]: place.key };
}

export function loadMessage(record: string, signal: AbortSignal): Promise<MessageView> {
  return ask(`/api/v1/messages/${encodeURIComponent(record)}`, { signal });
}

export interface SearchWanted {
  query: string;
  sort: SearchSort;
  after: string | undefined;
}

/** Facets are asked with the first page only: they are of all hits, not of a page. */
export function searchMessages(wanted: SearchWanted, signal: AbortSignal): Promise<SearchAnswer> {
  const facets = wanted.after === undefined ? FACETS : [];
  return ask("/api/v1/messages/search", { method: "POST", body: { ...wanted, limit: SEARCH_ITEMS, facets }, signal });
}

export function loadProof(record: string, signal: AbortSignal): Promise<ProofView> {
  return ask(`/api/v1/archive/proof/${encodeURIComponent(record)}`, { signal });
}

export function mediaAddress(media: number): string {
  return `/api/v1/media/${media}`;
}
