/** The proof of an audit entry, against the vector of the Rust side and against a log made here; any change is seen. */
import { existsSync, readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import * as ed25519 from "@noble/ed25519";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { beforeEach, describe, expect, test } from "vitest";
import { AUDIT_STEPS, type AuditEntry, type AuditProof, type AuditStep, auditStepHolds, decodeEntry, entryMatches, rememberAuditKey } from "../src/verify/audit";

ed25519.hashes.sha512 = sha512;
const VECTOR = joinPath(process.cwd(), "../../crates/identity/testdata/audit_leaf_v1.txt");
const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const join = (...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flatMap((part) => [...part]));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function vector(): Record<string, Uint8Array<ArrayBuffer>> {
  return Object.fromEntries(readFileSync(VECTOR, "utf8").trim().split("\n").map((line) => line.split(" ")).map(([name, bytes]) => [name ?? "", hex(bytes ?? "")]));
}

function u64(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, at) => Number((BigInt.asUintN(64, value) >> BigInt(8 * (7 - at))) & 0xffn));
}

const SHOWN: AuditEntry = { id: 7, at: "2026-11-21T10:15:00.123456Z", user: 3, user_name: "审计员", action: "conversation.read", target: "conversation 12", outcome: "done", detail: { last: 9, first: 1 }, request_id: "abc" };

function entryOf(shown: AuditEntry): Uint8Array<ArrayBuffer> {
  const micros = BigInt(Date.parse("2026-11-21T10:15:00Z")) * 1000n + 123_456n;
  const texts = [shown.user_name, shown.action, shown.target, '{"first":1,"last":9}', shown.request_id].map(utf8);
  const head = join([0x58, 0x4c, 0x41, 1], u64(BigInt(shown.id)), u64(micros), u64(BigInt(shown.user ?? 0)), [1]);
  return join(head, ...texts.map((text) => join([0, 0, 0, text.length], text)));
}

/** A log of two leaves, the entry the second. */
function proofOf(shown: AuditEntry): AuditProof {
  const [entry, blind, secret] = [entryOf(shown), new Uint8Array(32).fill(5), new Uint8Array(32).fill(9)];
  const leaf = join(entry.slice(0, 20), hmac(sha256, blind, entry));
  const sibling = sha256(join([0], utf8("first")));
  const root = sha256(join([1], sibling, sha256(join([0], leaf))));
  const publicKey = ed25519.getPublicKey(secret);
  const name = "audit.test";
  const id = sha256(join(utf8(`${name}\n`), [1], publicKey)).slice(0, 4);
  const text = `${name}\n2\n${base64(root)}\n`;
  const note = `${text}\n\u2014 ${name} ${base64(join(id, ed25519.sign(utf8(text), secret)))}\n`;
  const vkey = `${name}+${[...id].map((byte) => byte.toString(16).padStart(2, "0")).join("")}+${base64(join([1], publicKey))}`;
  return { state: "logged", leaf_index: 1, tree_size: 2, leaf: base64(leaf), hashes: [base64(sibling)], checkpoint: note, vkey, entry: base64(entry), blind: base64(blind) };
}

async function broken(proof: AuditProof, shown = SHOWN): Promise<AuditStep[]> {
  const held = await Promise.all(AUDIT_STEPS.map(async (step) => [step, await auditStepHolds(step, proof, shown)] as const));
  return held.flatMap(([step, holds]) => (holds ? [] : [step]));
}

beforeEach(() => localStorage.clear());

describe.skipIf(!existsSync(VECTOR))("the vector of the Rust side", () => {
  test("entry and leaf", async () => {
    const { entry, blind, leaf } = vector();
    if (!entry || !blind || !leaf) throw new Error("the vector has other names");
    const read = decodeEntry(entry);
    expect(read).toMatchObject({ id: 7n, user: 3n, outcome: "done", name: "审计员", action: "conversation.read", target: "conversation:12" });
    const proof = { state: "logged", leaf: base64(leaf), entry: base64(entry), blind: base64(blind) };
    expect(await auditStepHolds("commitment", proof, SHOWN)).toBe(true);
    expect(await auditStepHolds("commitment", { ...proof, blind: base64(blind.map((byte) => byte ^ 1)) }, SHOWN)).toBe(false);
  });
});

describe("a whole proof", () => {
  test("holds, whatever the order of keys in the detail", async () => {
    expect(await broken(proofOf(SHOWN))).toEqual([]);
  });

  test("what is shown must be what was written", async () => {
    const proof = proofOf(SHOWN);
    for (const changed of [{ user_name: "别人" }, { target: "conversation 13" }, { outcome: "refused" }, { detail: { first: 1, last: 8 } }, { at: "2026-11-21T10:15:00.123457Z" }, { user: null }, { id: 8 }, { request_id: "x" }]) {
      expect(await broken(proof, { ...SHOWN, ...changed }), JSON.stringify(changed)).toEqual(["entry"]);
    }
  });

  test("each tampering is seen where it is", async () => {
    const proof = proofOf(SHOWN);
    const leaf = hex([...atob(proof.leaf ?? "")].map((one) => one.charCodeAt(0).toString(16).padStart(2, "0")).join(""));
    leaf[30] = (leaf[30] ?? 0) ^ 1;
    expect(await broken({ ...proof, leaf: base64(leaf) })).toEqual(["commitment", "inclusion"]);
    expect(await broken({ ...proof, leaf_index: 0 })).toEqual(["inclusion"]);
    expect(await broken({ ...proof, tree_size: 3 })).toEqual(["inclusion"]);
    expect(await broken({ ...proof, checkpoint: (proof.checkpoint ?? "").replace("\n2\n", "\n3\n") })).toEqual(["inclusion", "signature"]);
    expect(await broken({ ...proof, vkey: "nothing" })).toEqual(["signature", "key"]);
    expect(await broken({ ...proof, entry: "!" })).toEqual(["entry", "commitment"]);
  });

  test("a key that changed is seen by who saw the old one", async () => {
    const proof = proofOf(SHOWN);
    await rememberAuditKey(proof, new Date());
    expect(await broken(proof)).toEqual([]);
    localStorage.setItem("xinlu.log-keys", (localStorage.getItem("xinlu.log-keys") ?? "").replace(proof.vkey ?? "", "audit.test+00000000+other"));
    expect(await broken(proof)).toEqual(["key"]);
  });

  test("what is cut or longer is refused", () => {
    const entry = entryOf(SHOWN);
    expect(() => decodeEntry(entry.slice(0, 28))).toThrow();
    expect(() => decodeEntry(entry.slice(0, -1))).toThrow();
    expect(() => decodeEntry(join(entry, [0]))).toThrow();
    expect(entryMatches(decodeEntry(entry), SHOWN)).toBe(true);
  });
});
