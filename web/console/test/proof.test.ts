// @vitest-environment node
/** The proofs against vectors that nobody here wrote, and every step against tampering. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Schemas } from "../src/api/client";
import { makeLog } from "../src/mock/log";
import { type Bytes, fromBase64, toBase64 } from "../src/verify/bytes";
import { type Crypto, detectCrypto, knowsEd25519 } from "../src/verify/crypto";
import { type KeySight, fingerprint, rememberKey, sightOf } from "../src/verify/keys";
import { drawn } from "../src/parts/proof/chart";
import { type AskConsistency, type Standing, checkKept, growthOf, lastSeen, rememberHead } from "../src/verify/kept";
import { leafHash, verifyConsistency, verifyInclusion } from "../src/verify/merkle";
import { isSignedBy, parseCheckpoint, parsePastedCheckpoint, parseVerifierKey } from "../src/verify/note";
import { type Case, type ProofView, runSteps, verdictOf } from "../src/verify/record";

const SHARED = `${process.env["XINLU_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url))}/conformance/`;
const here = existsSync(SHARED);
if (!here) console.warn("SKIPPED: ../shared is not here");

function vectors<T>(folder: string): { name: string; vector: T }[] {
  const files = readdirSync(SHARED + folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return files.map((name) => ({ name, vector: JSON.parse(readFileSync(`${SHARED}${folder}/${name}`, "utf8")) as T }));
}

interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string | null;
  leafHash: string | null;
  proof: string[] | null;
  wantErr: boolean;
}

interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string | null;
  root2: string | null;
  proof: string[] | null;
  wantErr: boolean;
}

interface Ed25519Vectors {
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[];
}

const hashes = (texts: string[] | null): Bytes[] => (texts ?? []).map(fromBase64);
const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text, "hex"));

describe.skipIf(!here)("vectors of others", () => {
  test("transparency-dev/merkle inclusion proofs, good and tampered", async () => {
    const all = vectors<InclusionVector>("merkle/testdata/inclusion");
    expect(all.length).toBeGreaterThan(90);
    for (const { name, vector } of all) {
      const proof = { index: vector.leafIdx, size: vector.treeSize, leafHash: fromBase64(vector.leafHash ?? ""), path: hashes(vector.proof), root: fromBase64(vector.root ?? "") };
      expect(await verifyInclusion(proof), name).toBe(!vector.wantErr);
    }
  });

  test("transparency-dev/merkle consistency proofs, good and tampered", async () => {
    const all = vectors<ConsistencyVector>("merkle/testdata/consistency");
    expect(all.length).toBeGreaterThan(90);
    for (const { name, vector } of all) {
      const proof = { oldSize: vector.size1, size: vector.size2, oldRoot: fromBase64(vector.root1 ?? ""), root: fromBase64(vector.root2 ?? ""), path: hashes(vector.proof) };
      // Every tree begins with the empty one: a proof from size 0 says nothing, so it is refused here; so are roots that are no hashes.
      const wanted = !vector.wantErr && vector.size1 > 0 && proof.root.length === 32;
      expect(await verifyConsistency(proof), name).toBe(wanted);
    }
  });

  test("every signed checkpoint of the tessera log", async () => {
    const key = await parseVerifierKey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
    for (let size = 1; size <= 15; size += 1) {
      const note = readFileSync(`${SHARED}tessera-log/testdata/log/checkpoint.${size}`, "utf8");
      const checkpoint = parseCheckpoint(note);
      expect(checkpoint.size).toBe(size);
      expect(await isSignedBy(checkpoint, key)).toBe(true);
      expect(await isSignedBy(parseCheckpoint(note.replace(`\n${size}\n`, `\n${size + 1}\n`)), key)).toBe(false);
    }
  });

  test("the one leaf of the tessera log of size 1 is its root", async () => {
    const entries = readFileSync(`${SHARED}tessera-log/testdata/log/tile/entries/000.p/1`);
    const leaf = new Uint8Array(entries.subarray(2, 2 + entries.readUInt16BE(0)));
    const checkpoint = parseCheckpoint(readFileSync(`${SHARED}tessera-log/testdata/log/checkpoint.1`, "utf8"));
    expect(await leafHash(leaf)).toEqual(checkpoint.root);
  });

  test("wycheproof's Ed25519 signatures, by Web Crypto and by script alike", async () => {
    const { testGroups } = JSON.parse(readFileSync(`${SHARED}wycheproof/ed25519_test.json`, "utf8")) as Ed25519Vectors;
    const script = await detectCrypto(undefined);
    const web = await detectCrypto(globalThis.crypto.subtle);
    expect([script.kind, web.kind]).toEqual(["script", "web"]);
    const answers = async (provider: Crypto): Promise<string[]> => {
      const wrong: string[] = [];
      for (const group of testGroups) {
        for (const one of group.tests) {
          const valid = await provider.verifyEd25519(hex(group.publicKey.pk), hex(one.sig), hex(one.msg));
          if (valid !== (one.result === "valid")) wrong.push(`${one.tcId} ${valid}`);
        }
      }
      return wrong;
    };
    expect(await answers(script)).toEqual([]);
    expect(await answers(web)).toEqual([]);
  });
});

describe("cryptography where the browser lacks it", () => {
  const bytes = new TextEncoder().encode("什么都没有 nothing");
  test("hashes agree", async () => {
    const [script, web] = [await detectCrypto(undefined), await detectCrypto(globalThis.crypto.subtle)];
    expect(await script.sha256(bytes)).toEqual(await web.sha256(bytes));
    expect(await script.hmacSha256(hex("0b".repeat(32)), bytes)).toEqual(await web.hmacSha256(hex("0b".repeat(32)), bytes));
  });

  test("a browser that has Web Crypto without Ed25519 takes the script", async () => {
    const { subtle } = globalThis.crypto;
    const without = {
      digest: subtle.digest.bind(subtle),
      sign: subtle.sign.bind(subtle),
      importKey: async (...all: unknown[]) => (all[2] === "Ed25519" ? Promise.reject(new DOMException("no", "NotSupportedError")) : Reflect.apply(subtle.importKey, subtle, all)),
    } as unknown as SubtleCrypto;
    const found = await detectCrypto(without);
    expect(found.kind).toBe("script");
    expect(await knowsEd25519(found)).toBe(true);
  });

  test("one that calls everything good is not believed", async () => {
    expect(await knowsEd25519({ verifyEd25519: async () => true })).toBe(false);
  });
});

const COUNT = 40;
const INDEX = 17;

function message(record: number): Schemas["MessageView"] {
  const second = String(record % 60).padStart(2, "0");
  const text = `第 ${record} 条：合同 😀`;
  return {
    record, conversation: 3, source: 1, seq: 1000 + record, msgid: `msg-${record}`, kind: "text", action: "send",
    sender: { kind: "member", id: 1, name: "张三", external_id: "ZhangSan" },
    recipients: [{ kind: "contact", id: 2, name: "王**", external_id: "wmAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
    sent_at: `2026-03-04T05:06:${second}.789Z`, observed_at: `2026-03-04T05:07:${second}.123456Z`,
    level: "text", body: { content: text }, pieces: [{ role: "text", text }], media: [], proof: { state: "logged", leaf_index: record },
  };
}

const messages = Array.from({ length: COUNT }, (_, record) => message(record));
const log = makeLog(messages);
const KNOWN: KeySight = { state: "known", at: "2026-01-01T00:00:00Z" };
const good = (index = INDEX, withOpening = true): Case => ({ proof: log.prove(index, withOpening), message: messages[index], key: KNOWN });

function flipped(text: string, at = 40): string {
  const bytes = fromBase64(text);
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  return toBase64(bytes);
}

async function check(subject: Case): Promise<Record<string, string>> {
  const results = await runSteps(subject);
  const lines = Object.entries(results).map(([step, result]) => [step, result.status === "good" ? "good" : `${result.status} ${result.reason}`]);
  return { ...Object.fromEntries(lines), verdict: verdictOf(Object.values(results)) };
}

const proofWith = (changed: Partial<ProofView>): Case => ({ ...good(), proof: { ...good().proof, ...changed } });
const messageWith = (changed: Partial<Schemas["MessageView"]>): Case => ({ ...good(), message: { ...message(INDEX), ...changed } });

function openingWith(part: "blind" | "header" | "raw", at?: number): Case {
  const { opening } = good().proof;
  if (!opening) throw new Error("the mock gives an opening");
  return proofWith({ opening: { ...opening, [part]: flipped(opening[part], at) } });
}

describe("a proof step by step", () => {
  test("all green, for every record of the log", async () => {
    for (let index = 0; index < COUNT; index += 1) {
      expect(await check(good(index)), String(index)).toEqual({ leaf: "good", inclusion: "good", signature: "good", key: "good", time: "good", commitment: "good", message: "good", content: "good", verdict: "good" });
    }
  });

  test("a message that stands in a conversation of others turns red", async () => {
    const { sender, recipients } = message(INDEX);
    const conversation: Schemas["ConversationView"] = { id: 3, kind: "pair", title: "", source: 1, members: [sender], contacts: recipients, first_at: "", last_at: "", messages: 1 };
    expect(await check({ ...good(), conversation })).toMatchObject({ message: "good", verdict: "good" });
    expect(await check({ ...good(), conversation: { ...conversation, contacts: [] } })).toMatchObject({ message: "bad conversation", verdict: "bad" });
    const inGroup = { ...message(INDEX), room: "wrG" };
    const proved = makeLog([inGroup]).prove(0, true);
    expect(await check({ proof: proved, message: inGroup, key: KNOWN, conversation })).toMatchObject({ message: "bad conversation" });
    expect(await check({ proof: proved, message: inGroup, key: KNOWN, conversation: { ...conversation, kind: "group" } })).toMatchObject({ message: "good" });
  });

  test("below level text inclusion and times are checked, and the rest is said to be out of reach", async () => {
    const masked = messageWith({ level: "masked" });
    expect(await check({ ...masked, proof: log.prove(INDEX, false) })).toEqual({
      leaf: "good", inclusion: "good", signature: "good", key: "good", time: "good",
      commitment: "skipped no_opening", message: "skipped no_opening", content: "skipped no_opening", verdict: "partial",
    });
  });

  test("of an erased message inclusion is left", async () => {
    expect(await check({ ...good(), proof: log.prove(INDEX, false), message: undefined })).toMatchObject({ inclusion: "good", time: "skipped no_message", commitment: "skipped erased", verdict: "partial" });
  });

  const { proof } = good();
  test.each<[string, Case, object]>([
    ["an altered leaf", proofWith({ leaf: flipped(proof.leaf ?? "") }), { leaf: "bad leaf", inclusion: "bad inclusion" }],
    ["an altered leaf with its own hash", proofWith({ leaf: flipped(proof.leaf ?? "", 5), leaf_hash: "" }), { leaf: "bad leaf", inclusion: "bad inclusion", commitment: "bad commitment" }],
    ["another index", proofWith({ leaf_index: INDEX + 1 }), { inclusion: "bad inclusion" }],
    ["an index outside the tree", proofWith({ leaf_index: COUNT }), { inclusion: "bad inclusion_path" }],
    ["an altered path", proofWith({ hashes: proof.hashes.map((hash, at) => (at === 1 ? flipped(hash) : hash)) }), { leaf: "good", inclusion: "bad inclusion" }],
    ["a cut path", proofWith({ hashes: proof.hashes.slice(1) }), { inclusion: "bad inclusion_path" }],
    ["a longer path", proofWith({ hashes: [...proof.hashes, proof.hashes[0] ?? ""] }), { inclusion: "bad inclusion_path" }],
    ["another size beside the checkpoint", proofWith({ tree_size: COUNT + 1 }), { inclusion: "bad size" }],
    ["another size in the checkpoint", proofWith({ tree_size: 5000, checkpoint: (proof.checkpoint ?? "").replace(/\n\d+\n/, "\n5000\n") }), { signature: "bad signature" }],
    ["another root in the checkpoint", proofWith({ checkpoint: (proof.checkpoint ?? "").replace(/\n[^\n]{44}\n/, `\n${log.root(3)}\n`) }), { inclusion: "bad inclusion", signature: "bad signature" }],
    ["a checkpoint without signature", proofWith({ checkpoint: (proof.checkpoint ?? "").split("\n\n")[0] ?? "" }), { signature: "bad checkpoint", inclusion: "bad malformed" }],
    ["another log's key", proofWith({ vkey: makeLog(messages, "other/log").vkey }), { signature: "bad signature" }],
    ["a key whose number does not fit", proofWith({ vkey: proof.vkey.replace(/\+[0-9a-f]{8}\+/, "+00000000+") }), { signature: "bad checkpoint", key: "bad malformed" }],
    ["a key that is not the one seen before", { ...good(), key: { state: "changed", at: "2026-01-01T00:00:00Z", vkey: "old" } }, { signature: "good", key: "bad key" }],
    ["an altered blind", openingWith("blind"), { commitment: "bad commitment" }],
    ["an altered raw message", openingWith("raw", 200), { commitment: "bad commitment" }],
    ["an altered header", openingWith("header", 11), { commitment: "bad commitment", message: "bad message" }],
    ["another message's opening", proofWith({ opening: log.prove(INDEX + 1, true).opening ?? null }), { commitment: "bad commitment", message: "bad message", content: "bad content" }],
    ["another text on the page", messageWith({ body: { content: "改过的" } }), { commitment: "good", content: "bad content" }],
    ["another text in the pieces", messageWith({ pieces: [{ role: "text", text: "改过的" }] }), { commitment: "good", content: "bad content" }],
    ["another sender on the page", messageWith({ sender: { kind: "member", id: 9, name: "李四", external_id: "LiSi" } }), { commitment: "good", message: "bad message" }],
    ["another kind on the page", messageWith({ kind: "file" }), { message: "bad message" }],
    ["another time on the page", messageWith({ sent_at: "2026-03-04T05:06:18.789Z" }), { time: "bad time", message: "bad message" }],
    ["another group on the page", messageWith({ room: "wrX" }), { message: "bad message" }],
    ["another message id on the page", messageWith({ msgid: "somebody else's" }), { message: "bad message" }],
    ["nothing at all", { ...good(), proof: { state: "logged", log: "", hashes: [], vkey: "" } }, { leaf: "bad leaf", inclusion: "bad malformed", signature: "bad checkpoint", key: "bad malformed" }],
  ])("%s turns red", async (_name, subject, expected) => {
    expect(await check(subject)).toMatchObject({ ...expected, verdict: "bad" });
  });

  test("control characters and JSON inside strings are no difference", async () => {
    const record = message(3);
    const sealed = { ...record, body: { content: "a\u0007b", inner: "{\"text\":\"嵌\\u0001套\"}" } };
    const shown = { ...record, body: { content: "ab", inner: { text: "嵌套" }, media_ordinal: 0 }, pieces: [{ role: "text" as const, text: "嵌套" }] };
    const proved = makeLog([sealed]).prove(0, true);
    expect(await check({ proof: proved, message: shown, key: KNOWN })).toMatchObject({ content: "good", commitment: "good" });
  });
});

describe("consistency", () => {
  test("between all sizes, and nothing else", async () => {
    const proofOf = (from: number, to: number) => ({ oldSize: from, size: to, oldRoot: fromBase64(log.root(from)), root: fromBase64(log.root(to)), path: log.consistency(from, to).hashes.map(fromBase64) });
    for (let to = 1; to <= COUNT; to += 1) {
      for (let from = 1; from <= to; from += 1) {
        const proof = proofOf(from, to);
        expect(await verifyConsistency(proof), `${from} ${to}`).toBe(true);
        if ((from + to) % 3 > 0) continue;
        const forged = fromBase64(flipped(log.root(from)));
        expect(await verifyConsistency({ ...proof, oldRoot: forged }), `${from} ${to}: another old root`).toBe(false);
        expect(await verifyConsistency({ ...proof, root: fromBase64(flipped(log.root(to))) }), `${from} ${to}: another root`).toBe(false);
        expect(await verifyConsistency({ ...proof, path: [...proof.path, forged] }), `${from} ${to}: longer`).toBe(false);
        if (proof.path.length > 0) expect(await verifyConsistency({ ...proof, path: proof.path.slice(0, -1) }), `${from} ${to}: shorter`).toBe(false);
      }
    }
    expect(await verifyConsistency({ ...proofOf(7, 9), oldSize: 0, path: [] })).toBe(false);
    expect(await verifyConsistency({ ...proofOf(7, 9), oldSize: 10 })).toBe(false);
  });

  test("a checkpoint pasted out of a mail is read, an altered one is not signed", async () => {
    const pasted = `\n  ${log.checkpoint(23).replaceAll("\n", "\r\n")}  \n`;
    const checkpoint = parsePastedCheckpoint(pasted);
    expect(checkpoint.size).toBe(23);
    expect(await isSignedBy(checkpoint, await parseVerifierKey(log.vkey))).toBe(true);
    expect(() => parsePastedCheckpoint("hello")).toThrow();
    expect(() => parsePastedCheckpoint(log.checkpoint(23).replace("\n23\n", "\n023\n"))).toThrow();
  });
});

const store = (): Pick<Storage, "getItem" | "setItem"> => {
  const kept = new Map<string, string>();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value) };
};

describe("checkpoints that were kept", () => {
  const asks: AskConsistency = async (from, to) => log.consistency(from, to).hashes;
  const standing = async (size = COUNT): Promise<Standing> => ({ checkpoint: parseCheckpoint(log.checkpoint(size)), key: await parseVerifierKey(log.vkey), ask: asks });
  const state = async (pasted: string, more: Partial<Standing> = {}): Promise<string> => (await checkKept(pasted, [{ ...(await standing()), ...more }])).state;

  test("fit when the log only grew", async () => {
    expect(await state(log.checkpoint(1))).toBe("good");
    expect(await state(log.checkpoint(32))).toBe("good");
    expect(await state(log.checkpoint(COUNT))).toBe("same");
    expect(await checkKept(log.checkpoint(7), [await standing()])).toEqual({ state: "good", from: 7, to: COUNT });
  });

  test("do not fit a log that was rewritten, cut or is another's", async () => {
    const rewritten = messages.map((one) => (one.record === 3 ? { ...one, body: { content: "改过的" } } : one));
    const forged = makeLog(rewritten);
    const now = { ...(await standing()), checkpoint: parseCheckpoint(forged.checkpoint()), ask: async (from: number, to: number) => forged.consistency(from, to).hashes };
    expect((await checkKept(log.checkpoint(20), [now])).state).toBe("bad_proof");
    expect((await checkKept(log.checkpoint(COUNT), [now])).state).toBe("bad_proof");
    expect((await checkKept(log.checkpoint(2), [now])).state).toBe("good");
    expect((await checkKept(log.checkpoint(20), [await standing(10)])).state).toBe("shrunk");
    expect(await state(log.checkpoint(20).replace("\n20\n", "\n21\n"))).toBe("bad_signature");
    expect(await state(makeLog(messages, "other/log").checkpoint(5))).toBe("other");
    expect(await state("什么都不是")).toBe("malformed");
    expect(await state(log.checkpoint(20), { ask: async () => ["???"] })).toBe("bad_proof");
    expect(await state(log.checkpoint(20), { ask: undefined })).toBe("unknown");
    const empty = { size: 0, root: fromBase64(log.root(1)) };
    expect(await growthOf(empty, parseCheckpoint(log.checkpoint()), asks)).toBe("empty");
  });

  test("are remembered by this browser", () => {
    const kept = store();
    expect(lastSeen("mock.xinlu/archive", kept)).toBeUndefined();
    rememberHead("mock.xinlu/archive", log.checkpoint(9), new Date("2026-01-02T03:04:05Z"), kept);
    expect(lastSeen("mock.xinlu/archive", kept)).toMatchObject({ place: { size: 9 }, at: "2026-01-02T03:04:05.000Z" });
    rememberHead("mock.xinlu/archive", "broken", new Date(), kept);
    expect(lastSeen("mock.xinlu/archive", kept)).toBeUndefined();
  });

  test("growth is drawn in steps", () => {
    expect(drawn([{ at: 100, size: 10 }, { at: 0, size: 0 }, { at: 50, size: 5 }], 100, 10)?.line).toBe("M0 10.0H50.0V5.0H100.0V0.0");
    expect(drawn([{ at: 1, size: 1 }], 100, 10)).toBeUndefined();
    expect(drawn([{ at: 1, size: 1 }, { at: 1, size: 2 }], 100, 10)).toBeUndefined();
  });
});

describe("keys that were seen", () => {
  test("a key is known once it was remembered, another is told", () => {
    const kept = store();
    const at = new Date("2026-01-02T03:04:05Z");
    expect(sightOf("a", "key", kept)).toEqual({ state: "first" });
    rememberKey("a", "key", at, kept);
    expect(sightOf("a", "key", kept)).toEqual({ state: "known", at: at.toISOString() });
    expect(sightOf("a", "new", kept)).toEqual({ state: "changed", at: at.toISOString(), vkey: "key" });
    expect(sightOf("b", "new", kept)).toEqual({ state: "first" });
    expect(sightOf("toString", "new", kept)).toEqual({ state: "first" });
    rememberKey("a", "new", at, kept);
    expect(sightOf("a", "new", kept).state).toBe("known");
    kept.setItem("xinlu.log-keys", "broken");
    expect(sightOf("a", "key", kept).state).toBe("first");
  });

  test("a fingerprint is stable", async () => {
    const key = await parseVerifierKey(log.vkey);
    expect(await fingerprint(key)).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
  });
});
