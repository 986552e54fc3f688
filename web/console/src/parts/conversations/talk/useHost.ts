/** What the messages of a conversation may ask of the page: pictures among their neighbours, files, the quoted message. */
import { provide, shallowRef } from "vue";
import { HOST } from "../../../ui/message/context";
import { shapeOf } from "../../../ui/message/media";
import { type Quote, ownWords } from "../../../ui/message/quote";
import type { MediaView } from "../../../ui/message/types";
import { searchIn } from "../api";
import type { MessageView } from "../types";

/** Longer phrases only make the question longer. */
const PHRASE_UNITS = 40;

export function useHost(messages: () => readonly MessageView[], found: (record: number | undefined) => void) {
  const viewer = shallowRef<{ items: MediaView[]; start: number }>();
  const preview = shallowRef<MediaView>();

  function openImage(media: MediaView): void {
    const shown = messages().filter((message) => message.level === "text").flatMap((message) => message.media);
    const items = shown.filter((one) => one.state === "stored" && one.kind === "image" && shapeOf(one) === "picture");
    const start = items.findIndex((one) => one.media === media.media);
    viewer.value = start < 0 ? { items: [media], start: 0 } : { items, start };
  }

  provide(HOST, {
    openImage,
    openFile: (media) => (preview.value = media),
    findQuoted: (message, quote) => void findQuoted(messages(), message, quote).then(found, () => found(undefined)),
  });
  return { viewer, preview };
}

/** The message that a quotation took its words from: among those held, else by search; the latest before the quotation. */
async function findQuoted(messages: readonly MessageView[], message: MessageView, quote: Quote): Promise<number | undefined> {
  const held = quotedAmong(messages, message, quote);
  if (held !== undefined) return held;
  const phrase = quote.quoted.split("\n").map((line) => line.replaceAll('"', " ").trim()).find((line) => line !== "")?.slice(0, PHRASE_UNITS);
  if (!phrase) return undefined;
  const page = await searchIn(String(message.conversation), `"${phrase}"`);
  return quotedAmong(page.items.map((hit) => hit.message).reverse(), message, quote);
}

/** Pure; messages are oldest first. */
export function quotedAmong(messages: readonly MessageView[], message: MessageView, quote: Quote): number | undefined {
  const wanted = quote.quoted.trim();
  const earlier = messages.filter((one) => one.record !== message.record && (one.sent_at < message.sent_at || (one.sent_at === message.sent_at && one.record < message.record)));
  return earlier.findLast((one) => wanted !== "" && ownWords(one.pieces?.[0]?.text ?? "").trim() === wanted)?.record;
}
