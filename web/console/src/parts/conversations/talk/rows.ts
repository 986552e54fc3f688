/** Messages as rows: where a day begins, whose name stands above, on which side. Pure. */
import { formatDay } from "../../../ui/format";
import { isSaid } from "../../../ui/message/kinds";
import type { ConversationView, DamagedMessage, MessageView, PartyView } from "../types";
import type { Entry } from "./window";

interface Common {
  record: number;
  /** The day, when it begins with this row. */
  day: string | undefined;
}

export interface MessageRowData extends Common {
  message: MessageView;
  damaged?: undefined;
  /** Whether the sender's name and picture stand above. */
  named: boolean;
  own: boolean;
}

export interface DamagedRowData extends Common {
  message?: undefined;
  damaged: DamagedMessage;
}

export type Row = MessageRowData | DamagedRowData;

/** The same sender again within this time needs no name. */
const JOINED_MS = 5 * 60 * 1000;

export type IsOwn = (sender: PartyView) => boolean;

/**
 * Who stands on the right: with contacts in the conversation all of the company; among members only, the reader
 * themselves, and in a pair that is not theirs the second one.
 */
export function ownSide(conversation: Pick<ConversationView, "kind" | "members" | "contacts"> | undefined, me: number | undefined): IsOwn {
  if (!conversation) return (sender) => sender.kind !== "contact";
  if (conversation.contacts.some((party) => party.kind === "contact")) return (sender) => sender.kind !== "contact";
  const mine = conversation.members.find((party) => party.id === me);
  const right = mine ?? (conversation.kind === "pair" ? conversation.members[1] : undefined);
  return (sender) => right !== undefined && sender.kind === "member" && sender.id === right.id;
}

export function rowsOf(entries: readonly Entry[], isOwn: IsOwn): Row[] {
  let day = "";
  let before: MessageView | undefined;
  return entries.map(({ message, damaged }) => {
    const { record, sent_at } = message ?? damaged;
    const today = formatDay(sent_at);
    const begins = today !== day;
    const common = { record, day: begins ? today : undefined };
    day = today;
    const last = before;
    before = message;
    return message ? { ...common, message, named: begins || !joins(message, last), own: isOwn(message.sender) } : { ...common, damaged };
  });
}

function joins(message: MessageView, before: MessageView | undefined): boolean {
  if (before === undefined || isSaid(before.kind)) return false;
  const same = before.sender.kind === message.sender.kind && before.sender.external_id === message.sender.external_id;
  return same && Date.parse(message.sent_at) - Date.parse(before.sent_at) < JOINED_MS;
}
