/** A proof, step by step, each computed in this browser. It asks nobody: no page, no network. */
import type { components } from "../api/schema";
import { KINDS } from "../ui/kinds";
import { type Bytes, equal, fromBase64 } from "./bytes";
import { compareContent, messageIdOfRaw } from "./content";
import type { KeySight } from "./keys";
import { type Header, decodeHeader, decodeLeaf, verifyCommitment } from "./leaf";
import { leafHash, rootOfInclusion } from "./merkle";
import { isSignedBy, parseCheckpoint, parseVerifierKey } from "./note";
import { microsOf } from "./time";

export type ProofView = components["schemas"]["ProofView"];
export type MessageView = components["schemas"]["MessageView"];
export type ConversationView = components["schemas"]["ConversationView"];

export const STEPS = ["leaf", "inclusion", "signature", "key", "time", "commitment", "message", "content"] as const;
export type StepName = (typeof STEPS)[number];

/** What is checked: the proof, the message as the page shows it, and whether the key is the one seen before. */
export interface Case {
  proof: ProofView;
  /** Absent when the server shows no such message any more. */
  message: MessageView | undefined;
  /** The conversation that the page shows it in, if it could be had. */
  conversation?: ConversationView | undefined;
  key: KeySight;
}

export type SkipReason = "no_opening" | "erased" | "no_message" | "raw_unreadable";
export type BadReason =
  | "leaf" | "inclusion" | "inclusion_path" | "signature" | "checkpoint" | "size" | "key" | "time" | "commitment" | "message" | "conversation" | "content" | "malformed";

export type StepResult =
  | { status: "good" }
  /** `found` and `expected` are shown side by side. */
  | { status: "bad"; reason: BadReason; found?: string; expected?: string }
  | { status: "skipped"; reason: SkipReason };

/** `partial`: what could be checked holds, some could not. */
export type Verdict = "good" | "partial" | "bad";

const GOOD: StepResult = { status: "good" };

function bad(reason: BadReason, found?: string, expected?: string): StepResult {
  return { status: "bad", reason, ...(found === undefined ? {} : { found }), ...(expected === undefined ? {} : { expected }) };
}

function skipped(reason: SkipReason): StepResult {
  return { status: "skipped", reason };
}

/** Runs one step. What cannot be read is bad, never good. */
export async function runStep(step: StepName, subject: Case): Promise<StepResult> {
  try {
    return await RUN[step](subject);
  } catch {
    return bad(step === "signature" ? "checkpoint" : "malformed");
  }
}

export async function runSteps(subject: Case): Promise<Record<StepName, StepResult>> {
  const results = await Promise.all(STEPS.map(async (step) => [step, await runStep(step, subject)] as const));
  return Object.fromEntries(results) as Record<StepName, StepResult>;
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const RUN: Record<StepName, (subject: Case) => Promise<StepResult>> = {
  async leaf({ proof }) {
    const [computed, claimed] = [await leafHash(leafOf(proof)), fromBase64(proof.leaf_hash ?? "")];
    return equal(computed, claimed) ? GOOD : bad("leaf", base64(computed), base64(claimed));
  },
  async inclusion({ proof }) {
    const checkpoint = parseCheckpoint(proof.checkpoint ?? "");
    if (proof.tree_size !== checkpoint.size) return bad("size", String(proof.tree_size), String(checkpoint.size));
    const root = await rootOfInclusion({
      index: proof.leaf_index ?? -1,
      size: checkpoint.size,
      leafHash: await leafHash(leafOf(proof)),
      path: proof.hashes.map(fromBase64),
    });
    if (root === undefined) return bad("inclusion_path");
    return equal(root, checkpoint.root) ? GOOD : bad("inclusion", base64(root), base64(checkpoint.root));
  },
  async signature({ proof }) {
    const checkpoint = parseCheckpoint(proof.checkpoint ?? "");
    return (await isSignedBy(checkpoint, await parseVerifierKey(proof.vkey))) ? GOOD : bad("signature");
  },
  async key({ proof, key }) {
    await parseVerifierKey(proof.vkey);
    return key.state === "changed" ? bad("key", proof.vkey, key.vkey) : GOOD;
  },
  async time({ proof, message }) {
    if (!message) return skipped("no_message");
    const leaf = decodeLeaf(leafOf(proof));
    const times = [[message.sent_at, leaf.sentAt], [message.observed_at, leaf.observedAt]] as const;
    return times.every(([shown, sealed]) => microsOf(shown) === sealed) ? GOOD : bad("time");
  },
  async commitment({ proof, message }) {
    if (!proof.opening) return withoutOpening(message);
    const opening = { blind: fromBase64(proof.opening.blind), header: fromBase64(proof.opening.header), raw: fromBase64(proof.opening.raw) };
    return (await verifyCommitment(leafOf(proof), opening)) ? GOOD : bad("commitment");
  },
  async message({ proof, message, conversation }) {
    if (!proof.opening) return withoutOpening(message);
    if (!message) return skipped("no_message");
    const header = decodeHeader(fromBase64(proof.opening.header));
    const inRaw = messageIdOfRaw(fromBase64(proof.opening.raw)) ?? header.msgid;
    if (inRaw !== message.msgid) return bad("message", message.msgid, inRaw);
    const difference = differenceOf(header, message);
    if (difference) return bad("message", difference.shown, difference.sealed);
    return conversation && !belongs(header, conversation) ? bad("conversation") : GOOD;
  },
  async content({ proof, message }) {
    if (!proof.opening) return withoutOpening(message);
    if (!message || message.level !== "text") return skipped(message ? "no_opening" : "no_message");
    const compared = compareContent(fromBase64(proof.opening.raw), message);
    if (compared === "unreadable") return skipped("raw_unreadable");
    return compared === "same" ? GOOD : bad("content");
  },
};

/** At level text a proof without an opening is that of an erased message; below it, the opening is not for this reader. */
function withoutOpening(message: MessageView | undefined): StepResult {
  return skipped(message === undefined || message.level === "text" ? "erased" : "no_opening");
}

/** The first thing that the page shows otherwise than the header says. */
function differenceOf(header: Header, message: MessageView): { shown: string; sealed: string } | undefined {
  const pairs: [string, string][] = [
    [message.msgid, header.msgid],
    [String(message.seq), String(header.seq)],
    [message.kind, KINDS[header.kind] ?? ""],
    [message.sender.external_id, header.sender.id],
    [message.room ?? "", header.room ?? ""],
    [message.recipients.map((one) => one.external_id).join(" "), header.recipients.map((one) => one.id).join(" ")],
    [String(microsOf(message.sent_at)), String(header.sentAt)],
    [String(microsOf(message.observed_at)), String(header.observedAt)],
  ];
  const found = pairs.find(([shown, sealed]) => shown !== sealed);
  return found && { shown: found[0], sealed: found[1] };
}

/** Who speaks and is spoken to takes part in the conversation, and only what was said in no group stands in one of two people. */
function belongs(header: Header, conversation: ConversationView): boolean {
  if (conversation.kind === "pair" && header.room !== undefined) return false;
  const parties = new Set([...conversation.members, ...conversation.contacts].map((party) => party.external_id));
  return [header.sender, ...header.recipients].every((party) => parties.has(party.id));
}

function leafOf(proof: ProofView): Bytes {
  return fromBase64(proof.leaf ?? "");
}

/** One bad step spoils all; a step that could not be done is said, not hidden. */
export function verdictOf(results: readonly StepResult[]): Verdict {
  if (results.some((result) => result.status === "bad")) return "bad";
  return results.every((result) => result.status === "good") ? "good" : "partial";
}
