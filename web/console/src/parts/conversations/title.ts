/** What a conversation is called: its own name, or its people. */
import type { ConversationView } from "../../api/types";
import { t } from "../../i18n";
import { partyName } from "../../ui/party";

const NAMES_MAX = 3;

export function titleOf(conversation: Pick<ConversationView, "title" | "contacts" | "members">): string {
  if (conversation.title) return conversation.title;
  const names = [...(conversation.contacts ?? []), ...(conversation.members ?? [])].map(partyName);
  return names.length === 0 ? t("list.untitled") : names.slice(0, NAMES_MAX).join("、");
}
