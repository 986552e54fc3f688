/** The doctor of a corp out of its status, for servers without the doctor's endpoint. Pure. */
import type { Schemas } from "../../../api/client";

export type CheckState = "ok" | "warning" | "failed" | "skipped";

export interface Check {
  name: string;
  state: CheckState;
  code?: string | undefined;
  detail?: string | undefined;
  /** Numbers and names for the text of this check. */
  values?: Record<string, string | number>;
}

export type Corp = Schemas["CorpView"];
export type IntakeOfCorp = Schemas["IntakeStatus"];

/** Beyond this without an answer something is wrong: intake asks every few minutes even when nobody talks. */
const SILENT_MS = 15 * 60_000;

export function checksOf(corp: Corp, now: number): Check[] {
  const { intake } = corp;
  if (!intake) return [{ name: "archive", state: "skipped" }, directoryCheck(corp), callbackCheck(corp, now)];
  return [
    sdkCheck(intake), answerCheck(intake, now), addressCheck(intake), keysCheck(corp, intake), gapsCheck(intake), permitCheck(corp), directoryCheck(corp), callbackCheck(corp, now),
  ];
}

function sdkCheck(intake: IntakeOfCorp): Check {
  if (intake.trouble?.name.startsWith("worker")) return { name: "sdk", state: "failed", detail: intake.trouble.detail };
  if (!intake.answered_at) return { name: "sdk", state: "skipped" };
  return { name: "sdk", state: intake.worker_deaths > 0 ? "warning" : "ok", values: { count: intake.worker_deaths } };
}

function answerCheck(intake: IntakeOfCorp, now: number): Check {
  const { trouble } = intake;
  if (trouble) return { name: "answer", state: trouble.needs_person ? "failed" : "warning", code: trouble.name, detail: trouble.detail };
  if (!intake.answered_at) return { name: "answer", state: "skipped" };
  return { name: "answer", state: now - Date.parse(intake.answered_at) > SILENT_MS ? "warning" : "ok" };
}

function addressCheck(intake: IntakeOfCorp): Check {
  if (intake.trouble?.name === "ip_not_trusted") return { name: "address", state: "failed", detail: intake.trouble.detail };
  return { name: "address", state: intake.answered_at ? "ok" : "skipped" };
}

function keysCheck(corp: Corp, intake: IntakeOfCorp): Check {
  if (corp.keys_missing.length > 0) return { name: "keys", state: "failed", values: { versions: corp.keys_missing.join(", ") } };
  if (intake.bad_key_files.length > 0) return { name: "keys", state: "warning", detail: intake.bad_key_files.join(", ") };
  return { name: "keys", state: intake.keys_held.length > 0 ? "ok" : "failed", values: { versions: intake.keys_held.join(", ") } };
}

function gapsCheck(intake: IntakeOfCorp): Check {
  const numbers = intake.gaps.reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
  return { name: "gaps", state: numbers > 0 ? "failed" : "ok", values: { count: numbers } };
}

function permitCheck(corp: Corp): Check {
  const { seats, members } = corp.directory;
  if (seats === undefined || seats === null) return { name: "permits", state: "skipped" };
  return { name: "permits", state: seats === 0 ? "failed" : seats < members ? "warning" : "ok", values: { seats, members } };
}

function directoryCheck(corp: Corp): Check {
  const { directory } = corp;
  if (directory.failures.length > 0) return { name: "directory", state: "warning", detail: directory.failures.join("; ") };
  return { name: "directory", state: directory.synced_at ? "ok" : "skipped", values: { departments: directory.departments, members: directory.members, contacts: directory.contacts } };
}

function callbackCheck(corp: Corp, now: number): Check {
  if (!corp.callbacks) return { name: "callback", state: "skipped" };
  const values = { accepted: corp.callbacks.accepted, refused: corp.callbacks.refused };
  const notified = corp.intake?.notified_at;
  const silent = !notified || now - Date.parse(notified) > 24 * 60 * 60_000;
  return { name: "callback", state: corp.callbacks.refused > 0 || silent ? "warning" : "ok", values };
}

const WORST: readonly CheckState[] = ["failed", "warning", "ok", "skipped"];

export function worstOf(checks: readonly Check[]): CheckState {
  return WORST.find((state) => checks.some((check) => check.state === state)) ?? "skipped";
}

/** How long ago WeCom answered last, in milliseconds. */
export function lagOf(intake: IntakeOfCorp | null | undefined, now: number): number | undefined {
  return intake?.answered_at ? Math.max(0, now - Date.parse(intake.answered_at)) : undefined;
}

/** The three kinds of key versions, each once and in order. */
export function keyVersions(corp: Corp): { version: number; held: boolean; seen: boolean }[] {
  const held = new Set(corp.intake?.keys_held ?? []);
  const seen = new Set(corp.intake?.keys_seen ?? []);
  const all = new Set([...held, ...seen, ...corp.keys_missing]);
  return [...all].sort((left, right) => left - right).map((version) => ({ version, held: held.has(version), seen: seen.has(version) || corp.keys_missing.includes(version) }));
}

/** What the doctor's endpoint answers, in the words of ours: other names of states are taken for what they mean. */
export function checksFrom(answer: { checks: { name: string; state: string; code?: string | null; detail?: string | null }[] }): Check[] {
  const states: Record<string, CheckState> = { ok: "ok", failed: "failed", warning: "warning", warn: "warning", skipped: "skipped" };
  return answer.checks.map((check) => ({ name: check.name, state: states[check.state] ?? "warning", code: check.code ?? undefined, detail: check.detail ?? undefined }));
}
