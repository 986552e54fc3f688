/** The state of intake as the archive counts it, summed over its sources, with the log's checkpoint. */
import { ApiFailure, ask, askText } from "./client";

export interface Alarm {
  name: string;
  severity: "warning" | "critical";
  source: number;
  /** RFC 3339. */
  since: string;
  detail: string;
}

export interface MediaStatus {
  pending: number;
  fetching: number;
  stored: number;
  failed: number;
  lost: number;
}

export interface SourceStatus {
  id: number;
  key: string;
  name: string;
  /** The last sequence number that is stored. */
  cursor: number;
  received_at?: string;
  polled_at?: string;
  poll_error?: string;
  received: number;
  decrypted: number;
  archived: number;
  duplicates: number;
  indexed: number;
  /** Stored and not settled yet. */
  open: number;
  /** Waiting, by reason. */
  parked: Record<string, number>;
  /** Received and not accounted for: must be 0. */
  missing: number;
  media: MediaStatus;
  /** Sequence numbers that never came. */
  gaps: { numbers: number };
}

export interface StatusBody {
  at: string;
  sources: SourceStatus[];
  alarms: Alarm[];
}

export interface IntakeStatus {
  received: number;
  decrypted: number;
  archived: number;
  indexed: number;
  parked: number;
  open: number;
  parkedReasons: { reason: string; count: number }[];
  media: { stored: number; pending: number; failed: number };
  /** Milliseconds since a source was last asked with success; the longest of all sources. */
  lagMs: number | undefined;
  /** Entries of the log. */
  logged: number | undefined;
  /** The signed note, where the caller may see it. */
  checkpoint: string | undefined;
  alarms: Alarm[];
  sources: SourceStatus[];
}

export async function loadStatus(signal: AbortSignal): Promise<IntakeStatus> {
  const [body, checkpoint] = await Promise.all([ask<StatusBody>("/api/v1/archive/status", { signal }), loadCheckpoint(signal)]);
  return readStatus(body, checkpoint);
}

/** The numbers are of use without the checkpoint, so its refusal is not theirs. */
async function loadCheckpoint(signal: AbortSignal): Promise<string | undefined> {
  try {
    return await askText("/api/v1/archive/checkpoint", { signal });
  } catch (cause) {
    if (cause instanceof ApiFailure && cause.status >= 400) return undefined;
    throw cause;
  }
}

export function readStatus(body: StatusBody, checkpoint: string | undefined): IntakeStatus {
  const { sources } = body;
  const sum = (of: (source: SourceStatus) => number): number => sources.reduce((total, source) => total + of(source), 0);
  const reasons = [...new Set(sources.flatMap((source) => Object.keys(source.parked)))];
  return {
    received: sum((source) => source.received),
    decrypted: sum((source) => source.decrypted),
    archived: sum((source) => source.archived),
    indexed: sum((source) => source.indexed),
    open: sum((source) => source.open),
    parked: sum(parkedOf),
    parkedReasons: reasons.map((reason) => ({ reason, count: sum((source) => source.parked[reason] ?? 0) })),
    media: {
      stored: sum((source) => source.media.stored),
      pending: sum((source) => source.media.pending + source.media.fetching),
      failed: sum((source) => source.media.failed + source.media.lost),
    },
    lagMs: longestLag(body),
    logged: sizeOf(checkpoint),
    checkpoint,
    alarms: body.alarms,
    sources,
  };
}

export function parkedOf(source: SourceStatus): number {
  return Object.values(source.parked).reduce((total, count) => total + count, 0);
}

function longestLag(body: StatusBody): number | undefined {
  const asked = body.sources.map((source) => source.polled_at ?? source.received_at).filter((at) => at !== undefined);
  return asked.length === 0 ? undefined : Math.max(0, ...asked.map((at) => Date.parse(body.at) - Date.parse(at)));
}

/** The second line of a checkpoint (c2sp.org/tlog-checkpoint). */
function sizeOf(checkpoint: string | undefined): number | undefined {
  const size = Number(checkpoint?.split("\n")[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}
