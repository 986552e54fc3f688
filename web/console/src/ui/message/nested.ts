/**
 * Items inside a chat record, a mixed message or a note, as the server opened them: content is an object or bare text,
 * times are milliseconds, and a media item carries the `media_ordinal` under which the message lists it.
 */
import { isObject, listAt, numberAt, textAt } from "../../api/read";
import type { Json, JsonObject, MessageView } from "../../api/types";
import { h } from "../dom";
import { formatTime } from "../format";
import { kindName } from "./content";
import { mediaItem } from "./media";

const DEPTH_MAX = 8;
const PREFIX = "ChatRecord";

export function nestedItems(message: MessageView, body: JsonObject): HTMLElement {
  return itemList(message, body, 0);
}

function itemsOf(body: JsonObject): Json[] {
  return listAt(body, "item", "items");
}

function itemList(message: MessageView, body: JsonObject, depth: number): HTMLElement {
  return h("ul", { class: "nested" }, itemsOf(body).map((item) => h("li", { class: "nested__item" }, head(item), content(message, item, depth))));
}

/** Who said the item and when, where the source tells. */
function head(item: Json): HTMLElement | undefined {
  const from = textAt(item, "from", "sender", "nickname");
  const at = numberAt(item, "msgtime");
  if (from === undefined && at === undefined) return undefined;
  return h("p", { class: "nested__head" }, from, at !== undefined && h("time", null, formatTime(at)));
}

function content(message: MessageView, item: Json, depth: number): HTMLElement {
  const body = contentOf(item);
  if (itemsOf(body).length > 0 && depth < DEPTH_MAX) return itemList(message, body, depth + 1);
  const ordinal = numberAt(body, "media_ordinal");
  const media = (message.media ?? []).find((one) => one.ordinal === ordinal);
  if (media) return mediaItem(message, media, { name: textAt(body, "filename"), length: numberAt(body, "play_length") });
  const text = textAt(body, "content", "title", "address", "filename");
  const more = textAt(body, "description", "link_url");
  if (text === undefined) return h("p", { class: "muted" }, kindName(kindOf(item)));
  return h("div", null, h("p", { class: "prose" }, text), more !== undefined && h("p", { class: "muted" }, more));
}

/** `ChatRecordText` → `text`. */
function kindOf(item: Json): string {
  const type = textAt(item, "type", "msg_type", "msgtype") ?? "unknown";
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length).toLowerCase() : type;
}

function contentOf(item: Json): JsonObject {
  if (!isObject(item)) return { content: item };
  const inner = item["content"];
  return isObject(inner) ? inner : item;
}
