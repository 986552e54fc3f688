/** The part's names for the API's shapes. */
import type { Schemas } from "../../api/client";

export type { Highlight, MessageView, PartyView } from "../../ui/message/types";
export type ConversationView = Schemas["ConversationView"];
export type LastMessage = Schemas["LastMessage"];
export type ConversationKind = Schemas["ConversationKind"];
export type DepartmentView = Schemas["DepartmentView"];
export type MemberView = Schemas["MemberView"];
export type ContactView = Schemas["ContactView"];
export type DamagedMessage = Schemas["DamagedMessage"];
export type MessagePage = Schemas["MessagePage"];
export type SearchPage = Schemas["SearchPage"];
