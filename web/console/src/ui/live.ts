/** Asks again when the server says that something changed. For the life of the component that calls it. */
import { onBeforeUnmount } from "vue";
import { type Topic, listen } from "../api/stream";

const GATHER_MS = 400;

/** Calls `refresh` on changes of `topics`: at most once every `gatherMs`, and never while the last call still runs. */
export function useLive(topics: readonly Topic[], refresh: () => unknown, gatherMs = GATHER_MS): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const later = (): void => {
    if (!stopped) timer ??= setTimeout(() => void work(), gatherMs);
  };
  const work = async (): Promise<void> => {
    let again = false;
    const stop = listen({ topics, run: () => (again = true) });
    try {
      await refresh();
    } finally {
      stop();
      timer = undefined;
      if (again) later();
    }
  };
  const stop = listen({ topics, run: later });
  onBeforeUnmount(() => {
    stopped = true;
    stop();
    clearTimeout(timer);
  });
}
