/** What a search is: all of it stands in the route, so that a link shows a colleague the same. Pure. */
import type { LocationQuery, LocationQueryValue } from "vue-router";
import { type Filters, isEmpty, noFilters } from "./filters";

export const SORTS = ["time", "time_ascending", "relevance"] as const;
export type Sort = (typeof SORTS)[number];

export interface SearchState {
  query: string;
  sort: Sort;
  filters: Filters;
  /** By conversation. */
  grouped: boolean;
  /** The record that is shown beside the list. */
  hit: number | undefined;
}

/** Values of a facet in a link; more is no link of ours. */
const VALUES_MAX = 50;
const PARAMETERS = { kind: "kind", month: "month", sender: "sender", conversation: "in" } as const;

type Given = LocationQueryValue | LocationQueryValue[] | undefined;

function texts(given: Given): string[] {
  const list = Array.isArray(given) ? given : [given];
  return [...new Set(list.filter((one): one is string => typeof one === "string" && one !== ""))].slice(0, VALUES_MAX);
}

export function stateOf(query: LocationQuery): SearchState {
  const [sort] = texts(query["sort"]);
  const hit = Number(texts(query["hit"])[0]);
  const filters = noFilters();
  for (const [name, parameter] of Object.entries(PARAMETERS)) filters[name as keyof Filters] = texts(query[parameter]);
  filters.month = filters.month.filter((month) => /^\d{4}-(0[1-9]|1[0-2])$/.test(month));
  return {
    query: texts(query["q"])[0] ?? "",
    sort: SORTS.find((one) => one === sort) ?? "time",
    filters,
    grouped: query["group"] === "1",
    hit: Number.isSafeInteger(hit) && hit > 0 ? hit : undefined,
  };
}

/** The route's query; what is as usual is left out. */
export function routeOf(state: SearchState): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  if (state.query.trim() !== "") query["q"] = state.query.trim();
  if (state.sort !== "time") query["sort"] = state.sort;
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    const values = state.filters[name as keyof Filters];
    if (values.length > 0) query[parameter] = values;
  }
  if (state.grouped) query["group"] = "1";
  if (state.hit !== undefined) query["hit"] = String(state.hit);
  return query;
}

/** The same as text, for saving: without what is only looked at just now. */
export function savedQuery(state: SearchState): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(routeOf({ ...state, hit: undefined }))) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, one);
  }
  return search.toString();
}

export function stateOfSaved(saved: string): SearchState {
  const query: LocationQuery = {};
  for (const [name, value] of new URLSearchParams(saved)) query[name] = [...texts(query[name]), value];
  const { sort, group } = query;
  return stateOf({ ...query, sort: texts(sort)[0] ?? null, group: texts(group)[0] ?? null });
}

/** Whether there is anything to search for. */
export function asksSomething(state: SearchState): boolean {
  return state.query.trim() !== "" || !isEmpty(state.filters);
}
