/** Shows what a message says, by its kind. Every kind of PROTOCOL.md 3.2 has a form; any other is shown raw. */
import { listAt, numberAt, textAt } from "../../api/read";
import type { Json, JsonObject, MessageView } from "../../api/types";
import { type Key, t } from "../../i18n";
import { h } from "../dom";
import { formatPlayLength, formatTime } from "../format";
import type { IconName } from "../icons";
import { contentOf, kindName, writtenText } from "./content";
import { type MediaText, mediaItem } from "./media";
import { nestedItems } from "./nested";
import { tile } from "./tile";

const FEN = 100;

/** Kinds that say all by being what they are. */
const SAID = new Set(["revoke", "agree", "disagree", "switch"]);

type Show = (body: JsonObject, message: MessageView) => HTMLElement;

export function messageBody(message: MessageView): HTMLElement {
  if (message.level === "metadata" && !SAID.has(message.kind)) return h("p", { class: "muted" }, `${kindName(message.kind)} · ${t("talk.hidden")}`);
  const show = message.unknown_kind ? undefined : SHOW[message.kind];
  return show ? show(contentOf(message.body), message) : rawBody(message);
}

/** A kind we do not know: what it is called, its texts, and the object as it came. */
function rawBody(message: MessageView): HTMLElement {
  const json = JSON.stringify(message.body ?? null, null, 2);
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "muted" }, t("talk.unknown_kind", { kind: message.unknown_kind ?? message.kind })),
    h("details", null, h("summary", null, t("talk.raw")), h("pre", { class: "code", tabindex: "0" }, json)),
  );
}

const written: Show = (_body, message) => h("p", { class: "prose" }, writtenText(message));

function mediaOf(message: MessageView, text: MediaText): HTMLElement {
  const items = [...(message.media ?? [])].sort((one, other) => one.ordinal - other.ordinal);
  if (items.length === 0) return h("p", { class: "muted" }, kindName(message.kind), text.name !== undefined && ` · ${text.name}`);
  return h("div", { class: "stack" }, items.map((item) => mediaItem(message, item, text)));
}

const media: Show = (body, message) => mediaOf(message, { name: textAt(body, "filename"), length: numberAt(body, "play_length") });

/** A card whose title and lines are read from fields of the body. */
function fields(mark: IconName, title: string, lines: readonly string[] = [], address?: string): Show {
  return (body, message) =>
    tile({
      icon: mark,
      label: kindName(message.kind),
      title: textAt(body, title),
      lines: lines.map((line) => textAt(body, line)),
      address: address === undefined ? undefined : textAt(body, address),
    });
}

function range(body: JsonObject): string | undefined {
  const [start, end] = [seconds(body["starttime"]), seconds(body["endtime"])];
  if (start === undefined) return undefined;
  return end === undefined ? start : t("body.time_range", { start, end });
}

function seconds(value: Json | undefined): string | undefined {
  return typeof value === "number" && value > 0 ? formatTime(value * 1000) : undefined;
}

function said(key: Key): Show {
  return () => h("p", { class: "prose" }, t(key));
}

const nested: Show = (body, message) => {
  const items = nestedItems(message, body);
  if (message.kind === "mixed") return items;
  return tile({ icon: "list", label: kindName(message.kind), title: textAt(body, "title") ?? t("body.items", { count: items.childElementCount }), content: items });
};

const redpacket: Show = (body, message) => {
  const amount = ((numberAt(body, "totalamount") ?? 0) / FEN).toFixed(2);
  return tile({ icon: "file", label: kindName(message.kind), title: textAt(body, "wish"), lines: [t("body.redpacket", { count: numberAt(body, "totalcnt") ?? 0, amount })] });
};

const vote: Show = (body, message) => {
  const started = numberAt(body, "votetype") !== 102;
  const options = listAt(body, "voteitem").map((option) => h("li", null, String(option)));
  return tile({ icon: "list", label: `${kindName(message.kind)} · ${started ? t("body.vote_start") : t("body.vote_join")}`, title: textAt(body, "votetitle"), content: h("ul", { class: "bullets" }, options) });
};

const news: Show = (body, message) => {
  const entries = listAt(body, "item").map((entry) => tile({ icon: "link", label: kindName(message.kind), title: textAt(entry, "title"), lines: [textAt(entry, "description")], address: textAt(entry, "url") }));
  return h("div", { class: "stack" }, entries);
};

const meeting: Show = (body, message) => tile({ icon: "clock", label: kindName(message.kind), title: textAt(body, "topic", "title", "content"), lines: [range(body), place(body), creator(body), attendees(body), textAt(body, "remarks")] });

function place(body: JsonObject): string | undefined {
  const found = textAt(body, "address", "place");
  return found === undefined ? undefined : t("body.place", { place: found });
}

function creator(body: JsonObject): string | undefined {
  const name = textAt(body, "creatorname", "creator", "doc_creator");
  return name === undefined ? undefined : t("body.creator", { name });
}

function attendees(body: JsonObject): string | undefined {
  const names = listAt(body, "attendeename").map(String);
  return names.length === 0 ? undefined : t("body.attendees", { names: names.join("、") });
}

const collect: Show = (body, message) => {
  const questions = listAt(body, "details").map((detail) => h("li", null, textAt(detail, "ques") ?? ""));
  return tile({ icon: "list", label: kindName(message.kind), title: textAt(body, "title"), lines: [textAt(body, "room_name"), t("body.forms", { count: questions.length })], content: h("ul", { class: "bullets" }, questions) });
};

const location: Show = (body, message) => {
  const [longitude, latitude] = [numberAt(body, "longitude"), numberAt(body, "latitude")];
  const coordinates = longitude === undefined || latitude === undefined ? undefined : t("body.coordinates", { longitude, latitude });
  return tile({ icon: "pin", label: kindName(message.kind), title: textAt(body, "title", "address"), lines: [textAt(body, "address"), coordinates] });
};

const call: Show = (body, message) => {
  const length = numberAt(body, "callduration");
  return tile({ icon: "phone", label: kindName(message.kind), title: length === undefined ? kindName(message.kind) : t("body.call_length", { length: formatPlayLength(length) }) });
};

const document: Show = (body, message) => tile({ icon: "file", label: kindName(message.kind), title: textAt(body, "title", "filename"), lines: [creator(body)], address: textAt(body, "link_url", "url") });

const SHOW: Record<string, Show> = {
  text: written,
  markdown: written,
  image: media,
  emotion: media,
  voice: media,
  video: media,
  file: media,
  meeting_voice_call: media,
  voip_doc_share: media,
  revoke: said("talk.revoke_note"),
  agree: said("body.agree"),
  disagree: said("body.disagree"),
  switch: said("body.switch"),
  card: fields("person", "corpname", ["userid"]),
  location,
  link: fields("link", "title", ["description"], "link_url"),
  weapp: fields("link", "title", ["description", "displayname"]),
  chatrecord: nested,
  mixed: nested,
  note: nested,
  todo: fields("list", "title", ["content"]),
  vote,
  collect,
  redpacket,
  external_redpacket: redpacket,
  meeting,
  calendar: meeting,
  meeting_notification: meeting,
  docmsg: document,
  qydiskfile: document,
  news,
  sphfeed: fields("video", "sph_name", ["feed_desc"]),
  voiptext: call,
  solitaire: fields("list", "solitaire_content"),
};
