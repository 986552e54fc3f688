/** The facets that were chosen: several values of one are alternatives, different ones narrow one another. Pure. */
import { faultOfQuery, quoted, readQuery } from "./language";

export const FACETS = ["kind", "month", "sender", "conversation"] as const;
export type FacetName = (typeof FACETS)[number];
export type Filters = Record<FacetName, string[]>;

export function noFilters(): Filters {
  return { kind: [], month: [], sender: [], conversation: [] };
}

export function isEmpty(filters: Filters): boolean {
  return FACETS.every((name) => filters[name].length === 0);
}

export function toggled(filters: Filters, name: FacetName, value: string): Filters {
  const before = filters[name];
  return { ...filters, [name]: before.includes(value) ? before.filter((one) => one !== value) : [...before, value] };
}

const CONDITION: Record<FacetName, (value: string) => string> = {
  kind: (value) => `kind:${quoted(value)}`,
  sender: (value) => `from:${quoted(value)}`,
  conversation: (value) => `in:${quoted(value)}`,
  month: (value) => `(after:${value}-01 before:${nextMonth(value)}-01)`,
};

/** `2026-12` → `2027-01`. */
export function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}

/** What is sent to the server; `without` leaves one facet out, to count its values. */
export function composed(query: string, filters: Filters, without?: FacetName): string {
  const own = query.trim();
  const groups = FACETS.filter((name) => name !== without && filters[name].length > 0).map((name) => {
    const conditions = filters[name].map(CONDITION[name]);
    return conditions.length === 1 ? conditions.join("") : `(${conditions.join(" OR ")})`;
  });
  if (own === "" || groups.length === 0) return [own, ...groups].filter((part) => part !== "").join(" ");
  const hasAlternatives = faultOfQuery(own) === undefined && readQuery(own).length > 1;
  return [hasAlternatives ? `(${own})` : own, ...groups].join(" ");
}
