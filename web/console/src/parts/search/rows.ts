/** The rows of the list: hits one after the other, or under the conversations they stand in. Pure. */
import type { Count, Hit } from "./shapes";

/** Hits of a conversation that are shown under its head; the others are one click away, so rows above never grow much. */
export const SHOWN_MAX = 3;

export type Row =
  | { type: "hit"; key: string; hit: Hit; place: number }
  /** `total` is exact where the server counted this conversation. */
  | { type: "head"; key: string; id: number; title: string; loaded: number; total: number | undefined }
  | { type: "more"; key: string; id: number; hidden: number };

export function flatRows(hits: readonly Hit[]): Row[] {
  return hits.map((hit, place) => ({ type: "hit", key: `h${hit.message.record}`, hit, place }));
}

/** Conversations in the order of their first hit. `place` counts the hits that are shown. */
export function groupedRows(hits: readonly Hit[], counts: readonly Count[]): Row[] {
  const groups = new Map<number, Hit[]>();
  for (const hit of hits) groups.set(hit.conversation.id, [...(groups.get(hit.conversation.id) ?? []), hit]);
  const rows: Row[] = [];
  let place = 0;
  for (const [id, own] of groups) {
    const total = counts.find((count) => count.value === String(id))?.count;
    rows.push({ type: "head", key: `c${id}`, id, title: own[0]?.conversation.title ?? "", loaded: own.length, total });
    for (const hit of own.slice(0, SHOWN_MAX)) {
      rows.push({ type: "hit", key: `h${hit.message.record}`, hit, place });
      place += 1;
    }
    const hidden = (total ?? own.length) - Math.min(own.length, SHOWN_MAX);
    if (hidden > 0) rows.push({ type: "more", key: `m${id}`, id, hidden });
  }
  return rows;
}
