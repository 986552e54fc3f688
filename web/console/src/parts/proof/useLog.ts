/** One of the two logs as it stands: its checkpoint, verified here, its key, and whether it grew from what this browser saw last. */
import { type Schemas, api, ask, available, call, permitted } from "../../api/client";
import { useSession } from "../../ui/session";
import { fromBase64, toBase64 } from "../../verify/bytes";
import { type KeySight, fingerprint, rememberKey, seenKey, sightOf } from "../../verify/keys";
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
  /** `undefined`: the server keeps none. */
  history: LogPoint[] | undefined;
}

/** A few, because the entry of asking itself is not logged yet. */
const AUDIT_ENTRIES = 5;

interface Found {
  note: string;
  vkey: string | undefined;
}

/** `undefined`: the reader may not see this log. */
export async function loadLog(name: LogName, signal: AbortSignal): Promise<LogView | undefined> {
  const found = name === "archive" ? await findArchive(signal) : await findAudit(signal);
  if (!found) return undefined;
  const checkpoint = parseCheckpoint(found.note);
  const askGrowth = name === "archive" && useSession().may("conversation.read") ? consistencyOf(signal) : undefined;
  const verified = await verify(checkpoint, found.vkey);
  const since = verified.signed === "good" ? await sinceLast(checkpoint, found.note, askGrowth) : undefined;
  const history = await available(permitted(call<{ checkpoints: LogPoint[] }>("GET", "/api/v1/archive/log/history", { query: { log: name }, signal })));
  return { name, note: found.note, checkpoint, root: toBase64(checkpoint.root), ...verified, since, ask: askGrowth, history: history?.checkpoints };
}

async function findArchive(signal: AbortSignal): Promise<Found> {
  const note = await call<string>("GET", "/api/v1/archive/checkpoint", { as: "text", signal });
  const checkpoint = parseCheckpoint(note);
  const known = seenKey(checkpoint.origin);
  // A key that is known and fits is enough; else a proof tells the key that the server uses now.
  if (known && (await fits(checkpoint, known))) return { note, vkey: known };
  return { note, vkey: (await vkeyOfProof(signal)) ?? known };
}

/** What is stored in a browser may be anything. */
async function fits(checkpoint: Checkpoint, vkey: string): Promise<boolean> {
  try {
    return await isSignedBy(checkpoint, await parseVerifierKey(vkey));
  } catch {
    return false;
  }
}

async function vkeyOfProof(signal: AbortSignal): Promise<string | undefined> {
  const session = useSession();
  if (!session.may("conversation.read")) return undefined;
  const record = session.may("archive.status") ? (await ask(api.GET("/api/v1/archive/status", { signal }))).last_record : await anyRecord(signal);
  if (!record) return undefined;
  const proof = await available(ask(api.GET("/api/v1/archive/proof/{record}", { params: { path: { record: String(record) } }, signal })));
  return proof?.vkey;
}

/** Some record within the reader's scope. */
async function anyRecord(signal: AbortSignal): Promise<number | undefined> {
  const page = await ask(api.POST("/api/v1/messages/search", { body: { query: "", sort: "time", facets: [], limit: 1 }, signal }));
  return page.items[0]?.message.record;
}

async function findAudit(signal: AbortSignal): Promise<Found | undefined> {
  if (!useSession().may("audit.read")) return undefined;
  const page = await ask(api.GET("/api/v1/audit", { params: { query: { limit: AUDIT_ENTRIES } }, signal }));
  for (const entry of page.items.toReversed()) {
    const proof: Schemas["AuditProof"] = await ask(api.GET("/api/v1/audit/{id}/proof", { params: { path: { id: String(entry.id) } }, signal }));
    if (proof.checkpoint) return { note: proof.checkpoint, vkey: proof.vkey ?? undefined };
  }
  return undefined;
}

function consistencyOf(signal: AbortSignal): AskConsistency {
  return async (from, to) => (await ask(api.GET("/api/v1/archive/consistency", { params: { query: { from, to } }, signal }))).hashes;
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
