/** How far the index is behind, for those who may know: asked with each search and whenever the server says that it moved. */
import { type ComputedRef, computed, onScopeDispose, shallowRef, watch } from "vue";
import { api, ask, isAbort } from "../../api/client";
import { useLive } from "../../ui/live";
import { useSession } from "../../ui/session";
import type { IndexStatus } from "./shapes";

export interface IndexLag {
  /** Changes that the index has yet to read. */
  behind: ComputedRef<number>;
  rebuilding: ComputedRef<boolean>;
  /** Messages that came in since the last search. */
  fresh: ComputedRef<number>;
}

/** `searched` changes with each new answer. */
export function useIndexLag(searched: () => unknown): IndexLag {
  const session = useSession();
  const now = shallowRef<IndexStatus>();
  const then = shallowRef<IndexStatus>();
  let running: AbortController | undefined;

  async function look(first: boolean): Promise<void> {
    if (!session.may("archive.status") || searched() === undefined) return;
    running?.abort();
    const { signal } = (running = new AbortController());
    try {
      const status = await ask(api.GET("/api/v1/search/index", { signal }));
      now.value = status;
      if (first || !then.value) then.value = status;
    } catch (cause) {
      // A note beside the results; without it they stand as they are.
      if (!isAbort(cause)) now.value = undefined;
    }
  }
  watch(searched, () => void look(true), { immediate: true });
  useLive(["index"], () => look(false));
  onScopeDispose(() => running?.abort());
  return {
    behind: computed(() => Math.max(0, (now.value?.end ?? 0) - (now.value?.position ?? 0))),
    rebuilding: computed(() => typeof now.value?.rebuilding === "number"),
    fresh: computed(() => Math.max(0, (now.value?.documents ?? 0) - (then.value?.documents ?? 0))),
  };
}
