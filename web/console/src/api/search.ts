/** Saved searches and suggestions. Servers before them answer 404: `undefined`. */
import { available, call } from "./client";

export interface SavedSearch {
  id: number;
  name: string;
  /** The route's query string. */
  query: string;
  shared: boolean;
  mine: boolean;
  owner: string;
  created_at: string;
}

export type SavedBody = Pick<SavedSearch, "name" | "query" | "shared">;

export interface Suggestion {
  kind: "member" | "contact" | "conversation" | "department";
  id: number;
  name: string;
  /** The query text that finds it, such as `from:zhangsan`. */
  insert: string;
}

const SAVED = "/api/v1/searches";

export async function savedSearches(): Promise<SavedSearch[] | undefined> {
  return (await available(call<{ searches: SavedSearch[] }>("GET", SAVED)))?.searches;
}

export async function saveSearch(body: SavedBody): Promise<void> {
  await call("POST", SAVED, { body });
}

export async function changeSearch(id: number, body: SavedBody): Promise<void> {
  await call("PUT", `${SAVED}/${id}`, { body });
}

export async function forgetSearch(id: number): Promise<void> {
  await call("DELETE", `${SAVED}/${id}`);
}

export async function suggestionsFor(text: string, signal: AbortSignal): Promise<Suggestion[] | undefined> {
  return (await available(call<{ suggestions: Suggestion[] }>("GET", "/api/v1/search/suggestions", { query: { text }, signal })))?.suggestions;
}
