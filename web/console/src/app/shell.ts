/** Top bar, navigation, the view of the route, and the proof beside it. */
import type { Session } from "../api/session";
import { type Key, t } from "../i18n";
import { conversationsView } from "../parts/conversations/conversations";
import { intakeView } from "../parts/intake/intake";
import { proofPanel } from "../parts/proof/panel";
import { searchView } from "../parts/search/search";
import { h, replace } from "../ui/dom";
import { type IconName, icon } from "../ui/icons";
import { type Route, currentRoute, go, linkWith } from "../ui/route";
import { statePanel } from "../ui/states";
import type { View } from "../ui/view";

interface Section {
  path: string;
  label: Key;
  icon: IconName;
  permission: string;
  open: (route: Route) => View;
}

const SECTIONS: readonly Section[] = [
  { path: "", label: "nav.intake", icon: "pulse", permission: "archive.status", open: intakeView },
  { path: "search", label: "nav.search", icon: "search", permission: "conversation.read", open: searchView },
  { path: "conversations", label: "nav.conversations", icon: "chat", permission: "conversation.read", open: conversationsView },
];

export interface ShellActions {
  switchLanguage: () => void;
  signOut: () => void;
}

export function shell(session: Session, actions: ShellActions): { element: HTMLElement; stop: () => void } {
  const main = h("main", { class: "main", id: "main", tabindex: "-1" });
  const aside = h("div", { class: "aside" });
  const sections = SECTIONS.filter((section) => session.permissions.has(section.permission));
  const links = sections.map((section) => navLink(section));
  let shown: { section: Section; view: View } | undefined;
  let proof: { record: string; view: View } | undefined;

  const showView = (route: Route): void => {
    const section = sections.find((one) => one.path === (route.path[0] ?? "")) ?? sections[0];
    if (section === undefined) {
      replace(main, statePanel({ icon: "lock", title: t("state.forbidden"), help: t("state.forbidden_help") }));
      return;
    }
    links.forEach((link, at) => (sections[at] === section ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
    document.title = `${t(section.label)} · ${t("app.name")}`;
    if (shown?.section === section && shown.view.follow) {
      shown.view.follow(route);
      return;
    }
    shown?.view.stop?.();
    shown = { section, view: section.open(route) };
    replace(main, shown.view.element);
    window.scrollTo(0, 0);
  };
  const closeProof = (): void => go(linkWith(currentRoute(), { proof: undefined }));
  const showProof = (route: Route): void => {
    const record = route.params.get("proof") ?? "";
    if ((proof?.record ?? "") === record) return;
    const before = proof?.record ?? "";
    proof?.view.stop?.();
    proof = record === "" ? undefined : { record, view: proofPanel(record, closeProof) };
    replace(aside, proof?.view.element);
    document.body.classList.toggle("has-aside", proof !== undefined);
    if (proof) proof.view.element.focus();
    else main.querySelector<HTMLElement>(`[data-proof="${CSS.escape(before)}"]`)?.focus();
  };
  const follow = (): void => {
    const route = currentRoute();
    showView(route);
    showProof(route);
  };
  const stop = (): void => {
    window.removeEventListener("hashchange", follow);
    shown?.view.stop?.();
    proof?.view.stop?.();
    document.body.classList.remove("has-aside");
  };
  const element = h("div", { class: "shell" }, skipLink(main), topBar(session, actions, links), h("div", { class: "stage" }, main, aside));
  window.addEventListener("hashchange", follow);
  follow();
  return { element, stop };
}

function skipLink(main: HTMLElement): HTMLElement {
  return h("button", { class: "skip", type: "button", on: { click: () => main.focus() } }, t("top.skip"));
}

function navLink(section: Section): HTMLAnchorElement {
  return h("a", { class: "nav__link", href: `#/${section.path}` }, icon(section.icon), h("span", null, t(section.label)));
}

export function brand(): HTMLElement {
  return h("span", { class: "brand" }, h("img", { class: "brand__mark", src: "/favicon.svg", alt: "", width: 28, height: 28 }), h("span", { class: "brand__name" }, t("app.name")));
}

function topBar(session: Session, actions: ShellActions, links: HTMLElement[]): HTMLElement {
  return h(
    "header",
    { class: "top" },
    h("a", { class: "top__home", href: "#/" }, brand()),
    h("nav", { class: "nav", "aria-label": t("nav.label") }, links),
    h(
      "div",
      { class: "top__end" },
      h("button", { class: "button button--quiet", type: "button", "aria-label": t("top.language_label"), on: { click: actions.switchLanguage } }, t("top.language")),
      h("span", { class: "top__user" }, icon("person"), h("span", { class: "top__user-name" }, session.name)),
      h("button", { class: "button button--quiet", type: "button", title: t("top.sign_out"), "aria-label": t("top.sign_out"), on: { click: actions.signOut } }, icon("exit"), h("span", { class: "top__exit" }, t("top.sign_out"))),
    ),
  );
}
