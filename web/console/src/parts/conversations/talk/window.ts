/**
 * The part of a conversation that the page holds: whole pages of the API in their order, with the keys that lead on from
 * both ends. Pure: every function gives a new window. A conversation may have 100 000 messages; what is far from the
 * reader is let go by whole pages, since only a page's own key leads back to it.
 */
import type { DamagedMessage, MessagePage, MessageView } from "../types";

export type Side = "before" | "after";

/** A message, or what stands in the place of one that cannot be shown. */
export type Entry = { message: MessageView; damaged?: undefined } | { message?: undefined; damaged: DamagedMessage };

interface Chunk {
  items: readonly MessageView[];
  damaged: readonly DamagedMessage[];
  previous: string | undefined;
  next: string | undefined;
}

export interface TalkWindow {
  chunks: readonly Chunk[];
}

export const EMPTY: TalkWindow = { chunks: [] };
/** Messages held at most: far more than stands on the largest screen, little enough to search through at once. */
export const HELD_MAX = 1_000;

export function opened(page: MessagePage): TalkWindow {
  return { chunks: [chunkOf(page, new Set())] };
}

/** What is held already is not held twice. */
function chunkOf(page: MessagePage, known: ReadonlySet<number>): Chunk {
  const isNew = (one: { record: number }): boolean => !known.has(one.record);
  return { items: page.items.filter(isNew), damaged: (page.damaged ?? []).filter(isNew), previous: page.previous ?? undefined, next: page.next ?? undefined };
}

function recordsOf(window: TalkWindow): Set<number> {
  return new Set(window.chunks.flatMap((chunk) => [...chunk.items, ...chunk.damaged].map((one) => one.record)));
}

export function messagesOf(window: TalkWindow): MessageView[] {
  return window.chunks.flatMap((chunk) => chunk.items);
}

/** Messages and what stands in the place of others, in their order. */
export function entriesOf(pages: readonly Pick<Chunk, "items" | "damaged">[]): Entry[] {
  return pages.flatMap(({ items, damaged }) => {
    if (damaged.length === 0) return items.map((message) => ({ message }));
    const here = new Set(items.map((message) => message.record));
    const placeOf = (one: DamagedMessage): number | undefined => (typeof one.before === "number" && here.has(one.before) ? one.before : undefined);
    const at = (place: number | undefined): Entry[] => damaged.filter((one) => placeOf(one) === place).map((one) => ({ damaged: one }));
    return [...items.flatMap((message) => [...at(message.record), { message }]), ...at(undefined)];
  });
}

export function recordOf(entry: Entry): number {
  return entry.message?.record ?? entry.damaged?.record ?? 0;
}

/** The key that leads on at a side; `undefined` at the conversation's end. */
export function keyOf(window: TalkWindow, side: Side): string | undefined {
  return side === "before" ? window.chunks[0]?.previous : window.chunks.at(-1)?.next;
}

/** With a page more at a side. */
export function extended(window: TalkWindow, side: Side, page: MessagePage): TalkWindow {
  const chunk = chunkOf(page, recordsOf(window));
  if (chunk.items.length + chunk.damaged.length > 0) return { chunks: side === "before" ? [chunk, ...window.chunks] : [...window.chunks, chunk] };
  return withEnd(window, side, side === "before" ? chunk.previous : chunk.next);
}

/** The same messages with another key at a side. */
function withEnd(window: TalkWindow, side: Side, key: string | undefined): TalkWindow {
  const last = side === "before" ? 0 : window.chunks.length - 1;
  const name = side === "before" ? "previous" : "next";
  return { chunks: window.chunks.map((chunk, index) => (index === last ? { ...chunk, [name]: key } : chunk)) };
}

/** Without the pages farthest from a side, as long as more than `max` messages are held. */
export function trimmed(window: TalkWindow, keep: Side, max = HELD_MAX): TalkWindow {
  const chunks = [...window.chunks];
  const count = (chunk: Chunk): number => chunk.items.length + chunk.damaged.length;
  let held = chunks.reduce((sum, chunk) => sum + count(chunk), 0);
  while (chunks.length > 1) {
    const far = keep === "before" ? chunks.at(-1) : chunks[0];
    const next = keep === "before" ? chunks.at(-2)?.next : chunks[1]?.previous;
    // Without a key there would be no way back.
    if (far === undefined || next === undefined || held - count(far) < max) break;
    held -= count(far);
    if (keep === "before") chunks.pop();
    else chunks.shift();
  }
  return chunks.length === window.chunks.length ? window : { chunks };
}

/**
 * With the newest page once more, after messages came in. `undefined`: so many came that they do not meet what is held.
 * Only for a window that reaches the newest end. Messages that are held take their new form (taken back, media arrived).
 */
export function caughtUp(window: TalkWindow, newest: MessagePage): TalkWindow | undefined {
  const fresh = new Map(newest.items.map((message) => [message.record, message]));
  const held = messagesOf(window);
  const meets = held.length === 0 || held.some((message) => fresh.has(message.record));
  if (!meets) return undefined;
  const chunks = window.chunks.map((chunk) => ({ ...chunk, items: chunk.items.map((message) => fresh.get(message.record) ?? message) }));
  const added = chunkOf(newest, recordsOf(window));
  const last = chunks.at(-1);
  // They join the last page, so that every page keeps the keys that lead on from it.
  if (last === undefined) return opened(newest);
  return { chunks: [...chunks.slice(0, -1), { ...last, items: [...last.items, ...added.items], damaged: [...last.damaged, ...added.damaged] }] };
}

/** With a message in another form, such as unmasked. */
export function replaced(window: TalkWindow, message: MessageView): TalkWindow {
  return { chunks: window.chunks.map((chunk) => ({ ...chunk, items: chunk.items.map((one) => (one.record === message.record ? message : one)) })) };
}
