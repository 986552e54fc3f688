/** The figures of the home page out of what the server counts. Pure. */
import type { Schemas } from "../../api/client";
import { formatDay } from "../../ui/format";

export type Status = Schemas["StatusView"];
export type Source = Schemas["SourceStatus"];
export type Light = "green" | "red" | "grey";

export interface Figures {
  today: { received: number; archived: number; indexed: number } | undefined;
  archived: number;
  open: number;
  parked: number;
  parkedReasons: { reason: string; count: number }[];
  missing: number;
  gaps: number;
  /** Milliseconds since a source was last asked with success: the longest of all. */
  lagMs: number | undefined;
  light: Light;
  media: { stored: number; bytes: number; pending: number; failed: number };
  seats: { permitted: number; notPermitted: number; unknown: number; silent: number } | undefined;
  /** Key versions whose private key nobody has given. */
  keysMissing: number[];
  /** The last days with nothing left out, the earliest first. */
  days: { day: string; received: number }[];
}

const DAY_MS = 86_400_000;
export const DAYS_SHOWN = 14;

export function figuresOf(status: Status): Figures {
  const { sources } = status;
  const sum = (of: (source: Source) => number): number => sources.reduce((total, source) => total + of(source), 0);
  const today = status.days.filter((day) => day.day === formatDay(status.at));
  const missing = sum((source) => Math.max(0, source.missing));
  return {
    today: today.length === 0 ? undefined : { received: total(today, "received"), archived: total(today, "archived"), indexed: total(today, "indexed") },
    archived: sum((source) => source.archived),
    open: sum((source) => source.open),
    parked: sum(parkedOf),
    parkedReasons: parkedReasons(sources),
    missing,
    gaps: sum((source) => source.gaps.numbers),
    lagMs: longestLag(status),
    light: lightOf(status, missing),
    media: { stored: sum((one) => one.media.stored), bytes: sum((one) => one.media.stored_bytes), pending: sum((one) => one.media.pending + one.media.fetching), failed: sum((one) => one.media.failed + one.media.lost) },
    seats: seatsOf(sources),
    keysMissing: [...new Set(sources.flatMap((source) => source.key_versions_unknown.map((key) => key.version)))].sort((a, b) => a - b),
    days: lastDays(status),
  };
}

function total(days: readonly Schemas["DayStatus"][], what: "received" | "archived" | "indexed"): number {
  return days.reduce((sum, day) => sum + day[what], 0);
}

export function parkedOf(source: Source): number {
  return Object.values(source.parked).reduce((sum, count) => sum + count, 0);
}

function parkedReasons(sources: readonly Source[]): { reason: string; count: number }[] {
  const reasons = [...new Set(sources.flatMap((source) => Object.keys(source.parked)))];
  return reasons.map((reason) => ({ reason, count: sources.reduce((sum, source) => sum + (source.parked[reason] ?? 0), 0) }));
}

function longestLag(status: Status): number | undefined {
  const asked = status.sources.map((source) => source.polled_at ?? source.received_at).filter((at) => typeof at === "string");
  return asked.length === 0 ? undefined : Math.max(0, ...asked.map((at) => Date.parse(status.at) - Date.parse(at)));
}

function lightOf(status: Status, missing: number): Light {
  if (missing > 0 || status.last_report?.red === true) return "red";
  return status.last_report ? "green" : "grey";
}

function seatsOf(sources: readonly Source[]): Figures["seats"] {
  const seats = sources.map((source) => source.seats).filter((one) => one !== null && one !== undefined);
  if (seats.length === 0) return undefined;
  return seats.reduce(
    (sum, one) => ({ permitted: sum.permitted + one.permitted, notPermitted: sum.notPermitted + one.not_permitted, unknown: sum.unknown + one.unknown, silent: sum.silent + one.silent.length }),
    { permitted: 0, notPermitted: 0, unknown: 0, silent: 0 },
  );
}

function lastDays(status: Status): Figures["days"] {
  const end = Date.parse(status.at);
  return Array.from({ length: DAYS_SHOWN }, (_, at) => {
    const day = formatDay(end - (DAYS_SHOWN - 1 - at) * DAY_MS);
    return { day, received: total(status.days.filter((one) => one.day === day), "received") };
  });
}

/** The second line of a checkpoint is its size, the third its root (c2sp.org/tlog-checkpoint). */
export function readCheckpoint(note: string): { origin: string; size: number; root: string } | undefined {
  const [origin, size, root] = note.split("\n");
  return origin && root && Number.isSafeInteger(Number(size)) ? { origin, size: Number(size), root } : undefined;
}

/** How much of the journal a rebuild of the index has read, in whole per cent; never 100 before it ended. */
export function rebuildPercent(index: Schemas["IndexStatus"]): number {
  if (index.end <= 0) return 0;
  return Math.min(99, Math.floor(((index.rebuilding ?? 0) / index.end) * 100));
}
