/** The part's names for the API's shapes. */
import type { Schemas } from "../../api/client";

/** The newest message of a conversation in a few words; servers that do not tell it leave it out. */
export interface LastMessage {
  record: number;
  kind: Schemas["MessageKind"];
  sender: Schemas["PartyView"];
  sent_at: string;
  text?: string | null;
}

export type ConversationView = Schemas["ConversationView"] & { last?: LastMessage | null };
export type ConversationKind = Schemas["ConversationKind"];
export type DepartmentView = Schemas["DepartmentView"];
export type MemberView = Schemas["MemberView"];
export type ContactView = Schemas["ContactView"];
export type PartyView = Schemas["PartyView"];
export type MessageView = Schemas["MessageView"];
export type MessagePage = Schemas["MessagePage"];
export type SearchPage = Schemas["SearchPage"];
export type Highlight = Schemas["Highlight"];
