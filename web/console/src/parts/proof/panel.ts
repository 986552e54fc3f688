/** The proof of one message: every step is computed here and its line turns green or red as it is done. */
import { loadMessage, loadProof } from "../../api/messages";
import type { MessageView, ProofView } from "../../api/types";
import { type Key, t } from "../../i18n";
import { h, replace } from "../../ui/dom";
import { formatNumber, formatTime } from "../../ui/format";
import { type IconName, icon } from "../../ui/icons";
import { partyName } from "../../ui/party";
import { failed, loading, statePanel } from "../../ui/states";
import type { View } from "../../ui/view";
import { fromBase64 } from "./bytes";
import { parseCheckpoint } from "./note";
import { STEPS, type StepName, type StepResult, type Verdict, runStep, verdictOf } from "./verify";

const POLL_MS = 1500;
/** So that the eye can follow; the computing itself takes a few milliseconds. */
const STEP_PAUSE_MS = 180;

const VERDICT_ICON: Record<Verdict, IconName> = { good: "shield", partial: "shield", bad: "alarm" };

export function proofPanel(record: string, close: () => void): View {
  const abort = new AbortController();
  const body = h("div", { class: "proof__body" }, loading());
  const element = h(
    "aside",
    { class: "proof", tabindex: "-1", "aria-label": t("proof.title"), "data-verdict": "running", on: { keydown: (event) => event.key === "Escape" && close() } },
    h("header", { class: "proof__head" }, h("h2", null, t("proof.title")), h("button", { class: "button button--quiet", type: "button", "aria-label": t("proof.close"), on: { click: close } }, icon("cross"))),
    body,
  );
  const run = async (): Promise<void> => {
    try {
      const message = await loadMessage(record, abort.signal);
      const proof = await awaitLogged(record, body, message, abort.signal);
      if (proof) await walk(element, body, message, proof, abort.signal);
    } catch (cause) {
      if (abort.signal.aborted) return;
      element.dataset["verdict"] = "failed";
      replace(body, failed(cause, () => void run()));
    }
  };
  void run();
  return { element, stop: () => abort.abort() };
}

/** Asks until the message is in the log; `undefined` when the panel was closed meanwhile. */
async function awaitLogged(record: string, body: HTMLElement, message: MessageView, signal: AbortSignal): Promise<ProofView | undefined> {
  let proof = await loadProof(record, signal);
  if (proof.state === "pending") {
    replace(body, aboutMessage(message), statePanel({ icon: "clock", title: t("proof.pending"), help: t("proof.pending_help") }));
  }
  while (proof.state === "pending") {
    await pause(POLL_MS);
    if (signal.aborted) return undefined;
    proof = await loadProof(record, signal);
  }
  return proof;
}

async function walk(element: HTMLElement, body: HTMLElement, message: MessageView, proof: ProofView, signal: AbortSignal): Promise<void> {
  const verdict = h("div", { class: "verdict", role: "status", "aria-live": "polite" });
  const lines = STEPS.map((step) => ({ step, row: h("li", { class: "step", "data-status": "running" }, stepContent(step, proof, undefined)) }));
  replace(body, aboutMessage(message), verdict, h("p", { class: "proof__lead" }, t("proof.lead")), h("ol", { class: "steps" }, lines.map((line) => line.row)), details(proof));
  const results: StepResult[] = [];
  for (const { step, row } of lines) {
    const [result] = await Promise.all([runStep(step, proof, message.msgid), pause(STEP_PAUSE_MS)]);
    if (signal.aborted) return;
    results.push(result);
    row.dataset["status"] = result.status;
    replace(row, stepContent(step, proof, result));
  }
  const found = verdictOf(results);
  element.dataset["verdict"] = found;
  verdict.className = `verdict verdict--${found}`;
  replace(verdict, icon(VERDICT_ICON[found]), h("div", null, h("p", { class: "verdict__title" }, t(`proof.${found}`)), h("p", null, t(`proof.${found}_help`))));
}

function aboutMessage(message: MessageView): HTMLElement {
  return h("p", { class: "proof__about" }, h("span", null, partyName(message.sender)), h("span", { class: "chip" }, t(kindKey(message.kind))), h("time", { datetime: message.sent_at }, formatTime(message.sent_at)));
}

function kindKey(kind: string): Key {
  return `kind.${kind}` as Key;
}

const STEP_ICON: Record<StepResult["status"] | "running", IconName> = { good: "check", bad: "cross", skipped: "minus", running: "clock" };

function stepContent(step: StepName, proof: ProofView, result: StepResult | undefined): HTMLElement[] {
  const status = result?.status ?? "running";
  return [
    h("span", { class: "step__mark" }, icon(STEP_ICON[status])),
    h("div", { class: "step__text" }, h("p", { class: "step__title" }, t(`proof.step.${step}`)), h("p", { class: "step__help" }, stepHelp(step, proof, result))),
    h("span", { class: "step__status" }, t(`proof.status.${status}`)),
  ];
}

function stepHelp(step: StepName, proof: ProofView, result: StepResult | undefined): string {
  if (result?.status === "bad") return t(`proof.bad.${result.reason}`);
  if (result?.status === "skipped") return t(`proof.skip.${result.reason}`);
  return t(`proof.step.${step}_help`, {
    index: formatNumber(proof.leaf_index),
    hashes: proof.hashes?.length ?? 0,
    size: formatNumber(proof.tree_size),
    name: (proof.vkey ?? "").split("+")[0] ?? "",
  });
}

function details(proof: ProofView): HTMLElement {
  const raw = proof.opening ? rawText(proof.opening.raw) : undefined;
  return h(
    "div",
    { class: "proof__details" },
    raw !== undefined && h("details", null, h("summary", null, t("proof.raw")), h("pre", { class: "code", tabindex: "0" }, raw)),
    h(
      "details",
      null,
      h("summary", null, t("proof.details")),
      h(
        "dl",
        { class: "facts" },
        fact("proof.index", formatNumber(proof.leaf_index)),
        fact("proof.size", formatNumber(proof.tree_size)),
        fact("proof.leaf_hash", proof.leaf_hash ?? ""),
        fact("proof.root", rootOf(proof)),
        fact("proof.path", (proof.hashes ?? []).join("\n")),
        fact("proof.vkey", proof.vkey ?? ""),
        fact("proof.checkpoint", proof.checkpoint ?? ""),
      ),
    ),
    h("p", { class: "proof__honest" }, t("proof.honest")),
  );
}

function fact(label: Key, value: string): HTMLElement[] {
  return [h("dt", null, t(label)), h("dd", { class: "code" }, value)];
}

/** As delivered, indented if it is JSON. */
function rawText(encoded: string): string {
  try {
    const text = new TextDecoder().decode(fromBase64(encoded));
    return indent(text);
  } catch {
    return encoded;
  }
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function rootOf(proof: ProofView): string {
  try {
    return btoa(String.fromCharCode(...parseCheckpoint(proof.checkpoint ?? "").root));
  } catch {
    return "";
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
