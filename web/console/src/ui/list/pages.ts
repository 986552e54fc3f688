/** Where in a list one is. The server's lists go forward by a key (`after`); lists that are held whole are cut by number (`page`). */
import { type ComputedRef, type Ref, computed, ref, watch } from "vue";
import { useQuery } from "./query";

export interface Place {
  hasPrevious: ComputedRef<boolean>;
  hasNext: ComputedRef<boolean>;
  previous: () => Promise<void>;
  next: () => Promise<void>;
}

/**
 * Pages by key. The way back is remembered while one stays; who came by an address goes back to the beginning.
 * `next` is the key that the last answer gave.
 */
export function useKeyPages(next: () => string | null | undefined): Place & { after: ComputedRef<string | undefined> } {
  const query = useQuery();
  const trail = ref<string[]>([]);
  const after = computed(() => query.text("after") || undefined);
  watch(after, (now) => {
    if (now === undefined) trail.value = [];
  });
  return {
    after,
    hasPrevious: computed(() => after.value !== undefined),
    hasNext: computed(() => Boolean(next())),
    async previous() {
      await query.set({ after: trail.value.pop() ?? "" });
    },
    async next() {
      trail.value.push(after.value ?? "");
      await query.set({ after: next() ?? "" });
    },
  };
}

export const PAGE_ROWS = 50;

/** Pages of a list that is here whole. */
export function useSlices<T>(rows: Ref<readonly T[]>): Place & { shown: ComputedRef<T[]>; page: ComputedRef<number>; pages: ComputedRef<number> } {
  const query = useQuery();
  const pages = computed(() => Math.max(1, Math.ceil(rows.value.length / PAGE_ROWS)));
  const page = computed(() => Math.min(pages.value, Math.max(1, query.number("page") ?? 1)));
  const go = (to: number): Promise<void> => query.set({ page: to === 1 ? undefined : to });
  return {
    page,
    pages,
    shown: computed(() => rows.value.slice((page.value - 1) * PAGE_ROWS, page.value * PAGE_ROWS)),
    hasPrevious: computed(() => page.value > 1),
    hasNext: computed(() => page.value < pages.value),
    previous: () => go(page.value - 1),
    next: () => go(page.value + 1),
  };
}

export interface Whole<T> {
  items: T[];
  /** There are more than are held here. */
  cut: boolean;
}

/** Asks for page after page until all are here, or `limit` of them. */
export async function loadWhole<T>(ask: (after: string | undefined) => Promise<{ items: T[]; next?: string | null }>, limit = 2_000): Promise<Whole<T>> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await ask(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined && items.length < limit);
  return { items, cut: after !== undefined };
}
