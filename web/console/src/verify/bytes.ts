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

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
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

/** Reads one thing after the other, big-endian; the end of the bytes is an error. */
export class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Bytes) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.view.getUint8(this.step(1));
  }

  u16(): number {
    return this.view.getUint16(this.step(2));
  }

  u32(): number {
    return this.view.getUint32(this.step(4));
  }

  u64(): bigint {
    return this.view.getBigUint64(this.step(8));
  }

  i64(): bigint {
    return this.view.getBigInt64(this.step(8));
  }

  take(length: number): Bytes {
    const start = this.step(length);
    return this.bytes.slice(start, start + length);
  }

  /** UTF-8 behind its length as a u16. */
  text16(): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.take(this.u16()));
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new Malformed("bytes left over");
  }

  private step(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.length) throw new Malformed("cut short");
    this.at += length;
    return start;
  }
}
