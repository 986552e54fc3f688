/**
 * An entry of the audit trail and its proof, step by step, each computed in this browser. The layouts are those of
 * crates/identity/src/audit/leaf.rs and stay for ever: leaf = `XLA` ‖ 1 ‖ u64 id ‖ i64 µs ‖ HMAC-SHA-256(blind, entry);
 * entry = `XLA` ‖ 1 ‖ u64 id ‖ i64 µs ‖ u64 user (0: nobody) ‖ u8 outcome ‖ five texts, each u32 length ‖ UTF-8. Big-endian.
 */
import { type Bytes, Malformed, equal, fromBase64 } from "./bytes";
import { cryptoHere } from "./crypto";
import { rememberKey, sightOf } from "./keys";
import { leafHash, verifyInclusion } from "./merkle";
import { isSignedBy, parseCheckpoint, parseVerifierKey } from "./note";
import { microsOf } from "./time";

export interface AuditProof {
  state: string;
  leaf_index?: number | null;
  tree_size?: number | null;
  leaf?: string | null;
  hashes?: string[];
  checkpoint?: string | null;
  vkey?: string | null;
  entry: string;
  blind: string;
}

/** The entry as the page shows it. */
export interface AuditEntry {
  id: number;
  at: string;
  user?: number | null;
  user_name: string;
  action: string;
  target: string;
  outcome: string;
  detail: unknown;
  request_id: string;
}

export const AUDIT_STEPS = ["entry", "commitment", "inclusion", "signature", "key"] as const;
export type AuditStep = (typeof AUDIT_STEPS)[number];

const MAGIC = Uint8Array.of(0x58, 0x4c, 0x41, 0x01);
const LEAF_BYTES = 52;
const TAG_AT = 20;
const BLIND_BYTES = 32;
const TEXTS_AT = 29;
const OUTCOMES: Record<number, string> = { 1: "done", 2: "refused", 3: "failed" };

export interface DecodedEntry {
  id: bigint;
  micros: bigint;
  user: bigint;
  outcome: string;
  name: string;
  action: string;
  target: string;
  detail: string;
  requestId: string;
}

/** Reads the bytes that a leaf commits to; what is too short or too long is refused. */
export function decodeEntry(bytes: Bytes): DecodedEntry {
  if (bytes.length < TEXTS_AT || !equal(bytes.slice(0, MAGIC.length), MAGIC)) throw new Malformed("audit entry");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = TEXTS_AT;
  const text = (): string => {
    if (at + 4 > bytes.length) throw new Malformed("audit text");
    const start = at + 4;
    at = start + view.getUint32(at);
    if (at > bytes.length) throw new Malformed("audit text");
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(start, at));
  };
  const [name, action, target, detail, requestId] = [text(), text(), text(), text(), text()];
  if (at !== bytes.length) throw new Malformed("audit entry is longer");
  return { id: view.getBigUint64(4), micros: view.getBigInt64(12), user: view.getBigUint64(20), outcome: OUTCOMES[bytes[28] ?? 0] ?? "", name, action, target, detail, requestId };
}

/** Whether what is shown is what the bytes say, detail included whatever the order of its keys. */
export function entryMatches(entry: DecodedEntry, shown: AuditEntry): boolean {
  return (
    entry.id === BigInt(shown.id) && entry.micros === microsOf(shown.at) && entry.user === BigInt(shown.user ?? 0) && entry.outcome === shown.outcome &&
    entry.name === shown.user_name && entry.action === shown.action && entry.target === shown.target && entry.requestId === shown.request_id &&
    canonical(parsed(entry.detail)) === canonical(shown.detail ?? null)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

/** Whether one step holds. What cannot be read does not hold. */
export async function auditStepHolds(step: AuditStep, proof: AuditProof, shown: AuditEntry): Promise<boolean> {
  try {
    return await HOLDS[step](proof, shown);
  } catch {
    return false;
  }
}

const HOLDS: Record<AuditStep, (proof: AuditProof, shown: AuditEntry) => Promise<boolean>> = {
  entry: async (proof, shown) => entryMatches(decodeEntry(fromBase64(proof.entry)), shown),
  async commitment(proof) {
    const [leaf, entry, blind] = [fromBase64(proof.leaf ?? ""), fromBase64(proof.entry), fromBase64(proof.blind)];
    if (leaf.length !== LEAF_BYTES || blind.length !== BLIND_BYTES) return false;
    // Magic, id and time stand openly in the leaf and must be those of the entry.
    if (!equal(leaf.slice(0, TAG_AT), entry.slice(0, TAG_AT))) return false;
    return equal(await (await cryptoHere()).hmacSha256(blind, entry), leaf.slice(TAG_AT));
  },
  async inclusion(proof) {
    const checkpoint = parseCheckpoint(proof.checkpoint ?? "");
    if (checkpoint.size !== proof.tree_size) return false;
    const path = (proof.hashes ?? []).map(fromBase64);
    return verifyInclusion({ index: proof.leaf_index ?? -1, size: checkpoint.size, leafHash: await leafHash(fromBase64(proof.leaf ?? "")), path, root: checkpoint.root });
  },
  signature: async (proof) => isSignedBy(parseCheckpoint(proof.checkpoint ?? ""), await parseVerifierKey(proof.vkey ?? "")),
  async key(proof) {
    const { name } = await parseVerifierKey(proof.vkey ?? "");
    return sightOf(name, proof.vkey ?? "").state !== "changed";
  },
};

/** A key that signed what holds, seen for the first time, is the known one from now on. */
export async function rememberAuditKey(proof: AuditProof, now: Date): Promise<void> {
  const { name } = await parseVerifierKey(proof.vkey ?? "");
  if (sightOf(name, proof.vkey ?? "").state === "first") rememberKey(name, proof.vkey ?? "", now);
}
