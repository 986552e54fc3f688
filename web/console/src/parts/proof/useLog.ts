/** One of the two logs as it stands: its checkpoint, verified here, its key, and whether it grew from what this browser saw last. */
import { api, ask } from "../../api/client";
import { fromBase64, toBase64 } from "../../verify/bytes";
import { type KeySight, fingerprint, rememberKey, sightOf } from "../../verify/keys";
import { type AskConsistency, type Growth, type Place, growthOf, lastSeen, rememberHead } from "../../verify/kept";
import { type Checkpoint, type VerifierKey, isSignedBy, parseCheckpoint, parseVerifierKey } from "../../verify/note";

export type LogName = "archive" | "audit";

export interface LogPoint {
  size: number;
  root: string;
  at: string;
}

export interface LogView {
  name: LogName;
  note: string;
  checkpoint: Checkpoint;
  root: string;
  vkey: string | undefined;
  key: VerifierKey | undefined;
  fingerprint: string | undefined;
  sight: KeySight | undefined;
  signed: "good" | "bad" | "unchecked";
  since: { state: Growth | "first"; at: string; from: number } | undefined;
  ask: AskConsistency;
  history: LogPoint[];
}

/** `undefined`: the log has no checkpoint yet. */
export async function loadLog(name: LogName, signal: AbortSignal): Promise<LogView | undefined> {
  const { latest, vkey, checkpoints } = await ask(api.GET("/api/v1/archive/log/history", { params: { query: { log: name } }, signal }));
  if (!latest) return undefined;
  const checkpoint = parseCheckpoint(latest);
  const askGrowth: AskConsistency = async (from, to) =>
    (await ask(api.GET("/api/v1/archive/log/consistency", { params: { query: { log: name, from, to } }, signal }))).hashes;
  const verified = await verify(checkpoint, vkey ?? undefined);
  const since = verified.signed === "good" ? await sinceLast(checkpoint, latest, askGrowth) : undefined;
  return { name, note: latest, checkpoint, root: toBase64(checkpoint.root), ...verified, since, ask: askGrowth, history: checkpoints };
}

type Verified = Pick<LogView, "vkey" | "key" | "fingerprint" | "sight" | "signed">;

async function verify(checkpoint: Checkpoint, vkey: string | undefined): Promise<Verified> {
  if (vkey === undefined) return { vkey, key: undefined, fingerprint: undefined, sight: undefined, signed: "unchecked" };
  try {
    const key = await parseVerifierKey(vkey);
    const sight = sightOf(checkpoint.origin, vkey);
    const signed = (await isSignedBy(checkpoint, key)) ? "good" : "bad";
    if (signed === "good" && sight.state === "first") rememberKey(checkpoint.origin, vkey, new Date());
    return { vkey, key, fingerprint: await fingerprint(key), sight, signed };
  } catch {
    return { vkey, key: undefined, fingerprint: undefined, sight: undefined, signed: "bad" };
  }
}

async function sinceLast(checkpoint: Checkpoint, note: string, askGrowth: AskConsistency): Promise<LogView["since"]> {
  const last = lastSeen(checkpoint.origin);
  const state = last ? await growthOf(last.place, checkpoint, askGrowth) : "first";
  // What does not fit is never forgotten: the old checkpoint is the evidence.
  if (state !== "bad_proof" && state !== "shrunk") rememberHead(checkpoint.origin, note, new Date());
  return { state, at: last?.at ?? "", from: last?.place.size ?? 0 };
}

/** Whether each point of the history is one that the log of today grew from. */
export async function checkHistory(log: LogView, points: readonly LogPoint[], tell: (at: number, state: Growth) => void): Promise<void> {
  for (const [at, point] of points.entries()) {
    const place: Place | undefined = placeOf(point);
    tell(at, place ? await growthOf(place, log.checkpoint, log.ask) : "bad_proof");
  }
}

function placeOf(point: LogPoint): Place | undefined {
  try {
    return { size: point.size, root: fromBase64(point.root) };
  } catch {
    return undefined;
  }
}
