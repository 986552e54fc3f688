/**
 * What a filter row holds: a draft that is typed into and, in the address, what is asked for. 查询 puts the draft there and goes back
 * to the first page; 重置 empties both.
 */
import { type ComputedRef, computed, reactive, watch } from "vue";
import { useRoute } from "vue-router";
import { queryText, useQuery } from "./query";

export interface Filters<K extends string> {
  draft: Record<K, string>;
  applied: ComputedRef<Record<K, string>>;
  /** How many are set. */
  count: ComputedRef<number>;
  apply: () => Promise<void>;
  reset: () => Promise<void>;
}

/** Parameters that say where in the list one is. */
export const PLACE = { after: undefined, page: undefined } as const;

export function useFilters<K extends string>(names: readonly K[]): Filters<K> {
  const route = useRoute();
  const query = useQuery();
  const read = (): Record<K, string> => Object.fromEntries(names.map((name) => [name, queryText(route.query, name)])) as Record<K, string>;
  const applied = computed(read);
  const draft = reactive(read()) as Record<K, string>;
  watch(applied, (now) => Object.assign(draft, now));
  return {
    draft,
    applied,
    count: computed(() => names.filter((name) => applied.value[name] !== "").length),
    apply: () => query.set({ ...draft, ...PLACE }),
    reset: () => query.set({ ...Object.fromEntries(names.map((name) => [name, undefined])), ...PLACE }),
  };
}
