/** What a search inside one conversation found: which records, and where in them. */
import { computed } from "vue";
import { useLoad } from "../../../ui/load";
import { searchIn } from "../api";
import type { Highlight } from "../types";

export function useHits(id: () => string | undefined, q: () => string | undefined) {
  const load = useLoad(async (signal) => {
    const [conversation, words] = [id(), q()?.trim()];
    return conversation === undefined || !words ? undefined : searchIn(conversation, words, signal);
  }, () => [id(), q()]);
  /** The newest first, as the server gives them. */
  const records = computed(() => (load.data.value?.items ?? []).map((hit) => hit.message.record));
  const highlights = computed<ReadonlyMap<number, readonly Highlight[]>>(() => new Map((load.data.value?.items ?? []).map((hit) => [hit.message.record, hit.highlights])));
  return { records, highlights, total: computed(() => load.data.value?.total ?? 0), fault: load.fault, loading: load.loading, answered: computed(() => load.data.value !== undefined) };
}

export type Hits = ReturnType<typeof useHits>;

/** The hit beside a record: `-1` newer, `1` older; without a record the newest. */
export function hitBeside(records: readonly number[], at: number | undefined, step: -1 | 1): number | undefined {
  const index = at === undefined ? -1 : records.indexOf(at);
  if (index < 0) return records[0];
  return records[Math.min(records.length - 1, Math.max(0, index + step))];
}
