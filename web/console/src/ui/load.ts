/**
 * What a page loads: its data, its fault and whether it is under way. A newer load cancels the older, and leaving the page cancels all.
 *
 *   const list = useLoad((signal) => ask(api.GET("/api/v1/roles", { signal })));
 *   const list = useLoad((signal) => …, () => [route.query.q]);   // again whenever these change
 *
 * `data` of the last success stays while a reload runs or fails, so nothing flickers.
 */
import { type Ref, type ShallowRef, onScopeDispose, ref, shallowRef, watch } from "vue";
import { isAbort } from "../api/client";

export interface Load<T> {
  data: ShallowRef<T | undefined>;
  fault: ShallowRef<unknown>;
  loading: Ref<boolean>;
  reload: () => Promise<void>;
}

export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, depends?: () => readonly unknown[]): Load<T> {
  const data = shallowRef<T>();
  const fault = shallowRef<unknown>();
  const loading = ref(false);
  let running: AbortController | undefined;

  const reload = async (): Promise<void> => {
    running?.abort();
    const mine = (running = new AbortController());
    loading.value = true;
    try {
      const found = await ask(mine.signal);
      if (mine.signal.aborted) return;
      data.value = found;
      fault.value = undefined;
    } catch (cause) {
      if (mine.signal.aborted || isAbort(cause)) return;
      fault.value = cause;
    } finally {
      if (running === mine) loading.value = false;
    }
  };
  onScopeDispose(() => running?.abort());
  if (depends) watch(depends, () => void reload());
  void reload();
  return { data, fault, loading, reload };
}
