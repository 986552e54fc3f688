/** Adds conditions to a query text. A facet is no state of its own: it becomes part of the query, and so of the link. */

/** A value as the query language wants it: quoted when it holds anything but letters, digits and `_ @ . -`. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}_@.-]+$/u.test(value) ? value : `"${value.replaceAll('"', "")}"`;
}

/** The query with `field:value`, in place of one that is there already. */
export function withField(query: string, field: string, value: string): string {
  const rest = withoutField(query, field);
  return `${rest} ${field}:${quoted(value)}`.trim();
}

export function withoutField(query: string, field: string): string {
  const present = new RegExp(`(^|\\s)${field}:("[^"]*"|\\S+)`, "g");
  return query.replace(present, " ").replace(/\s+/g, " ").trim();
}

export function hasField(query: string, field: string): boolean {
  return new RegExp(`(^|\\s)${field}:`).test(query);
}

/** `2026-03` as the two conditions that bound the month in Shanghai. */
export function withMonth(query: string, month: string): string {
  const [year, number] = month.split("-").map(Number);
  if (year === undefined || number === undefined) return query;
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
  return withField(withField(query, "after", `${month}-01`), "before", `${next}-01`);
}
