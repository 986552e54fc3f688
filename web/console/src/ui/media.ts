/** Whether a media query holds now: `const wide = useMedia("(min-width: 64rem)")`. */
import { type Ref, onScopeDispose, ref } from "vue";

export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query);
  const holds = ref(list.matches);
  const follow = (): void => void (holds.value = list.matches);
  list.addEventListener("change", follow);
  onScopeDispose(() => list.removeEventListener("change", follow));
  return holds;
}
