/** Comma-separated values that a spreadsheet opens as text and never runs. RFC 4180, with a mark of UTF-8 for Excel. Pure. */

const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;
const BYTE_ORDER_MARK = "\uFEFF";

export type Cell = string | number | undefined | null;

/** A cell that begins like a formula gets an apostrophe before it; numbers are left alone. */
export function csvCell(value: Cell): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return `${BYTE_ORDER_MARK}${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
