/**
 * Items inside merged, mixed and note messages as the server opened them: content is an object or bare text, times are
 * milliseconds, and a media item carries the `media_ordinal` under which the message lists it.
 */
import { isObject, listAt, numberAt, textAt } from "./json";
import { KIND_ICONS } from "./kinds";
import type { Json, JsonObject, MediaView, MessageKind } from "./types";

const PREFIX = "ChatRecord";
/** As deep as the server opens them. */
export const DEPTH_MAX = 8;

export interface NestedItem {
  kind: MessageKind;
  /** The source's name of the kind. */
  kindName: string;
  from: string | undefined;
  /** Milliseconds. */
  at: number | undefined;
  body: JsonObject;
  /** What was written, when the item is no more than that. */
  text: string | undefined;
  media: MediaView | undefined;
  /** Whether it holds items itself. */
  holds: boolean;
}

export function itemsOf(body: JsonObject): Json[] {
  return listAt(body, "item", "items");
}

export function nestedItems(body: JsonObject, media: readonly MediaView[]): NestedItem[] {
  return itemsOf(body).map((item) => nestedItem(item, media));
}

function nestedItem(item: Json, media: readonly MediaView[]): NestedItem {
  const body = contentOf(item);
  const kindName = bareName(textAt(item, "type", "msg_type", "msgtype") ?? "unknown");
  const kind = kindName in KIND_ICONS ? (kindName as MessageKind) : "unknown";
  const ordinal = numberAt(body, "media_ordinal");
  return {
    kind,
    kindName,
    from: textAt(item, "from", "sender", "nickname"),
    at: numberAt(item, "msgtime"),
    body,
    text: writtenIn(kind, body),
    media: media.find((one) => one.ordinal === ordinal),
    holds: itemsOf(body).length > 0,
  };
}

function writtenIn(kind: MessageKind, body: JsonObject): string | undefined {
  if (kind === "text" || kind === "markdown") return textAt(body, "content");
  return kind === "unknown" ? textAt(body, "content", "title", "description") : undefined;
}

/** `ChatRecordText` → `text`. */
function bareName(type: string): string {
  return (type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type).toLowerCase();
}

function contentOf(item: Json): JsonObject {
  if (!isObject(item)) return { content: item };
  const inner = item["content"];
  if (isObject(inner)) return inner;
  return item;
}
