/** A proof, step by step, each computed in this browser. Pure but for Web Crypto: no page, no network. */
import type { ProofView } from "../../api/types";
import { type Bytes, equal, fromBase64 } from "./bytes";
import { messageIdOfHeader, messageIdOfRaw, verifyCommitment } from "./leaf";
import { leafHash, verifyInclusion } from "./merkle";
import { checkSignature, parseCheckpoint, parseVerifierKey } from "./note";

export const STEPS = ["leaf", "inclusion", "signature", "commitment", "message"] as const;
export type StepName = (typeof STEPS)[number];
export type SkipReason = "no_ed25519" | "no_crypto" | "no_opening";
export type BadReason = "leaf" | "inclusion" | "signature" | "checkpoint" | "commitment" | "message" | "malformed";

export type StepResult =
  | { status: "good" }
  | { status: "bad"; reason: BadReason }
  | { status: "skipped"; reason: SkipReason };

export type Verdict = "good" | "partial" | "bad";

const GOOD: StepResult = { status: "good" };

function bad(reason: BadReason): StepResult {
  return { status: "bad", reason };
}

function skipped(reason: SkipReason): StepResult {
  return { status: "skipped", reason };
}

/** Runs one step. What cannot be read is bad, never good. */
export async function runStep(step: StepName, proof: ProofView, msgid: string): Promise<StepResult> {
  if (globalThis.crypto?.subtle === undefined) return skipped("no_crypto");
  try {
    return await RUN[step](proof, msgid);
  } catch {
    return bad(step === "signature" ? "checkpoint" : "malformed");
  }
}

const RUN: Record<StepName, (proof: ProofView, msgid: string) => Promise<StepResult>> = {
  async leaf(proof) {
    const claimed = fromBase64(proof.leaf_hash ?? "");
    return equal(await leafHash(leafOf(proof)), claimed) ? GOOD : bad("leaf");
  },
  async inclusion(proof) {
    const checkpoint = parseCheckpoint(proof.checkpoint ?? "");
    const included = await verifyInclusion({
      index: proof.leaf_index ?? -1,
      size: checkpoint.size,
      leafHash: await leafHash(leafOf(proof)),
      path: (proof.hashes ?? []).map(fromBase64),
      root: checkpoint.root,
    });
    return included ? GOOD : bad("inclusion");
  },
  async signature(proof) {
    const checkpoint = parseCheckpoint(proof.checkpoint ?? "");
    const checked = await checkSignature(checkpoint, await parseVerifierKey(proof.vkey ?? ""));
    if (checked === "unsupported") return skipped("no_ed25519");
    return checked === "good" ? GOOD : bad("signature");
  },
  async commitment(proof) {
    if (!proof.opening) return skipped("no_opening");
    const opening = {
      blind: fromBase64(proof.opening.blind),
      header: fromBase64(proof.opening.header),
      raw: fromBase64(proof.opening.raw),
    };
    return (await verifyCommitment(leafOf(proof), opening)) ? GOOD : bad("commitment");
  },
  async message(proof, msgid) {
    if (!proof.opening) return skipped("no_opening");
    const inHeader = messageIdOfHeader(fromBase64(proof.opening.header));
    const inRaw = messageIdOfRaw(fromBase64(proof.opening.raw)) ?? inHeader;
    return inHeader === msgid && inRaw === msgid ? GOOD : bad("message");
  },
};

function leafOf(proof: ProofView): Bytes {
  return fromBase64(proof.leaf ?? "");
}

/** One bad step spoils all; a step that could not be done is said, not hidden. */
export function verdictOf(results: readonly StepResult[]): Verdict {
  if (results.some((result) => result.status === "bad")) return "bad";
  return results.every((result) => result.status === "good") ? "good" : "partial";
}
