/** Names for the API's shapes that show a message, and JSON as it comes in a body. */
import type { Schemas } from "../../api/client";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type MessageView = Schemas["MessageView"];
export type MediaView = Schemas["MediaView"];
export type PartyView = Schemas["PartyView"];
export type MessageKind = Schemas["MessageKind"];
export type Level = Schemas["Level"];
export type Highlight = Schemas["Highlight"];
