/**
 * The list of conversations: page after page, narrowed by the address, and kept at its newest while messages come in. Last words are
 * asked for with every page; afterwards only for conversations that have new ones, since to see words is to read, and that is
 * written down.
 */
import { onScopeDispose, ref, shallowRef, watch } from "vue";
import { isAbort } from "../../../api/client";
import { type ConversationFilter, listConversations } from "../api";
import type { ConversationView } from "../types";

/** More than stand on the first page are not asked for at once. */
const WORDS_MAX = 50;

/** With `fresh` put in by their newest message; the others keep their order. Words that were told stay until newer ones are. */
export function merged(held: readonly ConversationView[], fresh: readonly ConversationView[]): ConversationView[] {
  const news = new Set(fresh.map((one) => one.id));
  const told = new Map(held.map((one) => [one.id, one.last]));
  const shown = fresh.map((one) => (one.last ? one : { ...one, last: told.get(one.id) }));
  return [...shown, ...held.filter((one) => !news.has(one.id))].sort((one, other) => Date.parse(other.last_at) - Date.parse(one.last_at) || other.id - one.id);
}

/** Those of `fresh` that have a newest message which `held` does not know. */
export function renewed(held: readonly ConversationView[], fresh: readonly ConversationView[]): number[] {
  const known = new Map(held.map((one) => [one.id, one.last_at]));
  return fresh.filter((one) => known.get(one.id) !== one.last_at).map((one) => one.id);
}

/** How many of the first conversations to ask for, so that all of these are among them; 0: none is. */
export function reachOf(items: readonly ConversationView[], wanted: ReadonlySet<number>): number {
  return Math.min(WORDS_MAX, items.findLastIndex((one, index) => index < WORDS_MAX && wanted.has(one.id)) + 1);
}

function appended(held: readonly ConversationView[], more: readonly ConversationView[]): ConversationView[] {
  const known = new Set(held.map((one) => one.id));
  return [...held, ...more.filter((one) => !known.has(one.id))];
}

/** A page of titles may be empty and still go on: the next one that holds something. */
async function nextPage(filter: ConversationFilter, after: string | undefined, signal: AbortSignal): ReturnType<typeof listConversations> {
  const page = await listConversations(filter, { after, words: true }, signal);
  return page.items.length === 0 && page.next ? nextPage(filter, page.next, signal) : page;
}

export function useList(filter: () => ConversationFilter) {
  const items = shallowRef<ConversationView[]>([]);
  const fault = shallowRef<unknown>();
  const [loading, done] = [ref(false), ref(false)];
  /** Whose words are older than their newest message. */
  const stale = new Set<number>();
  let after: string | undefined;
  let abort = new AbortController();

  async function load(): Promise<void> {
    if (loading.value || done.value) return;
    const mine = abort;
    [loading.value, fault.value] = [true, undefined];
    try {
      const page = await nextPage(filter(), after, mine.signal);
      if (mine.signal.aborted) return;
      items.value = appended(items.value, page.items);
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
    stale.clear();
    [abort, items.value, after, loading.value, done.value] = [new AbortController(), [], undefined, false, false];
    return load();
  }

  /** The first page once more, without words, put into what is held. `true`: there are newer words to ask for. */
  async function refresh(): Promise<boolean> {
    if (loading.value || fault.value || items.value.length === 0) return stale.size > 0;
    const mine = abort;
    const page = await listConversations(filter(), { words: false }, mine.signal).catch(() => undefined);
    if (page && !mine.signal.aborted) {
      renewed(items.value, page.items).forEach((id) => stale.add(id));
      items.value = merged(items.value, page.items);
    }
    return stale.size > 0;
  }

  /** The words of those that have newer ones: no more conversations are asked for than reach down to the last of them. */
  async function freshen(): Promise<void> {
    const limit = reachOf(items.value, stale);
    if (limit === 0 || loading.value) return;
    const mine = abort;
    const page = await listConversations(filter(), { words: true, limit }, mine.signal).catch(() => undefined);
    if (!page || mine.signal.aborted) return;
    page.items.forEach((one) => stale.delete(one.id));
    items.value = merged(items.value, page.items);
  }

  watch(() => JSON.stringify(filter()), restart, { immediate: true });
  onScopeDispose(() => abort.abort());
  return { items, fault, loading, done, load, refresh, freshen };
}

export type List = ReturnType<typeof useList>;
