/**
 * The text in the box and the query in the link: typing reaches the link after a moment, if it can be read; what cannot is pointed at,
 * but not while somebody is in the midst of it.
 */
import { type ComputedRef, type Ref, computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import { ApiFault } from "../../api/client";
import { useText } from "../../i18n";
import table from "../../i18n/search";
import { QueryFault, faultOfQuery } from "./language";

/** Shorter than the pause between two keys of most people: each letter is searched for, and the hits are there within 300 ms. */
const TYPING_MS = 60;
const PATIENCE_MS = 700;

export interface QueryText {
  draft: Ref<string>;
  shown: ComputedRef<QueryFault | undefined>;
  message: ComputedRef<string>;
  /** Takes the text at once; whether it could be read. */
  settle: () => boolean;
  /** The server could not read it after all. */
  refused: (cause: unknown) => void;
}

export function useQueryText(query: () => string, take: (query: string) => void): QueryText {
  const t = useText(table);
  const draft = ref(query());
  const shown = shallowRef<QueryFault>();
  let typing: ReturnType<typeof setTimeout> | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  const rest = (): void => {
    clearTimeout(typing);
    clearTimeout(patience);
  };

  watch(draft, (text) => {
    rest();
    if (text.trim() === query()) return void (shown.value = faultOfQuery(text));
    const fault = faultOfQuery(text);
    if (fault) {
      // A mark that stands already follows at once; a new one waits.
      if (shown.value) shown.value = fault;
      else patience = setTimeout(() => (shown.value = fault), PATIENCE_MS);
      return;
    }
    shown.value = undefined;
    typing = setTimeout(() => take(text.trim()), TYPING_MS);
  });
  // Another link: a facet, a saved search, the browser's back.
  watch(query, (now) => {
    if (now !== draft.value.trim()) draft.value = now;
  });
  if (draft.value) shown.value = faultOfQuery(draft.value);
  onScopeDispose(rest);

  function settle(): boolean {
    rest();
    shown.value = faultOfQuery(draft.value);
    if (shown.value) return false;
    if (draft.value.trim() !== query()) take(draft.value.trim());
    return true;
  }
  function refused(cause: unknown): void {
    if (!(cause instanceof ApiFault) || cause.code !== "search.syntax" || shown.value) return;
    const letters = Array.from(draft.value);
    const at = Number(/at character (\d+)/.exec(cause.detail ?? "")?.[1] ?? 0);
    const start = letters.slice(0, at).join("").length;
    shown.value = new QueryFault("server", Math.min(start, draft.value.length), draft.value.length);
  }
  const message = computed(() => {
    const fault = shown.value;
    if (!fault) return "";
    const at = Array.from(draft.value.slice(0, fault.start)).length + 1;
    return t("fault.message", { place: t("fault.place", { at }), what: t(`fault.${fault.reason}`) });
  });
  return { draft, shown: computed(() => shown.value), message, settle, refused };
}
