/** What can be told of a conversation beyond its messages: counts, consent, files. What the reader may not ask is left out. */
import { available, permitted } from "../../../api/client";
import { useLoad } from "../../../ui/load";
import { useSession } from "../../../ui/session";
import { consentsOf, surveyOf } from "../api";
import type { ConversationView } from "../types";

/** Groups may have hundreds of contacts; the first ones tell enough. */
const CONSENTS_MAX = 8;
export const FILES_MAX = 60;

export type FileTab = "file" | "picture" | "link";
const TAB_QUERY: Record<FileTab, string> = {
  file: "(kind:file OR kind:voip_doc_share OR kind:qydiskfile OR kind:docmsg)",
  picture: "(kind:image OR kind:video)",
  link: "(kind:link OR kind:news OR kind:weapp)",
};

export function useFacts(conversation: () => ConversationView, tab: () => FileTab) {
  const session = useSession();
  const id = (): string => String(conversation().id);
  const counts = useLoad(async (signal) => (session.may("message.search") ? permitted(surveyOf(id(), "", 1, signal)) : undefined), () => [id()]);
  const files = useLoad(async (signal) => (session.may("message.search") ? permitted(surveyOf(id(), TAB_QUERY[tab()], FILES_MAX, signal)) : undefined), () => [id(), tab()]);
  const consents = useLoad(async (signal) => {
    if (!session.may("consent.read")) return new Map<number, string>();
    const contacts = conversation().contacts.filter((one) => one.kind === "contact").slice(0, CONSENTS_MAX);
    const pages = await Promise.all(contacts.map((one) => available(consentsOf(one.id, signal)).catch(() => undefined)));
    return new Map(contacts.map((one, index) => [one.id, pages[index]?.items[0]?.consent ?? "none"]));
  }, () => [id()]);
  return { counts, files, consents };
}

/** The months of a facet in their order; `value` is `2026-11`. */
export function monthsOf(facet: readonly { value: string; count: number }[]): { month: string; count: number; share: number }[] {
  const most = Math.max(1, ...facet.map((one) => one.count));
  return facet.map((one) => ({ month: one.value, count: one.count, share: one.count / most })).sort((one, other) => one.month.localeCompare(other.month));
}
