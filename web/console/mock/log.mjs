/** A small real transparency log: leaves as crates/archive lays them out, RFC 6962 hashes, a signed checkpoint. */
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";

export const ORIGIN = "mock.xinlu/archive";
const SEED_EPOCH = 1;

const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafHash = (leaf) => sha(Buffer.of(0), leaf);
const nodeHash = (left, right) => sha(Buffer.of(1), left, right);
const text16 = (text) => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const number = (bytes, value) => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
  else buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const micros = (iso) => Date.parse(iso) * 1000;

/** Bytes that look random and are the same each time. */
const pseudo = (label, record) => sha(Buffer.from(`${label} ${record}`));

function headerOf(message) {
  const party = (one) => Buffer.concat([Buffer.of(one.kind === "member" ? 1 : 2), text16(one.external_id)]);
  return Buffer.concat([
    Buffer.of(1, 1), number(2, 1), number(8, message.seq), number(8, micros(message.sent_at)), number(8, micros(message.observed_at)),
    text16("wecom:wwmock"), text16(message.msgid), party(message.sender), Buffer.of(0),
    number(2, message.recipients.length), ...message.recipients.map(party),
  ]);
}

function entryOf(message) {
  const header = headerOf(message);
  const raw = Buffer.from(JSON.stringify({ msgid: message.msgid, action: message.action, from: message.sender.external_id, msgtype: message.kind, [message.kind]: message.body }));
  const blind = pseudo("blind", message.record);
  const commitment = createHmac("sha256", blind).update(Buffer.concat([Buffer.of(1), number(4, header.length), header, raw])).digest();
  const leaf = Buffer.concat([
    Buffer.of(1, 1), commitment, pseudo("tag", message.record), pseudo("cipher", message.record), number(4, SEED_EPOCH),
    pseudo("alias", message.record).subarray(0, 16), number(8, micros(message.observed_at)), number(8, micros(message.sent_at)),
  ]);
  return { leaf, hash: leafHash(leaf), opening: { blind, header, raw } };
}

const split = (count) => 2 ** Math.floor(Math.log2(count - 1));

function root(hashes) {
  if (hashes.length === 1) return hashes[0];
  const at = split(hashes.length);
  return nodeHash(root(hashes.slice(0, at)), root(hashes.slice(at)));
}

function path(index, hashes) {
  if (hashes.length === 1) return [];
  const at = split(hashes.length);
  return index < at ? [...path(index, hashes.slice(0, at)), root(hashes.slice(at))] : [...path(index - at, hashes.slice(at)), root(hashes.slice(0, at))];
}

/** The log of these messages, and `prove(record)` as the server's proof endpoint answers. */
export function makeLog(messages) {
  const entries = messages.map(entryOf);
  const hashes = entries.map((entry) => entry.hash);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.concat([Buffer.of(1), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
  const id = sha(Buffer.from(`${ORIGIN}\n`), key).subarray(0, 4);
  const text = `${ORIGIN}\n${entries.length}\n${root(hashes).toString("base64")}\n`;
  const line = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  const checkpoint = `${text}\n\u2014 ${ORIGIN} ${line}\n`;
  const vkey = `${ORIGIN}+${id.toString("hex")}+${key.toString("base64")}`;
  const base64 = (bytes) => bytes.toString("base64");
  const prove = (index, withOpening) => {
    const { leaf, hash, opening } = entries[index];
    const shown = { blind: base64(opening.blind), header: base64(opening.header), raw: base64(opening.raw) };
    return {
      state: "logged", log: "archive", leaf_index: index, tree_size: entries.length, leaf: base64(leaf), leaf_hash: base64(hash),
      hashes: path(index, hashes).map(base64), checkpoint, vkey, ...(withOpening ? { opening: shown } : {}),
    };
  };
  return { checkpoint, vkey, prove };
}
