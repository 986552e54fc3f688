/** How an entry of the audit trail is read: its object, and a line of a spreadsheet. Pure. */
import type { Cell } from "../../../ui/csv";
import type { AuditEntry } from "../../../verify/audit";

export interface Target {
  kind: string;
  id: string;
}

/** `user:7` and `conversation 12` name a kind and an id; anything else is left as it is. */
export function targetOf(target: string): Target | undefined {
  const [, kind, id] = /^([a-z_]+)[: ](\S+)$/.exec(target) ?? [];
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

export interface Place {
  name: string;
  params?: Record<string, string>;
  query?: Record<string, string>;
}

/** Where the object can be seen in the console. */
export function placeOf(target: Target): Place | undefined {
  const { kind, id } = target;
  if (!/^\d+$/.test(id)) return kind === "corp" ? { name: "wecom", query: { corp: id } } : undefined;
  if (kind === "user") return { name: "users", query: { open: id } };
  if (kind === "role") return { name: "roles", query: { open: id } };
  if (kind === "member") return { name: "members", params: { id } };
  if (kind === "department") return { name: "departments", query: { dept: id } };
  if (kind === "conversation") return { name: "conversations", params: { id } };
  if (kind === "audit") return { name: "audit", query: { open: id } };
  return undefined;
}

/** `user` of `user.create`. */
export function areaOf(action: string): string {
  return action.split(".")[0] ?? action;
}

/** A row of the export: moments in the words of the page, then what is exact. */
export function csvRow(entry: AuditEntry, shown: { at: string; action: string; outcome: string }): Cell[] {
  const detail = entry.detail === null || entry.detail === undefined ? "" : JSON.stringify(entry.detail);
  return [entry.id, shown.at, entry.user ?? "", entry.user_name, shown.action, entry.action, entry.target, shown.outcome, detail, entry.request_id];
}
