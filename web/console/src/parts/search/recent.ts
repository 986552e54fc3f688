/** The last searches of this person in this browser. They stay here: the server has its own record, the audit trail. */

const KEPT_MAX = 12;

export interface Recent {
  /** The route's query string. */
  search: string;
  /** What was typed. */
  query: string;
}

type Store = Pick<Storage, "getItem" | "setItem">;

const nameOf = (user: number | undefined): string => `xinlu.searches.${user ?? 0}`;

export function recentSearches(user: number | undefined, store: Store = localStorage): Recent[] {
  try {
    const value: unknown = JSON.parse(store.getItem(nameOf(user)) ?? "[]");
    return Array.isArray(value) ? value.filter(isRecent).slice(0, KEPT_MAX) : [];
  } catch {
    return [];
  }
}

function isRecent(value: unknown): value is Recent {
  return typeof value === "object" && value !== null && "search" in value && "query" in value && typeof value.search === "string" && typeof value.query === "string";
}

/** Puts a search first; answers the list as it is then. */
export function remember(user: number | undefined, recent: Recent, store: Store = localStorage): Recent[] {
  const kept = [recent, ...recentSearches(user, store).filter((one) => one.search !== recent.search)].slice(0, KEPT_MAX);
  store.setItem(nameOf(user), JSON.stringify(kept));
  return kept;
}

export function forgetSearches(user: number | undefined, store: Store = localStorage): void {
  store.setItem(nameOf(user), "[]");
}
