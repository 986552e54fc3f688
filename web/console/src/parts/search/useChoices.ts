/** What to offer while somebody types: local choices at once, the server's names a moment later. */
import { type ComputedRef, type Ref, computed, onScopeDispose, ref, watch } from "vue";
import { isAbort } from "../../api/client";
import { type Suggestion, suggestionsFor } from "../../api/search";
import { useText } from "../../i18n";
import messageTexts from "../../i18n/message";
import searchTexts from "../../i18n/search";
import { type Choice, type Names, type Place, askedText, localChoices, namedChoices } from "./complete";
import { quoted } from "./language";

/** A name after its field is waited for. */
const FIELD_WAIT_MS = 120;
/** Plain words are searched for first; names that fit them may come a moment after the hits. */
const WORD_WAIT_MS = 350;
const NAMED_MAX = 8;
/** Once a server has no suggestions it is not asked again. */
let missing = false;

export function useNames(): Names {
  const t = useText(searchTexts);
  const m = useText(messageTexts);
  return { field: (field) => t(`about.${field}`), kind: (kind) => m.find(`kind.${kind}`), date: (name) => t(`date.${name}`) };
}

export function useChoices(place: Ref<Place | undefined>): ComputedRef<Choice[]> {
  const names = useNames();
  const suggestions = ref<Suggestion[]>([]);
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(text: string): Promise<void> {
    const { signal } = (running = new AbortController());
    try {
      const found = await suggestionsFor(text, signal);
      if (signal.aborted) return;
      missing = found === undefined;
      suggestions.value = found ?? [];
    } catch (cause) {
      // Suggestions are a help: without them typing goes on.
      if (!isAbort(cause)) suggestions.value = [];
    }
  }
  const stop = (): void => {
    running?.abort();
    clearTimeout(timer);
  };
  watch(() => (place.value ? askedText(place.value) : undefined), (text) => {
    stop();
    if (text === undefined || missing) suggestions.value = [];
    else timer = setTimeout(() => void look(text), place.value?.field === undefined ? WORD_WAIT_MS : FIELD_WAIT_MS);
  });
  onScopeDispose(stop);
  return computed(() => {
    if (!place.value) return [];
    const { field, typed } = place.value;
    const standing = field === undefined ? typed : `${field}:${quoted(typed)}`;
    const all = [...localChoices(place.value, names, new Date()), ...namedChoices(place.value, suggestions.value).slice(0, NAMED_MAX)];
    // What stands there already is no choice.
    return all.filter((choice) => choice.insert !== standing);
  });
}
