/**
 * The entry of a record in the log, and the commitment in it: HMAC-SHA-256 under the blind over
 * version 1 ‖ u32(length of header) ‖ header ‖ raw.
 * The layouts are those of crates/archive/src/{leaf,header}.rs and stay for ever. Numbers are big-endian, times microseconds.
 */
import { type Bytes, Malformed, Reader, concat, equal, u32 } from "./bytes";
import { cryptoHere } from "./crypto";

export const BLIND_BYTES = 32;
const HASH_BYTES = 32;
const ALIAS_BYTES = 16;
const LEAF_VERSION = 1;
const RECORD_LEAF = 1;
const COMMITMENT_VERSION = Uint8Array.of(1);
const HEADER_VERSION = 1;

export interface RecordLeaf {
  commitment: Bytes;
  idTag: Bytes;
  ciphertextSha256: Bytes;
  keyEpoch: number;
  alias: Bytes;
  observedAt: bigint;
  sentAt: bigint;
}

export interface Opening {
  blind: Bytes;
  header: Bytes;
  raw: Bytes;
}

const PARTY_KINDS = new Map([[1, "member"], [2, "contact"], [3, "bot"]] as const);

export interface HeaderParty {
  kind: string;
  id: string;
}

export interface Header {
  action: number;
  kind: number;
  seq: bigint;
  sentAt: bigint;
  observedAt: bigint;
  source: string;
  msgid: string;
  sender: HeaderParty;
  room: string | undefined;
  recipients: HeaderParty[];
}

/** Reads the entry of a record; another entry, or anything else, is refused. */
export function decodeLeaf(bytes: Bytes): RecordLeaf {
  const reader = new Reader(bytes);
  if (reader.u8() !== LEAF_VERSION || reader.u8() !== RECORD_LEAF) throw new Malformed("not the leaf of a record");
  const leaf = {
    commitment: reader.take(HASH_BYTES),
    idTag: reader.take(HASH_BYTES),
    ciphertextSha256: reader.take(HASH_BYTES),
    keyEpoch: reader.u32(),
    alias: reader.take(ALIAS_BYTES),
    observedAt: reader.i64(),
    sentAt: reader.i64(),
  };
  reader.end();
  return leaf;
}

/** Reads a header; one header has exactly one form. */
export function decodeHeader(bytes: Bytes): Header {
  const reader = new Reader(bytes);
  if (reader.u8() !== HEADER_VERSION) throw new Malformed("header version");
  const fixed = { action: reader.u8(), kind: reader.u16(), seq: reader.u64(), sentAt: reader.i64(), observedAt: reader.i64() };
  const texts = { source: reader.text16(), msgid: reader.text16() };
  const sender = party(reader);
  const room = hasRoom(reader) ? reader.text16() : undefined;
  const recipients = Array.from({ length: reader.u16() }, () => party(reader));
  reader.end();
  return { ...fixed, ...texts, sender, room, recipients };
}

function party(reader: Reader): HeaderParty {
  const kind = PARTY_KINDS.get(reader.u8() as 1 | 2 | 3);
  if (kind === undefined) throw new Malformed("party kind");
  return { kind, id: reader.text16() };
}

function hasRoom(reader: Reader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new Malformed("room flag");
  return flag === 1;
}

/** Whether the opening is what the leaf commits to. */
export async function verifyCommitment(leaf: Bytes, opening: Opening): Promise<boolean> {
  if (opening.blind.length !== BLIND_BYTES) throw new Malformed("blind");
  const bound = concat(COMMITMENT_VERSION, u32(opening.header.length), opening.header, opening.raw);
  const commitment = await (await cryptoHere()).hmacSha256(opening.blind, bound);
  return equal(commitment, decodeLeaf(leaf).commitment);
}
