/** Tags of contacts, by group, and the channels that sources belong to. Pure. */
import type { Schemas } from "../../api/client";

export type Tag = Schemas["TagView"];

export interface TagGroup<T> {
  /** Empty for tags that stand in none. */
  group: string;
  tags: T[];
}

/** Tags by group, both in the order they came. */
export function byGroup<T extends { group: string }>(tags: readonly T[]): TagGroup<T>[] {
  const groups = new Map<string, T[]>();
  for (const tag of tags) groups.set(tag.group, [...(groups.get(tag.group) ?? []), tag]);
  return [...groups].map(([group, own]) => ({ group, tags: own }));
}

/** The first of some tags, the wanted one among them, and how many are behind. */
export function firstTags(tags: readonly Tag[], most: number, wanted?: number): { shown: Tag[]; behind: number } {
  const sorted = [...tags].sort((left, right) => Number(right.id === wanted) - Number(left.id === wanted));
  // One that stands alone behind a “+1” takes no more room than the mark.
  const shown = sorted.length === most + 1 ? sorted : sorted.slice(0, most);
  return { shown, behind: tags.length - shown.length };
}

/** `wecom` of `wecom:ww123`: the kind of channel a source belongs to. */
export function channelOf(source: string): string {
  return source.split(":")[0] ?? source;
}
