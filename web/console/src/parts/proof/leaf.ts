/**
 * The commitment in a record's leaf: HMAC-SHA-256 under the blind over version 1 ‖ u32(length of header) ‖ header ‖ raw.
 * The layouts are those of crates/archive/src/{leaf,header,body}.rs and stay for ever. Numbers are big-endian.
 */
import { type Bytes, Malformed, concat, equal, u32 } from "./bytes";

export const BLIND_BYTES = 32;
const COMMITMENT_BYTES = 32;
const LEAF_VERSION = 1;
const RECORD_LEAF = 1;
/** Behind version and kind, a byte each. */
const COMMITMENT_AT = 2;
const COMMITMENT_VERSION = Uint8Array.of(1);

const HEADER_VERSION = 1;
/** Behind version u8, action u8, kind u16, seq u64, sent_at i64 and observed_at i64. */
const HEADER_TEXTS_AT = 28;
const LENGTH_BYTES = 2;

export interface Opening {
  blind: Bytes;
  header: Bytes;
  raw: Bytes;
}

/** Whether the opening is what the leaf commits to. */
export async function verifyCommitment(leaf: Bytes, opening: Opening): Promise<boolean> {
  if (opening.blind.length !== BLIND_BYTES) throw new Malformed("blind");
  if (leaf[0] !== LEAF_VERSION || leaf[1] !== RECORD_LEAF) throw new Malformed("not the leaf of a record");
  const key = await crypto.subtle.importKey("raw", opening.blind, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bound = concat(COMMITMENT_VERSION, u32(opening.header.length), opening.header, opening.raw);
  const commitment = new Uint8Array(await crypto.subtle.sign("HMAC", key, bound));
  return equal(commitment, leaf.slice(COMMITMENT_AT, COMMITMENT_AT + COMMITMENT_BYTES));
}

/** The message id in a header: the second of its texts, after the source's name. */
export function messageIdOfHeader(header: Bytes): string {
  if (header[0] !== HEADER_VERSION) throw new Malformed("header version");
  const source = textAt(header, HEADER_TEXTS_AT);
  return textAt(header, source.end).text;
}

function textAt(bytes: Bytes, at: number): { text: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = at + LENGTH_BYTES;
  const end = start + view.getUint16(at);
  if (end > bytes.length) throw new Malformed("header text");
  return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(start, end)), end };
}

/** The message id in the raw bytes; `undefined` when they are not JSON that has one. */
export function messageIdOfRaw(raw: Bytes): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof value !== "object" || value === null || !("msgid" in value)) return undefined;
    return typeof value.msgid === "string" ? value.msgid : undefined;
  } catch {
    return undefined;
  }
}
