/** The part's names for the API's shapes. */
import type { Schemas } from "../../api/client";

export type ConversationView = Schemas["ConversationView"];
export type LastMessage = Schemas["LastMessage"];
export type ConversationKind = Schemas["ConversationKind"];
export type DepartmentView = Schemas["DepartmentView"];
export type MemberView = Schemas["MemberView"];
export type ContactView = Schemas["ContactView"];
export type PartyView = Schemas["PartyView"];
export type MessageView = Schemas["MessageView"];
export type DamagedMessage = Schemas["DamagedMessage"];
export type MessagePage = Schemas["MessagePage"];
export type SearchPage = Schemas["SearchPage"];
export type Highlight = Schemas["Highlight"];
