/** Conversations on the left, the chosen one on the right; on a phone one at a time. */
import { isAbort } from "../../api/client";
import { loadConversations } from "../../api/messages";
import type { ConversationKind, ConversationView, Page } from "../../api/types";
import { type Key, t } from "../../i18n";
import { h, replace } from "../../ui/dom";
import { formatDay, formatNumber } from "../../ui/format";
import { avatar, partyName } from "../../ui/party";
import { type Route, currentRoute, link } from "../../ui/route";
import { watchEnd } from "../../ui/scroll";
import { failed, skeleton, statePanel } from "../../ui/states";
import type { View } from "../../ui/view";
import { type Talk, talk } from "./talk";
import { titleOf } from "./title";

const FILTERS: readonly { kind: ConversationKind | undefined; label: Key }[] = [
  { kind: undefined, label: "list.all" },
  { kind: "pair", label: "list.pair" },
  { kind: "group", label: "list.group" },
];

export function conversationsView(route: Route): View {
  const known = new Map<string, ConversationView>();
  const pane = h("section", { class: "pane" });
  let list: List | undefined;
  let filter = "";
  let open: { id: string; at: string | null; talk: Talk } | undefined;
  const side = h("section", { class: "side", "aria-label": t("list.title") });
  const element = h("div", { class: "split" }, side, pane);

  const followList = (next: Route): void => {
    const wanted = next.params.get("kind") ?? "";
    if (list && wanted === filter) return;
    filter = wanted;
    list?.stop();
    list = makeList(wanted, (item) => {
      known.set(String(item.id), item);
    });
    replace(side, filterBar(next, wanted), list.element);
  };
  const followTalk = (next: Route): void => {
    const id = next.path[1];
    const at = next.params.get("at");
    element.classList.toggle("split--open", id !== undefined);
    list?.mark(id);
    if (open && open.id === id && open.at === at) return;
    open?.talk.stop();
    open = id === undefined ? undefined : { id, at, talk: talk(id, at, known.get(id)) };
    replace(pane, open?.talk.element ?? statePanel({ icon: "chat", title: t("list.pick"), help: t("list.pick_help") }));
  };
  const follow = (next: Route): void => {
    followList(next);
    followTalk(next);
  };
  follow(route);
  return {
    element,
    follow,
    stop: () => {
      list?.stop();
      open?.talk.stop();
    },
  };
}

function filterBar(route: Route, current: string): HTMLElement {
  const links = FILTERS.map((filter) =>
    h("a", { class: "segment", href: link(route.path, { kind: filter.kind }), "aria-current": (filter.kind ?? "") === current ? "true" : undefined }, t(filter.label)),
  );
  return h("div", { class: "side__head" }, h("h1", null, t("list.title")), h("div", { class: "segments", role: "group", "aria-label": t("list.filter_kind") }, links));
}

interface List {
  element: HTMLElement;
  mark(id: string | undefined): void;
  stop(): void;
}

function makeList(filter: string, seen: (item: ConversationView) => void): List {
  const abort = new AbortController();
  const rows = h("ul", { class: "rows" });
  const end = h("div", { class: "rows__end" }, skeleton(8));
  const element = h("div", { class: "side__scroll" }, rows, end);
  let after: string | undefined;
  let busy = false;
  let done = false;
  let marked: string | undefined;

  const more = async (): Promise<void> => {
    if (busy || done) return;
    busy = true;
    try {
      const kind = filter === "" ? undefined : (filter as ConversationKind);
      show(await loadConversations({ kind, after }, abort.signal));
    } catch (cause) {
      if (!isAbort(cause)) replace(end, failed(cause, () => void more()));
    }
    busy = false;
  };
  const show = (page: Page<ConversationView>): void => {
    after = page.next ?? undefined;
    done = after === undefined;
    page.items.forEach(seen);
    rows.append(...page.items.map(row));
    const none = rows.childElementCount === 0 && statePanel({ icon: "chat", title: t("list.none") });
    replace(end, none);
    markRow(rows, marked);
    if (!done) requestAnimationFrame(() => watcher.check());
  };
  const watcher = endWatcher(element, end, more);
  return {
    element,
    mark: (id) => {
      marked = id;
      markRow(rows, id);
    },
    stop: () => {
      abort.abort();
      watcher.stop();
    },
  };
}

/** Watches the end anew after each page, since it may still be in sight. */
function endWatcher(root: HTMLElement, end: HTMLElement, more: () => Promise<void>): { check(): void; stop(): void } {
  let watcher = watchEnd(root, end, () => void more());
  return {
    check: () => {
      watcher.stop();
      watcher = watchEnd(root, end, () => void more());
    },
    stop: () => watcher.stop(),
  };
}

function markRow(rows: HTMLElement, id: string | undefined): void {
  for (const row of rows.querySelectorAll<HTMLElement>(".row")) {
    if (row.dataset["id"] === id) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function row(conversation: ConversationView): HTMLElement {
  const party = conversation.contacts?.[0] ?? conversation.members?.[0];
  const members = (conversation.members ?? []).map(partyName).slice(0, 3).join("、");
  const open = h(
    "a",
    { class: "row", href: "#", "data-id": conversation.id },
    avatar(party),
    h(
      "span",
      { class: "row__text" },
      h("span", { class: "row__title" }, titleOf(conversation), conversation.kind === "group" && h("span", { class: "chip" }, t("list.group_one"))),
      h("span", { class: "row__note" }, [members, conversation.messages === undefined ? "" : t("list.messages", { count: formatNumber(conversation.messages) })].filter(Boolean).join(" · ")),
    ),
    h("time", { class: "row__time" }, conversation.last_at ? formatDay(conversation.last_at) : ""),
  );
  // The filter in force stays in the link.
  const aim = (): void => open.setAttribute("href", link(["conversations", conversation.id], { kind: currentRoute().params.get("kind") ?? undefined }));
  aim();
  return h("li", null, open);
}
