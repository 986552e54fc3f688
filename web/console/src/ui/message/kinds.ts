/** What each kind of message looks like in small: its icon, and in which form its body is shown. */
import {
  Bell, Calendar, Cellphone, ChatLineSquare, CircleCheck, CircleClose, Collection, Document, EditPen, Film, Finished, Folder, Histogram, Link, List, Location,
  Memo, Microphone, Monitor, Notebook, Phone, Picture, Postcard, Present, QuestionFilled, Reading, RefreshLeft, Sort, Switch, Tickets, VideoCamera,
} from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { MessageKind, MessageView } from "./types";

export const KIND_ICONS: Record<MessageKind, Component> = {
  unknown: QuestionFilled,
  text: Memo,
  image: Picture,
  revoke: RefreshLeft,
  agree: CircleCheck,
  disagree: CircleClose,
  voice: Microphone,
  video: VideoCamera,
  card: Postcard,
  location: Location,
  emotion: Picture,
  file: Document,
  link: Link,
  weapp: Cellphone,
  chatrecord: ChatLineSquare,
  todo: Finished,
  vote: Histogram,
  collect: Tickets,
  redpacket: Present,
  external_redpacket: Present,
  meeting: Monitor,
  meeting_notification: Bell,
  meeting_voice_call: Phone,
  voip_doc_share: Document,
  docmsg: EditPen,
  markdown: EditPen,
  news: Reading,
  calendar: Calendar,
  mixed: Collection,
  sphfeed: Film,
  voiptext: Phone,
  qydiskfile: Folder,
  solitaire: Sort,
  note: Notebook,
  switch: Switch,
};

export const LIST_ICON = List;

export type Form = "hidden" | "said" | "text" | "markdown" | "media" | "nested" | "news" | "location" | "card" | "raw";

/** Kinds that say all by being what they are: a line between the messages, at every level. */
const SAID = new Set<MessageKind>(["revoke", "agree", "disagree", "switch"]);
const MEDIA = new Set<MessageKind>(["image", "emotion", "voice", "video", "file", "meeting_voice_call", "voip_doc_share"]);
const NESTED = new Set<MessageKind>(["chatrecord", "mixed", "note"]);
const PLAIN = new Map<MessageKind, Form>([["text", "text"], ["markdown", "markdown"], ["news", "news"], ["location", "location"], ["unknown", "raw"]]);

export function isSaid(kind: MessageKind): boolean {
  return SAID.has(kind);
}

export function formOf(message: Pick<MessageView, "kind" | "level" | "unknown_kind">): Form {
  if (SAID.has(message.kind)) return "said";
  if (message.level === "metadata") return "hidden";
  if (message.unknown_kind) return "raw";
  return formOfKind(message.kind);
}

export function formOfKind(kind: MessageKind): Form {
  if (MEDIA.has(kind)) return "media";
  if (NESTED.has(kind)) return "nested";
  return PLAIN.get(kind) ?? "card";
}
