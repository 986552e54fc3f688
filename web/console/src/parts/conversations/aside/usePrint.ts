/** Reads the messages of a span of days to print them: page after page, with a limit, and stopped at any time. */
import { onScopeDispose, ref, shallowRef } from "vue";
import { isAbort } from "../../../api/client";
import { loadMessages } from "../api";
import { momentOf } from "../route";
import { type Entry, entriesOf } from "../talk/window";

/** About 150 sheets; the browser lays out no more in good time. */
export const PRINTED_MAX = 3_000;
const PAGE_ITEMS = 200;
const DAY_MS = 86_400_000;

export function usePrint(id: string) {
  const messages = shallowRef<Entry[]>([]);
  const read = ref(0);
  const cut = ref(false);
  const fault = shallowRef<unknown>();
  const state = ref<"idle" | "reading" | "ready">("idle");
  let abort = new AbortController();

  /** Both days included. */
  async function collect(from: string, until: string): Promise<void> {
    abort.abort();
    const mine = (abort = new AbortController());
    [state.value, read.value, cut.value, fault.value] = ["reading", 0, false, undefined];
    const end = (momentOf(until) ?? Infinity) + DAY_MS;
    const found: Entry[] = [];
    try {
      let page = await loadMessages(id, { at: "time", ms: momentOf(from) ?? 0 }, PAGE_ITEMS, mine.signal);
      for (;;) {
        const entries = entriesOf([{ items: page.items, damaged: page.damaged ?? [] }]);
        const inside = entries.filter(({ message, damaged }) => Date.parse((message ?? damaged).sent_at) < end);
        found.push(...inside);
        read.value = found.length;
        cut.value = found.length >= PRINTED_MAX && (page.next ?? undefined) !== undefined && inside.length === entries.length;
        if (!page.next || inside.length < entries.length || cut.value) break;
        page = await loadMessages(id, { at: "after", key: page.next }, PAGE_ITEMS, mine.signal);
      }
      messages.value = found.slice(0, PRINTED_MAX);
      state.value = "ready";
    } catch (cause) {
      if (mine.signal.aborted || isAbort(cause)) return;
      fault.value = cause;
      state.value = "idle";
    }
  }

  function stop(): void {
    abort.abort();
    state.value = "idle";
  }
  onScopeDispose(() => abort.abort());
  return { messages, read, cut, fault, state, collect, stop };
}
