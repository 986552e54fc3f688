/** What the address says: which conversations are listed, which one is open, and where in it. Pure. */
import type { LocationQuery, LocationQueryRaw, RouteLocationNormalized } from "vue-router";
import type { ConversationFilter, Place } from "./api";
import type { ConversationKind } from "./types";

export type PanelName = "facts" | "readers" | "export";

export interface Wanted {
  id: string | undefined;
  filter: ConversationFilter;
  record: number | undefined;
  /** A day, `YYYY-MM-DD` in Shanghai, or a moment. */
  at: string | undefined;
  /** Words searched inside the conversation. */
  q: string | undefined;
  panel: PanelName | undefined;
}

const KINDS: readonly ConversationKind[] = ["pair", "group", "thread"];
const PANELS: readonly PanelName[] = ["facts", "readers", "export"];
/** As many characters as the server takes. */
const TITLE_MAX = 64;
/** Shanghai has no summer time. */
const OFFSET = "+08:00";

export function wantedOf(route: Pick<RouteLocationNormalized, "params" | "query">): Wanted {
  const { query, params } = route;
  const id = textOf(params["id"]);
  return {
    id: id !== undefined && /^\d+$/.test(id) ? id : undefined,
    filter: {
      department: numberOf(query["dept"]),
      member: numberOf(query["member"]),
      contact: numberOf(query["contact"]),
      kind: KINDS.find((kind) => kind === query["kind"]),
      title: textOf(query["title"])?.trim().slice(0, TITLE_MAX) || undefined,
    },
    record: numberOf(query["record"]),
    at: textOf(query["at"]),
    q: textOf(query["q"]),
    panel: PANELS.find((panel) => panel === query["panel"]),
  };
}

function textOf(value: LocationQuery[string] | string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === null || first === undefined || first === "" ? undefined : first;
}

function numberOf(value: LocationQuery[string] | undefined): number | undefined {
  const number = Number(textOf(value ?? null));
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** Where to open the conversation: a record before a day before the newest. */
export function placeOf(wanted: Pick<Wanted, "record" | "at">): Place {
  if (wanted.record !== undefined) return { at: "record", record: wanted.record };
  const ms = wanted.at === undefined ? undefined : momentOf(wanted.at);
  return ms === undefined ? { at: "end" } : { at: "time", ms };
}

export function momentOf(at: string): number | undefined {
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(at) ? `${at}T00:00:00${OFFSET}` : at);
  return Number.isNaN(ms) ? undefined : ms;
}

/** What stays in the address when another conversation is opened: the filter, not the place. */
export function keptQuery(query: LocationQuery): LocationQueryRaw {
  const { dept, member, contact, kind, title } = query;
  return defined({ dept, member, contact, kind, title });
}

export function changed(query: LocationQuery, changes: LocationQueryRaw): LocationQueryRaw {
  return defined({ ...query, ...changes });
}

function defined(query: LocationQueryRaw): LocationQueryRaw {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== ""));
}
