/** One conversation: pages of messages upwards and downwards, a jump to a record, and who takes part. */
import { isAbort } from "../../api/client";
import { type Place, loadConversation, loadMessages } from "../../api/messages";
import type { ConversationView, Level, MessageView, Page } from "../../api/types";
import { t } from "../../i18n";
import { h, replace } from "../../ui/dom";
import { formatDay } from "../../ui/format";
import { icon } from "../../ui/icons";
import { partyName } from "../../ui/party";
import { link } from "../../ui/route";
import { failed, skeleton, statePanel } from "../../ui/states";
import { bubble } from "./bubble";
import { titleOf } from "./title";
import { isOwnSide } from "./side";

export interface Talk {
  element: HTMLElement;
  stop(): void;
}

interface State {
  id: string;
  at: string | null;
  messages: MessageView[];
  /** Keys of the pages beyond what is shown. */
  earlier: string | undefined;
  later: string | undefined;
}

export function talk(id: string, at: string | null, conversation: ConversationView | undefined): Talk {
  const abort = new AbortController();
  const state: State = { id, at, messages: [], earlier: undefined, later: undefined };
  const head = h("header", { class: "talk__head" });
  const notice = h("div");
  const list = h("ol", { class: "talk__list" });
  const up = h("button", { class: "button talk__more", type: "button", hidden: true, on: { click: () => void page("before") } }, t("talk.earlier"));
  const down = h("button", { class: "button talk__more", type: "button", hidden: true, on: { click: () => void page("after") } }, t("talk.later"));
  const scroll = h("div", { class: "talk__scroll", tabindex: "0", role: "region", "aria-label": t("nav.conversations") }, up, list, down);
  const element = h("div", { class: "talk" }, head, notice, scroll);

  const page = async (side: "before" | "after"): Promise<void> => {
    const key = side === "before" ? state.earlier : state.later;
    const button = side === "before" ? up : down;
    if (key === undefined || button.disabled) return;
    button.disabled = true;
    try {
      const before = scroll.scrollHeight - scroll.scrollTop;
      merge(state, await loadMessages(id, { at: side, key }, abort.signal), side);
      draw();
      if (side === "before") scroll.scrollTop = scroll.scrollHeight - before;
    } catch (cause) {
      if (!isAbort(cause)) replace(notice, failed(cause, () => void page(side)));
    }
    button.disabled = false;
  };
  const draw = (): void => {
    up.hidden = state.earlier === undefined;
    down.hidden = state.later === undefined;
    replace(list, rows(state));
    const level = lowestLevel(state.messages);
    replace(notice, level !== "text" && levelNotice(level));
  };
  const start = async (): Promise<void> => {
    replace(list, h("li", null, skeleton(6)));
    try {
      const place: Place = at === null ? { at: "end" } : { at: "around", record: at };
      merge(state, await loadMessages(id, place, abort.signal), "after");
      draw();
      if (state.messages.length === 0) replace(list, h("li", null, statePanel({ icon: "chat", title: t("talk.empty") })));
      settle(scroll, list, () => (place.at === "end" ? (scroll.scrollTop = scroll.scrollHeight) : showTarget(list)), abort.signal);
    } catch (cause) {
      if (!isAbort(cause)) replace(list, h("li", null, failed(cause, () => void start())));
    }
  };
  const setConversation = (found: ConversationView): void => replace(head, headContent(found, at !== null));
  const learn = async (): Promise<void> => setConversation(await loadConversation(id, abort.signal));
  replace(head, headContent(conversation, at !== null));
  scroll.addEventListener("scroll", () => scroll.scrollTop < 80 && !up.hidden && void page("before"), { passive: true });
  // What fails here is told where the messages would be.
  if (!conversation) void learn().catch(() => undefined);
  void start();
  return { element, stop: () => abort.abort() };
}

function headContent(conversation: ConversationView | undefined, jumped: boolean): HTMLElement[] {
  const members = (conversation?.members ?? []).map(partyName).join("、");
  const contacts = (conversation?.contacts ?? []).map(partyName).join("、");
  const back = h("a", { class: "button button--quiet talk__back", href: "#/conversations", "aria-label": t("list.back") }, icon("back"));
  const title = h("div", { class: "talk__names" }, h("h2", null, conversation ? titleOf(conversation) : t("nav.conversations")), conversation && h("p", { class: "muted" }, t("talk.members", { members: members || "–", contacts: contacts || "–" })));
  const latest = jumped && conversation ? [h("a", { class: "button button--small", href: link(["conversations", conversation.id]) }, t("talk.latest"))] : [];
  return [back, title, ...latest];
}

function merge(state: State, page: Page<MessageView>, side: "before" | "after"): void {
  const first = state.messages.length === 0;
  const known = new Set(state.messages.map((message) => message.record));
  const fresh = page.items.filter((message) => !known.has(message.record));
  state.messages = side === "before" ? [...fresh, ...state.messages] : [...state.messages, ...fresh];
  if (first || side === "before") state.earlier = page.previous ?? undefined;
  if (first || side === "after") state.later = page.next ?? undefined;
}

function rows(state: State): HTMLElement[] {
  const made: HTMLElement[] = [];
  let day = "";
  let sender = "";
  for (const message of state.messages) {
    const today = formatDay(message.sent_at);
    if (today !== day) made.push(h("li", { class: "day" }, h("time", { datetime: today }, today)));
    const name = partyName(message.sender);
    const target = String(message.record) === state.at;
    made.push(bubble(message, { own: isOwnSide(message, state.messages), named: today !== day || name !== sender, target }));
    [day, sender] = [today, name];
  }
  return made;
}

/** Keeps the place while pictures come in and make the list longer, until the reader moves. */
function settle(scroll: HTMLElement, list: HTMLElement, place: () => void, signal: AbortSignal): void {
  const observer = new ResizeObserver(place);
  observer.observe(list);
  const stop = (): void => observer.disconnect();
  for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) scroll.addEventListener(moved, stop, { once: true, passive: true });
  signal.addEventListener("abort", stop);
}

function showTarget(list: HTMLElement): void {
  list.querySelector(".message--target")?.scrollIntoView({ block: "center" });
}

function lowestLevel(messages: readonly MessageView[]): Level {
  if (messages.some((message) => message.level === "metadata")) return "metadata";
  return messages.some((message) => message.level === "masked") ? "masked" : "text";
}

function levelNotice(level: "masked" | "metadata"): HTMLElement {
  return h("div", { class: "notice" }, icon("lock"), h("p", null, h("strong", null, t(`talk.level_${level}`)), " ", t(`talk.level_${level}_help`)));
}
