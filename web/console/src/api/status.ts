/** The state of intake, whatever of it the server tells. */
import { ask } from "./client";
import { isObject, listAt, numberAt, objectAt, textAt } from "./read";
import type { Json, JsonObject } from "./types";

export interface Alarm {
  code: string;
  message: string | undefined;
  since: string | undefined;
  source: string | undefined;
}

export interface Counts {
  received: number | undefined;
  decrypted: number | undefined;
  archived: number | undefined;
  indexed: number | undefined;
  parked: number | undefined;
}

export interface SourceStatus extends Counts {
  name: string;
  lastSeq: number | undefined;
  lastAt: string | undefined;
  lagMs: number | undefined;
}

export interface IntakeStatus extends Counts {
  logged: number | undefined;
  lagMs: number | undefined;
  media: { stored: number | undefined; pending: number | undefined; failed: number | undefined };
  checkpoint: string | undefined;
  parkedReasons: { reason: string; count: number }[];
  alarms: Alarm[];
  sources: SourceStatus[];
}

export async function loadStatus(signal: AbortSignal): Promise<IntakeStatus> {
  return readStatus(await ask<JsonObject>("/api/v1/archive/status", { signal }));
}

export function readStatus(body: JsonObject): IntakeStatus {
  const totals = isObject(body["totals"]) ? body["totals"] : body;
  const log = objectAt(body, "log", "archive_log");
  const sources = listAt(body, "sources").map(readSource);
  const counts = readCounts(totals);
  const sum = (name: keyof Counts): number | undefined => counts[name] ?? add(sources.map((source) => source[name]));
  return {
    received: sum("received"), decrypted: sum("decrypted"), archived: sum("archived"), indexed: sum("indexed"), parked: sum("parked"),
    logged: numberAt(log, "size", "tree_size", "entries") ?? numberAt(body, "log_size"),
    lagMs: numberAt(totals, "lag_ms") ?? largest(sources.map((source) => source.lagMs)),
    media: readMedia(objectAt(totals, "media")),
    checkpoint: textAt(log, "checkpoint") ?? textAt(body, "checkpoint"),
    parkedReasons: readReasons(body),
    alarms: listAt(body, "alarms").map(readAlarm),
    sources,
  };
}

function readCounts(value: Json): Counts {
  return {
    received: numberAt(value, "received"),
    decrypted: numberAt(value, "decrypted"),
    archived: numberAt(value, "archived", "records"),
    indexed: numberAt(value, "indexed"),
    parked: numberAt(value, "parked"),
  };
}

function readSource(value: Json): SourceStatus {
  return {
    ...readCounts(value),
    name: textAt(value, "name", "key", "source") ?? "",
    lastSeq: numberAt(value, "last_seq", "cursor", "seq"),
    lastAt: textAt(value, "last_received_at", "last_observed_at", "last_at", "observed_at"),
    lagMs: numberAt(value, "lag_ms"),
  };
}

function readMedia(value: JsonObject): IntakeStatus["media"] {
  const lost = numberAt(value, "lost");
  const failed = numberAt(value, "failed");
  return {
    stored: numberAt(value, "stored"),
    pending: add([numberAt(value, "pending"), numberAt(value, "fetching")]),
    failed: add([failed, lost]),
  };
}

function readReasons(body: JsonObject): IntakeStatus["parkedReasons"] {
  const list = listAt(body, "parked_reasons", "parked_by_reason").map((one) => ({ reason: textAt(one, "reason") ?? "", count: numberAt(one, "count") ?? 0 }));
  const table = Object.entries(objectAt(body, "parked_reasons", "parked_by_reason"));
  return [...list, ...table.map(([reason, count]) => ({ reason, count: typeof count === "number" ? count : 0 }))].filter((one) => one.count > 0);
}

function readAlarm(value: Json): Alarm {
  const code = typeof value === "string" ? value : (textAt(value, "code", "kind", "alarm") ?? "");
  return { code, message: textAt(value, "message", "detail"), since: textAt(value, "since", "raised_at", "since_at"), source: textAt(value, "source_name", "source") };
}

function add(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
