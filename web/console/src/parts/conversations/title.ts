/** What a conversation and its people are called. */
import type { ConversationView, PartyView } from "./types";

const NAMES_MAX = 3;

export function titleOf(conversation: Pick<ConversationView, "title" | "contacts" | "members"> | undefined, untitled: string): string {
  if (!conversation) return "";
  return conversation.title || namesOf([...conversation.contacts, ...conversation.members]) || untitled;
}

export function nameOf(party: PartyView): string {
  return party.name || party.external_id;
}

export function namesOf(parties: readonly PartyView[]): string {
  return parties.slice(0, NAMES_MAX).map(nameOf).join("、") + (parties.length > NAMES_MAX ? "…" : "");
}
