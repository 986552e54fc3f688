/**
 * Keeps the list at its newest while somebody looks at it: the order soon after every change, words more rarely, since each time is an
 * entry in the audit trail. A page that nobody sees asks for nothing.
 */
import { onBeforeUnmount } from "vue";
import { useLive } from "../../../ui/live";
import { paced } from "../pace";
import type { List } from "./useList";

const ORDER_MS = 3_000;
const WORDS_MS = 15_000;

/** `looking`: whether the reader is where the news come in. */
export function useFollow(list: Pick<List, "refresh" | "freshen">, looking: () => boolean): void {
  /** Something changed that was not asked for yet. */
  let due = false;
  const words = paced(() => {
    if (document.hidden) due = true;
    else void list.freshen();
  }, WORDS_MS, true);
  const order = paced(() => void follow(), ORDER_MS);

  async function follow(): Promise<void> {
    due = document.hidden || !looking();
    if (!due && (await list.refresh())) words.ask();
  }
  function seen(): void {
    if (due && !document.hidden) order.ask();
  }

  useLive(["intake"], order.ask);
  document.addEventListener("visibilitychange", seen);
  onBeforeUnmount(() => {
    document.removeEventListener("visibilitychange", seen);
    order.stop();
    words.stop();
  });
}
