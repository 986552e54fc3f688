/**
 * Kinds that are shown as a card: which fields of the body (PROTOCOL.md 3.2) are its title, lines and list. Pure; the
 * words come from `t`. An address is evidence: it is shown as text and never followed.
 */
import type { Speak } from "../../i18n";
import type table from "../../i18n/message";
import { formatPlayLength, formatTime } from "../format";
import { listAt, numberAt, textAt } from "./json";
import type { JsonObject, MessageKind } from "./types";

export type Say = Speak<keyof (typeof table)["en"]>;

export interface Line {
  /** Stands before the text, grey. */
  label?: string;
  text: string;
}

export interface Card {
  title?: string;
  /** A word beside the kind's name, such as "started a vote". */
  note?: string;
  lines: Line[];
  list: string[];
  address?: string;
}

type Make = (body: JsonObject, t: Say) => Card;

const FEN_PER_YUAN = 100;
const VOTE_JOIN = 102;

export function cardOf(kind: MessageKind, body: JsonObject, t: Say): Card {
  return (CARDS[kind] ?? plain("title", "description"))(body, t);
}

function line(text: string | undefined, label?: string): Line[] {
  return text === undefined ? [] : [label === undefined ? { text } : { label, text }];
}

function texts(body: JsonObject, name: string): string[] {
  return listAt(body, name).filter((one) => typeof one === "string" || typeof one === "number").map(String);
}

function plain(title: string, ...lines: string[]): Make {
  return (body) => ({ title: textAt(body, title), lines: lines.flatMap((name) => line(textAt(body, name))), list: [] });
}

function seconds(value: number | undefined): string | undefined {
  return value !== undefined && value > 0 ? formatTime(value * 1000) : undefined;
}

function when(body: JsonObject, t: Say): Line[] {
  const [start, end] = [seconds(numberAt(body, "starttime")), seconds(numberAt(body, "endtime"))];
  if (start === undefined) return [];
  return [{ label: t("time"), text: end === undefined ? start : t("time_range", { start, end }) }];
}

/** Fen as yuan, by whole numbers only. */
export function yuan(fen: number): string {
  const whole = Math.trunc(fen / FEN_PER_YUAN);
  return `${whole}.${String(Math.abs(fen % FEN_PER_YUAN)).padStart(2, "0")}`;
}

const redpacket: Make = (body, t) => {
  const sum = t("redpacket_sum", { amount: yuan(numberAt(body, "totalamount") ?? 0), count: numberAt(body, "totalcnt") ?? 0 });
  return { title: textAt(body, "wish"), note: t.find(`redpacket_${numberAt(body, "type") ?? 1}`), lines: [{ text: sum }], list: [] };
};

const vote: Make = (body, t) => ({
  title: textAt(body, "votetitle"),
  note: t(numberAt(body, "votetype") === VOTE_JOIN ? "vote_join" : "vote_start"),
  lines: [],
  list: texts(body, "voteitem"),
});

const collect: Make = (body, t) => ({
  title: textAt(body, "title"),
  lines: [...line(textAt(body, "room_name"), t("collect_room")), ...line(textAt(body, "creator"), t("collect_creator")), ...line(textAt(body, "create_time"), t("collect_at"))],
  list: listAt(body, "details").map((detail) => {
    const [question, type] = [textAt(detail, "ques") ?? t("untitled"), textAt(detail, "type")];
    return type === undefined ? question : `${question}（${t.find(`collect_${type}`) ?? type}）`;
  }),
});

const meeting: Make = (body, t) => ({
  title: textAt(body, "topic", "title"),
  note: t.find(`meeting_status_${numberAt(body, "status") ?? 0}`) ?? t.find(`meeting_type_${numberAt(body, "meetingtype") ?? 0}`),
  lines: [
    ...when(body, t),
    ...line(textAt(body, "address"), t("place")),
    ...line(textAt(body, "remarks"), t("remarks")),
    ...line(textAt(body, "meetingid"), t("meeting_id")),
  ],
  list: [],
});

const calendar: Make = (body, t) => {
  const names = texts(body, "attendeename");
  return {
    title: textAt(body, "title"),
    lines: [
      ...when(body, t),
      ...line(textAt(body, "place"), t("place")),
      ...line(textAt(body, "creatorname"), t("creator")),
      ...line(names.length > 0 ? names.join("、") : undefined, t("attendees")),
      ...line(textAt(body, "remarks"), t("remarks")),
    ],
    list: [],
  };
};

const call: Make = (body, t) => {
  const length = numberAt(body, "callduration");
  return { title: t.find(`call_${numberAt(body, "invitetype") ?? 0}`) ?? t("kind.voiptext"), lines: line(length === undefined ? undefined : t("call_length", { length: formatPlayLength(length) })), list: [] };
};

const link: Make = (body) => ({ title: textAt(body, "title"), lines: line(textAt(body, "description")), list: [], address: textAt(body, "link_url", "url") });

const weapp: Make = (body, t) => ({
  title: textAt(body, "title"),
  lines: [...line(textAt(body, "description")), ...line(textAt(body, "displayname"), t("weapp_name")), ...line(textAt(body, "pagepath"), t("weapp_page"))],
  list: [],
  address: textAt(body, "username", "appid"),
});

const CARDS: Partial<Record<MessageKind, Make>> = {
  link,
  weapp,
  vote,
  collect,
  meeting,
  calendar,
  redpacket,
  external_redpacket: redpacket,
  voiptext: call,
  card: (body, t) => ({ title: textAt(body, "name", "corpname"), lines: [...line(textAt(body, "name") === undefined ? undefined : textAt(body, "corpname")), ...line(textAt(body, "userid"), t("card_id"))], list: [] }),
  todo: plain("title", "content"),
  meeting_notification: (body, t) => ({ title: textAt(body, "content"), lines: line(textAt(body, "meeting_id"), t("meeting_id")), list: [] }),
  docmsg: (body, t) => ({ title: textAt(body, "title"), lines: line(textAt(body, "doc_creator"), t("creator")), list: [], address: textAt(body, "link_url") }),
  qydiskfile: (body) => ({ title: textAt(body, "filename"), lines: [], list: [], address: textAt(body, "url") }),
  sphfeed: (body, t) => ({ title: textAt(body, "sph_name"), note: t.find(`feed_${numberAt(body, "feed_type") ?? 0}`), lines: line(textAt(body, "feed_desc")), list: [] }),
  solitaire: (body, t) => ({ title: t("solitaire"), lines: line(textAt(body, "solitaire_content")), list: [] }),
};
