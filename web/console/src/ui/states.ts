/** Loading, empty, failed, not permitted: designed once, the same everywhere. */
import { ApiFailure } from "../api/client";
import { find, t } from "../i18n";
import { h } from "./dom";
import { type IconName, icon } from "./icons";

interface Panel {
  icon: IconName;
  title: string;
  help?: string | undefined;
  detail?: string | undefined;
  action?: HTMLElement | undefined;
  tone?: "danger";
}

export function statePanel(panel: Panel): HTMLElement {
  return h(
    "div",
    { class: `state ${panel.tone === "danger" ? "state--danger" : ""}` },
    h("span", { class: "state__icon" }, icon(panel.icon)),
    h("p", { class: "state__title" }, panel.title),
    panel.help !== undefined && h("p", { class: "state__help" }, panel.help),
    panel.detail !== undefined && h("p", { class: "state__detail" }, panel.detail),
    panel.action,
  );
}

export function loading(): HTMLElement {
  return h("div", { class: "state state--loading", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), t("state.loading"));
}

/** Grey bars where rows will be. */
export function skeleton(rows: number): HTMLElement {
  const bars = Array.from({ length: rows }, () => h("div", { class: "skeleton__row" }));
  return h("div", { class: "skeleton", role: "status", "aria-label": t("state.loading") }, bars);
}

const KINDS: Record<number, string> = {
  0: "network", 400: "invalid", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 429: "too_many", 503: "unavailable",
};

/** What to tell people of a failure: by its code if there is a text, else by its kind. */
export function failureText(cause: unknown): string {
  if (!(cause instanceof ApiFailure)) return t("error.internal");
  return find(`error.${cause.code}`) ?? find(`error.${KINDS[cause.status] ?? "internal"}`) ?? t("error.internal");
}

export function failureDetail(cause: unknown): string | undefined {
  if (!(cause instanceof ApiFailure) || cause.status === 0) return undefined;
  const request = cause.requestId === undefined ? "" : ` · ${t("error.request", { id: cause.requestId })}`;
  return t("error.code", { code: cause.code }) + request;
}

export function failed(cause: unknown, retry?: () => void): HTMLElement {
  const detail = failureDetail(cause);
  if (cause instanceof ApiFailure && cause.status === 403) {
    return statePanel({ icon: "lock", title: t("state.forbidden"), help: t("state.forbidden_help"), detail });
  }
  if (cause instanceof ApiFailure && cause.status === 404) {
    return statePanel({ icon: "search", title: t("state.not_found"), help: t("state.not_found_help"), detail });
  }
  const action = retry && h("button", { class: "button", type: "button", on: { click: retry } }, t("state.retry"));
  return statePanel({ icon: "alarm", tone: "danger", title: t("state.failed"), help: failureText(cause), detail, action });
}
