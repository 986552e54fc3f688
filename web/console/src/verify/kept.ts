/**
 * Checkpoints that were kept: by a person in a file, or by this browser since its last visit. Today's log must have grown from
 * them; that is how rewriting shows. Pure but for the store that is handed in.
 */
import { type Bytes, equal, fromBase64 } from "./bytes";
import { verifyConsistency } from "./merkle";
import { type Checkpoint, type VerifierKey, isSignedBy, parsePastedCheckpoint } from "./note";

export interface Place {
  size: number;
  root: Bytes;
}

/** Asks for the proof between two sizes; `undefined` where the log has no such endpoint. */
export type AskConsistency = ((from: number, to: number) => Promise<string[]>) | undefined;

export type Growth = "good" | "same" | "shrunk" | "bad_proof" | "empty" | "unknown";

/** Whether a log that stood at `old` has only grown to `now`. */
export async function growthOf(old: Place, now: Place, ask: AskConsistency): Promise<Growth> {
  if (old.size === 0) return "empty";
  if (old.size > now.size) return "shrunk";
  if (old.size === now.size) return equal(old.root, now.root) ? "same" : "bad_proof";
  if (!ask) return "unknown";
  try {
    const path = (await ask(old.size, now.size)).map(fromBase64);
    return (await verifyConsistency({ oldSize: old.size, size: now.size, oldRoot: old.root, root: now.root, path })) ? "good" : "bad_proof";
  } catch (cause) {
    // What is malformed proves nothing; what the network did not bring is no verdict.
    if (cause instanceof Error && cause.name === "ApiFault") throw cause;
    return "bad_proof";
  }
}

/** A log as it stands now, its checkpoint signed and checked. */
export interface Standing {
  checkpoint: Checkpoint;
  key: VerifierKey;
  ask: AskConsistency;
}

export type KeptResult = { state: Growth; from: number; to: number } | { state: "malformed" } | { state: "bad_signature" } | { state: "other"; name: string };

/** Checks a pasted checkpoint against the logs there are. */
export async function checkKept(pasted: string, logs: readonly Standing[]): Promise<KeptResult> {
  let old: Checkpoint;
  try {
    old = parsePastedCheckpoint(pasted);
  } catch {
    return { state: "malformed" };
  }
  const log = logs.find((one) => one.checkpoint.origin === old.origin);
  if (!log) return { state: "other", name: old.origin };
  if (!(await isSignedBy(old, log.key))) return { state: "bad_signature" };
  return { state: await growthOf(old, log.checkpoint, log.ask), from: old.size, to: log.checkpoint.size };
}

const STORED_AS = "xinlu.log-heads";

export interface SeenHead {
  note: string;
  /** RFC 3339. */
  at: string;
}

type Store = Pick<Storage, "getItem" | "setItem">;

function read(store: Store): Record<string, SeenHead> {
  try {
    const value: unknown = JSON.parse(store.getItem(STORED_AS) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, SeenHead>) : {};
  } catch {
    return {};
  }
}

/** The checkpoint that this browser saw last; one that cannot be read any more is as none. */
export function lastSeen(origin: string, store: Store = localStorage): { place: Place; at: string } | undefined {
  const all = read(store);
  const seen = Object.hasOwn(all, origin) ? all[origin] : undefined;
  if (!seen) return undefined;
  try {
    return { place: parsePastedCheckpoint(seen.note), at: seen.at };
  } catch {
    return undefined;
  }
}

export function rememberHead(origin: string, note: string, now: Date, store: Store = localStorage): void {
  store.setItem(STORED_AS, JSON.stringify({ ...read(store), [origin]: { note, at: now.toISOString() } }));
}
