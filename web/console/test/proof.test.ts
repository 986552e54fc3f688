/** The proofs against vectors that nobody here wrote, and every step against tampering. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ProofView } from "../src/api/types";
import { fromBase64 } from "../src/parts/proof/bytes";
import { leafHash, verifyInclusion } from "../src/parts/proof/merkle";
import { checkSignature, parseCheckpoint, parseVerifierKey } from "../src/parts/proof/note";
import { STEPS, runStep, verdictOf } from "../src/parts/proof/verify";
import { makeData } from "../mock/data.mjs";
import { makeLog } from "../mock/log.mjs";

const SHARED = fileURLToPath(new URL("../../../../shared/conformance/", import.meta.url));
const here = existsSync(SHARED);
if (!here) console.warn("SKIPPED: ../shared is not here");

interface Vector {
  leafIdx: number;
  treeSize: number;
  root: string | null;
  leafHash: string | null;
  proof: string[] | null;
  wantErr: boolean;
}

function vectors(): { name: string; vector: Vector }[] {
  const folder = `${SHARED}merkle/testdata/inclusion`;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return files.map((name) => ({ name, vector: JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Vector }));
}

describe.skipIf(!here)("vectors of others", () => {
  test("transparency-dev/merkle inclusion proofs, good and tampered", async () => {
    const all = vectors();
    expect(all.length).toBeGreaterThan(90);
    for (const { name, vector } of all) {
      const included = await verifyInclusion({
        index: vector.leafIdx,
        size: vector.treeSize,
        leafHash: fromBase64(vector.leafHash ?? ""),
        path: (vector.proof ?? []).map(fromBase64),
        root: fromBase64(vector.root ?? ""),
      });
      expect(included, name).toBe(!vector.wantErr);
    }
  });

  test("every signed checkpoint of the tessera log", async () => {
    const key = await parseVerifierKey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
    for (let size = 1; size <= 15; size += 1) {
      const note = readFileSync(`${SHARED}tessera-log/testdata/log/checkpoint.${size}`, "utf8");
      const checkpoint = parseCheckpoint(note);
      expect(checkpoint.size).toBe(size);
      expect(await checkSignature(checkpoint, key)).toBe("good");
      const forged = parseCheckpoint(note.replace(`\n${size}\n`, `\n${size + 1}\n`));
      expect(await checkSignature(forged, key)).toBe("bad");
    }
  });

  test("the one leaf of the tessera log of size 1 is its root", async () => {
    const entries = readFileSync(`${SHARED}tessera-log/testdata/log/tile/entries/000.p/1`);
    const leaf = new Uint8Array(entries.subarray(2, 2 + entries.readUInt16BE(0)));
    const checkpoint = parseCheckpoint(readFileSync(`${SHARED}tessera-log/testdata/log/checkpoint.1`, "utf8"));
    expect(await leafHash(leaf)).toEqual(checkpoint.root);
  });
});

const { messages } = makeData(3);
const log = makeLog(messages);
const INDEX = 17;
const MSGID = messages[INDEX]?.msgid ?? "";
const good = (): ProofView => log.prove(INDEX, true) as ProofView;

type Opening = NonNullable<ProofView["opening"]>;

/** The good opening with one bit of one part flipped. */
function openingWith(part: keyof Opening): Opening {
  const { opening } = good();
  if (!opening) throw new Error("the mock gives an opening");
  return { ...opening, [part]: flipped(opening[part]) };
}

async function check(proof: ProofView, msgid = MSGID): Promise<Record<string, string>> {
  const results = await Promise.all(STEPS.map((step) => runStep(step, proof, msgid)));
  const lines = STEPS.map((step, at) => [step, results[at]?.status ?? ""]);
  return { ...Object.fromEntries(lines), verdict: verdictOf(results) };
}

function flipped(text: string): string {
  const bytes = fromBase64(text);
  bytes[40 % bytes.length] = (bytes[40 % bytes.length] ?? 0) ^ 1;
  return btoa(String.fromCharCode(...bytes));
}

describe("a proof step by step", () => {
  test("all green", async () => {
    expect(await check(good())).toEqual({ leaf: "good", inclusion: "good", signature: "good", commitment: "good", message: "good", verdict: "good" });
  });

  test("every record of the log verifies", async () => {
    for (const [index, message] of messages.entries()) {
      expect((await check(log.prove(index, true) as ProofView, message.msgid)).verdict, String(index)).toBe("good");
    }
  });

  test("without an opening it is partial, and says which steps were not done", async () => {
    expect(await check(log.prove(INDEX, false) as ProofView)).toMatchObject({ signature: "good", commitment: "skipped", message: "skipped", verdict: "partial" });
  });

  test.each<[string, (proof: ProofView) => ProofView, object]>([
    ["an altered leaf", (proof) => ({ ...proof, leaf: flipped(proof.leaf ?? "") }), { leaf: "bad", inclusion: "bad" }],
    ["another index", (proof) => ({ ...proof, leaf_index: INDEX + 1 }), { inclusion: "bad" }],
    ["an altered path", (proof) => ({ ...proof, hashes: (proof.hashes ?? []).map((hash, at) => (at === 1 ? flipped(hash) : hash)) }), { leaf: "good", inclusion: "bad" }],
    ["a cut path", (proof) => ({ ...proof, hashes: (proof.hashes ?? []).slice(1) }), { inclusion: "bad" }],
    ["another size in the checkpoint", (proof) => ({ ...proof, checkpoint: (proof.checkpoint ?? "").replace(/\n\d+\n/, "\n5000\n") }), { signature: "bad" }],
    ["another key", (proof) => ({ ...proof, vkey: makeLog(messages).vkey }), { signature: "bad" }],
    ["an altered raw message", (proof) => ({ ...proof, opening: openingWith("raw") }), { commitment: "bad" }],
    ["an altered header", (proof) => ({ ...proof, opening: openingWith("header") }), { commitment: "bad" }],
    ["another message's opening", (proof) => ({ ...proof, opening: (log.prove(INDEX + 1, true) as ProofView).opening ?? null }), { commitment: "bad", message: "bad" }],
    ["nothing at all", () => ({ state: "logged" }), { leaf: "bad", inclusion: "bad", signature: "bad" }],
  ])("%s turns red", async (_name, alter, expected) => {
    expect(await check(alter(good()))).toMatchObject({ ...expected, verdict: "bad" });
  });

  test("the proof of another message turns red", async () => {
    expect(await check(good(), "somebody else's id")).toMatchObject({ message: "bad", verdict: "bad" });
  });
});
