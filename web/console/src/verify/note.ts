/**
 * Signed notes and the checkpoints in them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).
 * Never calls a checkpoint signed unless a line by the very key that was handed in verifies.
 */
import { type Bytes, Malformed, concat, equal, fromBase64, toHex, utf8 } from "./bytes";
import { cryptoHere } from "./crypto";
import { HASH_BYTES } from "./merkle";

const SIGNATURE_START = "\u2014 ";
const KEY_ID_BYTES = 4;
const ED25519_TYPE = 0x01;
const PUBLIC_KEY_BYTES = 32;

export interface VerifierKey {
  name: string;
  id: Bytes;
  publicKey: Bytes;
}

export interface Checkpoint {
  /** What was signed. */
  text: string;
  origin: string;
  size: number;
  root: Bytes;
  signatures: { name: string; id: Bytes; signature: Bytes }[];
}

/** Reads `NAME+ID+KEY` and checks that the id follows from name and key. */
export async function parseVerifierKey(vkey: string): Promise<VerifierKey> {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim()) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) throw new Malformed("vkey");
  const key = fromBase64(encoded);
  if (key[0] !== ED25519_TYPE || key.length !== PUBLIC_KEY_BYTES + 1) throw new Malformed("vkey is not ed25519");
  const crypto = await cryptoHere();
  const found = (await crypto.sha256(concat(utf8(`${name}\n`), key))).slice(0, KEY_ID_BYTES);
  if (toHex(found) !== id) throw new Malformed("vkey id");
  return { name, id: found, publicKey: key.slice(1) };
}

export function parseCheckpoint(note: string): Checkpoint {
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n")) throw new Malformed("note");
  const text = note.slice(0, blank + 1);
  const [origin, size, root] = text.split("\n");
  if (!origin || size === undefined || !/^(0|[1-9][0-9]*)$/.test(size) || root === undefined) throw new Malformed("checkpoint");
  const count = Number(size);
  if (!Number.isSafeInteger(count)) throw new Malformed("checkpoint size");
  const hash = fromBase64(root);
  if (hash.length !== HASH_BYTES) throw new Malformed("root");
  const signatures = note.slice(blank + 2, -1).split("\n").map(parseSignature);
  return { text, origin, size: count, root: hash, signatures };
}

/** The same note as it comes out of a mail or a clipboard: other line ends, blanks around it. */
export function parsePastedCheckpoint(pasted: string): Checkpoint {
  const lines = pasted.replaceAll("\r\n", "\n").trim().split("\n").map((line) => line.trimEnd());
  return parseCheckpoint(`${lines.join("\n")}\n`);
}

function parseSignature(line: string): Checkpoint["signatures"][number] {
  const [name, encoded, ...rest] = line.startsWith(SIGNATURE_START) ? line.slice(SIGNATURE_START.length).split(" ") : [];
  if (!name || !encoded || rest.length > 0) throw new Malformed("signature line");
  const bytes = fromBase64(encoded);
  if (bytes.length <= KEY_ID_BYTES) throw new Malformed("signature");
  return { name, id: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/** At least one line must be by the key, and every line by it must verify. */
export async function isSignedBy(checkpoint: Checkpoint, key: VerifierKey): Promise<boolean> {
  const own = checkpoint.signatures.filter((line) => line.name === key.name && equal(line.id, key.id));
  if (own.length === 0 || checkpoint.origin !== key.name) return false;
  const crypto = await cryptoHere();
  const text = utf8(checkpoint.text);
  const checks = await Promise.all(own.map((line) => crypto.verifyEd25519(key.publicKey, new Uint8Array(line.signature), text)));
  return checks.every(Boolean);
}
