/**
 * Whether what a page shows of a message stands in the bytes that were sealed. The server's parser changes a few things for
 * display (crates/channels/src/wecom_archive/parse.rs): control characters go, JSON inside strings is opened, handles of
 * files become `media_ordinal`; times of nested messages in seconds become milliseconds. Both sides are brought to the same
 * form before they are compared, so a difference is one of meaning.
 */
import type { Bytes } from "./bytes";

/** Deeper than the server opens. */
const DEPTH_MAX = 64;
/** Made by the server, in no raw bytes. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["media_ordinal"]);
/** Times below this are seconds, as the server reads them. */
const SECONDS_BELOW = 100_000_000_000;
const MILLIS_PER_SECOND = 1000;
/** Whole numbers that a JavaScript number cannot hold; the server shows their digits. */
const LONG_NUMBER = /\d{16,}/g;

export type ContentCheck = "same" | "different" | "unreadable";

interface Shown {
  body?: unknown;
  pieces?: readonly { text: string }[] | null | undefined;
}

export function compareContent(raw: Bytes, shown: Shown): ContentCheck {
  const text = new TextDecoder().decode(raw);
  const sealed = readJson(text);
  if (sealed === undefined) return "unreadable";
  const known = new Set<string>(text.match(LONG_NUMBER));
  gather(sealed, known, 0);
  for (const one of [...known]) {
    if (/^\d+$/.test(one) && Number(one) < SECONDS_BELOW) known.add(String(Number(one) * MILLIS_PER_SECOND));
  }
  const wanted = new Set<string>();
  gather(shown.body, wanted, 0);
  for (const piece of shown.pieces ?? []) wanted.add(plain(piece.text));
  return [...wanted].every((text) => text === "" || known.has(text)) ? "same" : "different";
}

/** Every text and number below a value; what is JSON inside a text too. */
function gather(value: unknown, found: Set<string>, depth: number): void {
  if (depth > DEPTH_MAX) return;
  if (typeof value === "number") found.add(String(value));
  if (typeof value === "string") {
    found.add(plain(value));
    const inner = /^\s*[[{]/.test(value) ? readJson(value) : undefined;
    if (inner !== undefined) gather(inner, found, depth + 1);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    if (!OWN_FIELDS.has(name)) gather(child, found, depth + 1);
  }
}

/** Without control characters and halves of surrogate pairs. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u{fffd}]/gu, "");
}

/** Also JSON with raw control characters in its texts, as WeCom sends it now and then. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\u{feff}|\p{Cc}/gu, "")) as unknown;
  } catch {
    return undefined;
  }
}

/** The message id in the raw bytes; `undefined` when they are not JSON that has one. */
export function messageIdOfRaw(raw: Bytes): string | undefined {
  const value = readJson(new TextDecoder().decode(raw));
  if (typeof value !== "object" || value === null || !("msgid" in value)) return undefined;
  return typeof value.msgid === "string" && value.msgid !== "" ? value.msgid : undefined;
}
