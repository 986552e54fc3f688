/** Fetches a proof and walks through its steps. A server that says its bytes are damaged has told the verdict itself. */
import { type ComputedRef, type Ref, computed, onScopeDispose, reactive, ref, shallowRef } from "vue";
import { ApiFault, api, ask, available, isAbort } from "../../api/client";
import { cryptoHere } from "../../verify/crypto";
import { type KeySight, rememberKey, sightOf } from "../../verify/keys";
import { type ConversationView, type MessageView, type ProofView, STEPS, type StepName, type StepResult, type Verdict, runStep, verdictOf } from "../../verify/record";

export type Phase = "loading" | "pending" | "walking" | "done" | "damaged" | "failed";
export type Damage = "record" | "log";

const POLL_MS = 1500;
/** So that the eye can follow; the computing itself takes a few milliseconds. */
const STEP_PAUSE_MS = 90;

export interface Proof {
  phase: Ref<Phase>;
  proof: Ref<ProofView | undefined>;
  message: Ref<MessageView | undefined>;
  key: Ref<KeySight | undefined>;
  steps: Partial<Record<StepName, StepResult>>;
  verdict: ComputedRef<Verdict | undefined>;
  damage: Ref<Damage | undefined>;
  fault: Ref<unknown>;
  script: Ref<boolean>;
  start: () => Promise<void>;
}

const DAMAGES: Record<string, Damage> = {
  "archive.damaged": "record", "archive.source_unknown": "record", "keys.damaged": "record", "keys.unopenable": "record",
  "ledger.damaged": "log", "ledger.root_mismatch": "log", "ledger.head_behind": "log", "ledger.leaf_count": "log", "ledger.file": "log",
};

/** What the server gives of a record. */
interface Fetched {
  message: MessageView | undefined;
  conversation: ConversationView | undefined;
  proof: ProofView;
}

/** Asks until the record is in the log; `waiting` is told when it is not yet. */
async function fetchAll(record: string, signal: AbortSignal, waiting: (message: MessageView | undefined) => void): Promise<Fetched> {
  const path = { record };
  const askProof = (): Promise<ProofView> => ask(api.GET("/api/v1/archive/proof/{record}", { params: { path }, signal }));
  // A message that the server shows no more (erased, damaged) may still have its place in the log.
  const shown = available(ask(api.GET("/api/v1/messages/{record}", { params: { path }, signal })));
  const [message, first] = await Promise.all([shown, askProof()]);
  const conversation = message && (await available(ask(api.GET("/api/v1/conversations/{id}", { params: { path: { id: String(message.conversation) } }, signal }))));
  let proof = first;
  while (proof.state === "pending" && !signal.aborted) {
    waiting(message);
    await pause(POLL_MS);
    proof = await askProof();
  }
  return { message, conversation, proof };
}

export function useProof(record: () => string): Proof {
  const phase = ref<Phase>("loading");
  const proof = shallowRef<ProofView>();
  const message = shallowRef<MessageView>();
  const key = shallowRef<KeySight>();
  const damage = ref<Damage>();
  const fault = shallowRef<unknown>();
  const script = ref(false);
  const steps = reactive<Partial<Record<StepName, StepResult>>>({});
  let running: AbortController | undefined;

  async function start(): Promise<void> {
    running?.abort();
    const { signal } = (running = new AbortController());
    for (const step of STEPS) delete steps[step];
    [proof.value, message.value, fault.value, damage.value, phase.value] = [undefined, undefined, undefined, undefined, "loading"];
    try {
      const fetched = await fetchAll(record(), signal, (found) => ([message.value, phase.value] = [found, "pending"]));
      if (!signal.aborted) await walk(fetched, signal);
    } catch (cause) {
      if (signal.aborted || isAbort(cause)) return;
      damage.value = cause instanceof ApiFault ? DAMAGES[cause.code] : undefined;
      fault.value = cause;
      phase.value = damage.value ? "damaged" : "failed";
    }
  }

  async function walk(fetched: Fetched, signal: AbortSignal): Promise<void> {
    script.value = (await cryptoHere()).kind === "script";
    const sight = sightOf(fetched.proof.log, fetched.proof.vkey);
    [message.value, proof.value, key.value, phase.value] = [fetched.message, fetched.proof, sight, "walking"];
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const step of STEPS) {
      const [result] = await Promise.all([runStep(step, { ...fetched, key: sight }), still ? undefined : pause(STEP_PAUSE_MS)]);
      if (signal.aborted) return;
      steps[step] = result;
    }
    if (sight.state === "first" && steps.signature?.status === "good") rememberKey(fetched.proof.log, fetched.proof.vkey, new Date());
    phase.value = "done";
  }

  const verdict = computed(() => {
    if (phase.value === "damaged") return "bad";
    return phase.value === "done" ? verdictOf(Object.values(steps)) : undefined;
  });
  onScopeDispose(() => running?.abort());
  return { phase, proof, message, key, steps, verdict, damage, fault, script, start };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
