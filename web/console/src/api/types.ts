/** The shapes that the server answers with. Times are RFC 3339 UTC, bytes are base64. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type Level = "metadata" | "masked" | "text";
export type PartyKind = "member" | "contact" | "bot";

export interface PartyView {
  kind: PartyKind;
  id?: number;
  name?: string | null;
  external_id?: string | null;
}

export type PieceRole = "text" | "title" | "description" | "file_name" | "name" | "place" | "nested";

export interface Piece {
  role: PieceRole;
  text: string;
}

export type MediaState = "pending" | "fetching" | "stored" | "failed" | "lost";

export interface MediaView {
  media: number;
  ordinal: number;
  kind: string;
  name?: string | null;
  size?: number | null;
  state: MediaState;
  reason?: string | null;
  content_type?: string | null;
}

export interface MessageView {
  record: number;
  conversation: number;
  source: number;
  seq: number;
  msgid: string;
  kind: string;
  action: "send" | "recall" | "switch";
  sender: PartyView;
  recipients: PartyView[];
  room?: string | null;
  sent_at: string;
  observed_at: string;
  level: Level;
  body?: Json;
  pieces?: Piece[] | null;
  media?: MediaView[] | null;
  revoked_by?: number | null;
  /** The record that this one takes back, when it is here. */
  revokes?: number | null;
  unknown_kind?: string | null;
  proof?: { state: "pending" | "logged"; leaf_index?: number | null };
}

export type ConversationKind = "pair" | "group" | "thread";

export interface ConversationView {
  id: number;
  kind: ConversationKind;
  title?: string | null;
  source?: number;
  members?: PartyView[];
  contacts?: PartyView[];
  first_at?: string | null;
  last_at?: string | null;
  messages?: number;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
  previous?: string | null;
}

export interface Highlight {
  piece: number;
  /** Bytes of the piece's UTF-8. */
  start: number;
  end: number;
}

export interface SearchHit {
  message: MessageView;
  highlights: Highlight[];
  conversation: { id: number; title?: string | null };
}

export interface FacetValue {
  /** As it can be put into the query. */
  value: string;
  /** For people; of a kind it is the name on the wire. */
  label: string;
  count: number;
}

export type FacetName = "kind" | "conversation" | "sender" | "month";
export type SearchSort = "time" | "relevance";

export interface SearchAnswer extends Page<SearchHit> {
  total: number;
  facets?: Partial<Record<FacetName, FacetValue[]>>;
  took_ms: number;
}

export interface ProofView {
  state: "pending" | "logged";
  log?: string;
  leaf_index?: number;
  tree_size?: number;
  leaf?: string;
  leaf_hash?: string;
  hashes?: string[];
  checkpoint?: string;
  vkey?: string;
  opening?: { blind: string; header: string; raw: string } | null;
}
