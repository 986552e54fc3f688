/** Bytes of a text file as text: UTF-8, else what Chinese Windows writes. */

/** More is for an editor. */
export const TEXT_BYTES_MAX = 1024 * 1024;

export function decodeText(bytes: ArrayBuffer): string {
  const marks = new Uint8Array(bytes.slice(0, 2));
  if (marks[0] === 0xff && marks[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (marks[0] === 0xfe && marks[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    // A cut inside the last character is no sign of another encoding.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
