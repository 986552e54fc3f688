/** Bytes and base64, strict: what is not canonical is refused rather than guessed at. */

export type Bytes = Uint8Array<ArrayBuffer>;

export class Malformed extends Error {}

/** Reads standard base64 with padding (RFC 4648 section 4). */
export function fromBase64(text: string): Bytes {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new Malformed("not base64");
  }
  if (btoa(binary) !== text) throw new Malformed("not canonical base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function utf8(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** A 32-bit number, most significant byte first. */
export function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
