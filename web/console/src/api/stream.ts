/**
 * Live changes from the server (DESIGN.md 7): server-sent events with `epoch:seq`, so that a broken connection goes on where it
 * stopped. `resync` says that too much was missed: whoever listens asks again. Where the server has no events (404), or refuses
 * them, listeners are called at intervals instead.
 */
import { computed, ref } from "vue";

export type Topic = "intake" | "index" | "alarm" | "log";
export type LiveState = "off" | "connecting" | "live" | "polling";

interface Change {
  seq: number;
  topic: Topic;
  data?: unknown;
}

export interface Listener {
  topics: readonly Topic[];
  /** `undefined`: anything may have changed. */
  run: (change: Change | undefined) => void;
}

const POLL_MS = 5_000;
const BACK_OFF_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** The server beats every 25 s; a connection silent for longer is dead. */
const SILENCE_MS = 60_000;

const listeners = new Set<Listener>();
const current = ref<LiveState>("off");
let place: { epoch: string; seq: number } | undefined;
let running: AbortController | undefined;

export const liveState = computed(() => current.value);

/** Calls `listener` on changes of its topics until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startStream(): void {
  if (running) return;
  running = new AbortController();
  void keepUp(running.signal);
}

export function stopStream(): void {
  running?.abort();
  running = undefined;
  place = undefined;
  current.value = "off";
}

async function keepUp(signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    current.value = "connecting";
    const ended = await once(signal, () => (failures = 0));
    if (signal.aborted) return;
    if (ended === "missing") return poll(signal);
    await pause(BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? POLL_MS, signal);
    failures += 1;
  }
}

/** One connection, from opening to its end. */
async function once(signal: AbortSignal, onOpen: () => void): Promise<"missing" | "ended"> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const after = place ? `?after=${encodeURIComponent(`${place.epoch}:${place.seq}`)}` : "";
    const response = await fetch(`/api/v1/events${after}`, { headers: { accept: "text/event-stream" }, credentials: "same-origin", cache: "no-store", signal: AbortSignal.any([signal, silence.signal]) });
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    // 429: as many streams are open as the server takes; asking at intervals is what it wants then.
    if (!response.ok || !isStream || !response.body) return response.status >= 500 ? "ended" : "missing";
    onOpen();
    current.value = "live";
    const parser = new EventParser(take);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "ended";
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      parser.push(value);
    }
  } catch {
    return "ended";
  } finally {
    clearTimeout(timer);
  }
}

function take(name: string, text: string): void {
  const data = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  if (name === "hello") {
    const epoch = String(data["epoch"]);
    // What stands before the first event is on the page already; a new epoch begins at its own last number.
    if (place?.epoch !== epoch) place = { epoch, seq: Number(data["last_seq"] ?? 0) };
  } else if (name === "resync") {
    if (place && typeof data["seq"] === "number") place.seq = data["seq"];
    tell(undefined);
  } else if (name === "change") {
    const change = data as unknown as Change;
    if (place) place.seq = Math.max(place.seq, change.seq);
    tell(change);
  }
}

function tell(change: Change | undefined): void {
  for (const listener of [...listeners]) {
    if (change === undefined || listener.topics.includes(change.topic)) listener.run(change);
  }
}

async function poll(signal: AbortSignal): Promise<void> {
  current.value = "polling";
  while (!signal.aborted) {
    await pause(POLL_MS, signal);
    if (!signal.aborted && !document.hidden) tell(undefined);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Takes server-sent events apart (HTML, 9.2.6): lines `event:`, `data:` and an empty line; comments are passed over. */
export class EventParser {
  private rest = "";
  private name = "message";
  private data: string[] = [];

  constructor(private readonly take: (name: string, data: string) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === "") {
      if (this.data.length > 0 || this.name !== "message") this.take(this.name, this.data.join("\n"));
      this.name = "message";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    if (field === "data") this.data.push(value);
  }
}
