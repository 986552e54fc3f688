/**
 * The part of a conversation that the page holds: whole pages of the API in their order, with the keys that lead on from
 * both ends. Pure: every function gives a new window. A conversation may have 100 000 messages; what is far from the
 * reader is let go by whole pages, since only a page's own key leads back to it.
 */
import type { MessagePage, MessageView } from "../types";

export type Side = "before" | "after";

interface Chunk {
  items: readonly MessageView[];
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
  return { chunks: [chunkOf(page, page.items)] };
}

function chunkOf(page: MessagePage, items: readonly MessageView[]): Chunk {
  return { items, previous: page.previous ?? undefined, next: page.next ?? undefined };
}

export function messagesOf(window: TalkWindow): MessageView[] {
  return window.chunks.flatMap((chunk) => chunk.items);
}

/** The key that leads on at a side; `undefined` at the conversation's end. */
export function keyOf(window: TalkWindow, side: Side): string | undefined {
  return side === "before" ? window.chunks[0]?.previous : window.chunks.at(-1)?.next;
}

/** With a page more at a side. What is held already is not held twice. */
export function extended(window: TalkWindow, side: Side, page: MessagePage): TalkWindow {
  const known = new Set(messagesOf(window).map((message) => message.record));
  const chunk = chunkOf(page, page.items.filter((message) => !known.has(message.record)));
  if (chunk.items.length > 0) return { chunks: side === "before" ? [chunk, ...window.chunks] : [...window.chunks, chunk] };
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
  let held = chunks.reduce((sum, chunk) => sum + chunk.items.length, 0);
  while (chunks.length > 1) {
    const far = keep === "before" ? chunks.at(-1) : chunks[0];
    const next = keep === "before" ? chunks.at(-2)?.next : chunks[1]?.previous;
    // Without a key there would be no way back.
    if (far === undefined || next === undefined || held - far.items.length < max) break;
    held -= far.items.length;
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
  const known = new Set(held.map((message) => message.record));
  const added = newest.items.filter((message) => !known.has(message.record));
  const last = chunks.at(-1);
  // They join the last page, so that every page keeps the keys that lead on from it.
  if (last === undefined) return opened(newest);
  return { chunks: [...chunks.slice(0, -1), { ...last, items: [...last.items, ...added] }] };
}

/** With a message in another form, such as unmasked. */
export function replaced(window: TalkWindow, message: MessageView): TalkWindow {
  return { chunks: window.chunks.map((chunk) => ({ ...chunk, items: chunk.items.map((one) => (one.record === message.record ? message : one)) })) };
}
