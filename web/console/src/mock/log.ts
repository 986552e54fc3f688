/**
 * A small real transparency log for the mock API and the tests: leaves as crates/archive lays them out, RFC 6962 hashes,
 * signed checkpoints. Written apart from the verifier, with recursion in place of its loops, so that one checks the other.
 */
import * as ed25519 from "@noble/ed25519";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { Schemas } from "../api/client";
import { KINDS } from "../ui/kinds";

ed25519.hashes.sha512 = sha512;

type MessageView = Schemas["MessageView"];
type ProofView = Schemas["ProofView"];
type Bytes = Uint8Array;

const SEED_BYTES = 32;
const ALIAS_BYTES = 16;
const KEY_ID_BYTES = 4;
const ED25519_TYPE = 1;
const MICROS_PER_MILLI = 1000n;
const ACTIONS = { send: 1, recall: 2, switch: 3 } as const;
const PARTIES = { member: 1, contact: 2, bot: 3 } as const;

const join = (...parts: Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const base64 = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes));
const hex = (bytes: Bytes): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const leafHash = (leaf: Bytes): Bytes => sha256(join(Uint8Array.of(0), leaf));
const nodeHash = (left: Bytes, right: Bytes): Bytes => sha256(join(Uint8Array.of(1), left, right));
/** Bytes that look random and are the same each time. */
const pseudo = (label: string, record: number): Bytes => sha256(utf8(`${label} ${record}`));

function number(bytes: number, value: bigint | number): Bytes {
  let rest = BigInt.asUintN(bytes * 8, BigInt(value));
  const out = new Uint8Array(bytes);
  for (let at = bytes - 1; at >= 0; at -= 1, rest >>= 8n) out[at] = Number(rest & 0xffn);
  return out;
}

function text16(text: string): Bytes {
  const bytes = utf8(text);
  return join(number(2, bytes.length), bytes);
}

function micros(time: string): bigint {
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? "";
  const below = BigInt(fraction.padEnd(6, "0").slice(3, 6));
  return BigInt(Date.parse(time)) * MICROS_PER_MILLI + below;
}

function headerOf(message: MessageView): Bytes {
  const party = (one: Schemas["PartyView"]): Bytes => join(number(1, PARTIES[one.kind]), text16(one.external_id));
  const room = message.room ? join(number(1, 1), text16(message.room)) : number(1, 0);
  return join(
    Uint8Array.of(1, ACTIONS[message.action]), number(2, KINDS.indexOf(message.kind)), number(8, message.seq),
    number(8, micros(message.sent_at)), number(8, micros(message.observed_at)), text16("wecom:wwmock"), text16(message.msgid),
    party(message.sender), room, number(2, message.recipients.length), ...message.recipients.map(party),
  );
}

function rawOf(message: MessageView): Bytes {
  return utf8(JSON.stringify({
    msgid: message.msgid, action: message.action, from: message.sender.external_id, tolist: message.recipients.map((one) => one.external_id),
    roomid: message.room ?? "", msgtime: Date.parse(message.sent_at), msgtype: message.kind, [message.kind]: message.body ?? {},
  }));
}

function entryOf(message: MessageView): { leaf: Bytes; opening: Schemas["OpeningView"] } {
  const [header, raw, blind] = [headerOf(message), rawOf(message), pseudo("blind", message.record)];
  const commitment = hmac(sha256, blind, join(Uint8Array.of(1), number(4, header.length), header, raw));
  const leaf = join(
    Uint8Array.of(1, 1), commitment, pseudo("tag", message.record), pseudo("cipher", message.record), number(4, 1),
    pseudo("alias", message.record).slice(0, ALIAS_BYTES), number(8, micros(message.observed_at)), number(8, micros(message.sent_at)),
  );
  return { leaf, opening: { blind: base64(blind), header: base64(header), raw: base64(raw) } };
}

const split = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

export function root(hashes: readonly Bytes[]): Bytes {
  if (hashes.length <= 1) return hashes[0] ?? sha256(new Uint8Array());
  const at = split(hashes.length);
  return nodeHash(root(hashes.slice(0, at)), root(hashes.slice(at)));
}

/** RFC 6962 2.1.1. */
export function inclusion(index: number, hashes: readonly Bytes[]): Bytes[] {
  if (hashes.length <= 1) return [];
  const at = split(hashes.length);
  if (index < at) return [...inclusion(index, hashes.slice(0, at)), root(hashes.slice(at))];
  return [...inclusion(index - at, hashes.slice(at)), root(hashes.slice(0, at))];
}

/** RFC 6962 2.1.2. */
export function consistency(from: number, hashes: readonly Bytes[], whole = true): Bytes[] {
  if (from === hashes.length) return whole ? [] : [root(hashes)];
  const at = split(hashes.length);
  if (from <= at) return [...consistency(from, hashes.slice(0, at), whole), root(hashes.slice(at))];
  return [...consistency(from - at, hashes.slice(at), false), root(hashes.slice(0, at))];
}

export interface MockLog {
  vkey: string;
  /** The signed checkpoint of the first `size` leaves; all of them unless told. */
  checkpoint(size?: number): string;
  root(size: number): string;
  prove(index: number, withOpening: boolean): ProofView;
  consistency(from: number, to: number): Schemas["ConsistencyView"];
}

export function makeLog(messages: readonly MessageView[], origin = "mock.xinlu/archive"): MockLog {
  const entries = messages.map(entryOf);
  const hashes = entries.map((entry) => leafHash(entry.leaf));
  const seed = sha256(utf8(`seed of ${origin}`)).slice(0, SEED_BYTES);
  const key = join(Uint8Array.of(ED25519_TYPE), ed25519.getPublicKey(seed));
  const id = sha256(join(utf8(`${origin}\n`), key)).slice(0, KEY_ID_BYTES);
  const vkey = `${origin}+${hex(id)}+${base64(key)}`;
  const checkpoint = (size = entries.length): string => {
    const text = `${origin}\n${size}\n${base64(root(hashes.slice(0, size)))}\n`;
    return `${text}\n\u2014 ${origin} ${base64(join(id, ed25519.sign(utf8(text), seed)))}\n`;
  };
  return {
    vkey,
    checkpoint,
    root: (size) => base64(root(hashes.slice(0, size))),
    prove(index, withOpening) {
      const entry = entries[index];
      const hash = hashes[index];
      if (!entry || !hash) return { state: "pending", log: origin, hashes: [], vkey };
      return {
        state: "logged", log: origin, leaf_index: index, tree_size: entries.length, leaf: base64(entry.leaf), leaf_hash: base64(hash),
        hashes: inclusion(index, hashes).map(base64), checkpoint: checkpoint(), vkey, opening: withOpening ? entry.opening : null,
      };
    },
    consistency: (from, to) => ({ from, to, hashes: consistency(from, hashes.slice(0, to)).map(base64) }),
  };
}
