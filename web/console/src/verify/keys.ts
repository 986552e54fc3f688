/**
 * Which public key a log had when this browser first saw it. A server that is taken over can sign with a key of its own; it
 * cannot make this browser forget the old one. The first sight itself is trusted: who wants more compares the fingerprint
 * with the one that was noted when the server was set up.
 */
import { concat, toHex, utf8 } from "./bytes";
import { cryptoHere } from "./crypto";
import type { VerifierKey } from "./note";

export interface SeenKey {
  vkey: string;
  /** RFC 3339. */
  at: string;
}

export type KeySight = { state: "first" } | { state: "known"; at: string } | { state: "changed"; at: string; vkey: string };

const STORED_AS = "xinlu.log-keys";

type Store = Pick<Storage, "getItem" | "setItem">;

function read(store: Store): Record<string, SeenKey> {
  try {
    const value: unknown = JSON.parse(store.getItem(STORED_AS) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, SeenKey>) : {};
  } catch {
    return {};
  }
}

/** Compares with what was seen before. */
export function sightOf(log: string, vkey: string, store: Store = localStorage): KeySight {
  const seen = read(store);
  const before = Object.hasOwn(seen, log) ? seen[log] : undefined;
  if (before === undefined) return { state: "first" };
  return before.vkey === vkey ? { state: "known", at: before.at } : { state: "changed", ...before };
}

/** Takes a key for the known one: it signed what was checked and was never seen before, or somebody has compared it. */
export function rememberKey(log: string, vkey: string, now: Date, store: Store = localStorage): void {
  store.setItem(STORED_AS, JSON.stringify({ ...read(store), [log]: { vkey, at: now.toISOString() } }));
}

const GROUP = /.{4}/g;

/** SHA-256 of name and key in groups of four, to be read out over the telephone. */
export async function fingerprint(key: VerifierKey): Promise<string> {
  const digest = await (await cryptoHere()).sha256(concat(utf8(`${key.name}\n`), key.publicKey));
  return (toHex(digest).match(GROUP) ?? []).join(" ");
}
