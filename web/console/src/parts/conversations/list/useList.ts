/** The list of conversations: page after page, narrowed by the address, and kept at its newest while messages come in. */
import { onScopeDispose, ref, shallowRef, watch } from "vue";
import { isAbort } from "../../../api/client";
import { type ConversationFilter, listConversations } from "../api";
import type { ConversationView } from "../types";

/** With `fresh` put in by their newest message; the others keep their order. */
export function merged(held: readonly ConversationView[], fresh: readonly ConversationView[]): ConversationView[] {
  const news = new Set(fresh.map((one) => one.id));
  return [...fresh, ...held.filter((one) => !news.has(one.id))].sort((one, other) => Date.parse(other.last_at) - Date.parse(one.last_at) || other.id - one.id);
}

export function useList(filter: () => ConversationFilter) {
  const items = shallowRef<ConversationView[]>([]);
  const fault = shallowRef<unknown>();
  const loading = ref(false);
  const done = ref(false);
  let after: string | undefined;
  let abort = new AbortController();

  async function load(): Promise<void> {
    if (loading.value || done.value) return;
    const mine = abort;
    loading.value = true;
    fault.value = undefined;
    try {
      const page = await listConversations(filter(), after, mine.signal);
      if (mine.signal.aborted) return;
      const known = new Set(items.value.map((one) => one.id));
      items.value = [...items.value, ...page.items.filter((one) => !known.has(one.id))];
      after = page.next ?? undefined;
      done.value = after === undefined;
    } catch (cause) {
      if (!mine.signal.aborted && !isAbort(cause)) fault.value = cause;
    } finally {
      if (abort === mine) loading.value = false;
    }
  }

  function restart(): Promise<void> {
    abort.abort();
    abort = new AbortController();
    [items.value, after, loading.value, done.value] = [[], undefined, false, false];
    return load();
  }

  /** The first page once more, put into what is held. */
  async function refresh(): Promise<void> {
    if (loading.value || fault.value || items.value.length === 0) return;
    const mine = abort;
    const page = await listConversations(filter(), undefined, mine.signal).catch(() => undefined);
    if (page && !mine.signal.aborted) items.value = merged(items.value, page.items);
  }

  watch(() => JSON.stringify(filter()), restart, { immediate: true });
  onScopeDispose(() => abort.abort());
  return { items, fault, loading, done, load, refresh };
}
