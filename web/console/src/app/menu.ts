/** The menu as the reader's permissions allow it. */
import { type ComputedRef, computed } from "vue";
import type { MenuEntry } from "../ui/part";
import { useSession } from "../ui/session";
import { MENU } from "./parts";

export interface MenuSection {
  name: MenuEntry["section"];
  entries: MenuEntry[];
}

export function useMenu(): { sections: ComputedRef<MenuSection[]>; entries: ComputedRef<MenuEntry[]> } {
  const session = useSession();
  const entries = computed(() => MENU.filter((entry) => session.may(...(entry.permissions ?? []))));
  const sections = computed(() =>
    (["work", "people", "admin"] as const).map((name) => ({ name, entries: entries.value.filter((entry) => entry.section === name) })).filter((section) => section.entries.length > 0),
  );
  return { sections, entries };
}
