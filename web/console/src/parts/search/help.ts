/** What the search box understands. */
import { type Key, t } from "../../i18n";
import { h } from "../../ui/dom";
import { icon } from "../../ui/icons";

const FIELDS: readonly { sample: string; meaning: Key }[] = [
  { sample: "from:", meaning: "search.help_from" },
  { sample: "to:", meaning: "search.help_to" },
  { sample: "with:", meaning: "search.help_with" },
  { sample: "in:", meaning: "search.help_in" },
  { sample: "kind:", meaning: "search.help_kind" },
  { sample: "dept:", meaning: "search.help_dept" },
  { sample: "after:2026-01-01", meaning: "search.help_after" },
  { sample: "before:2026-02-01", meaning: "search.help_before" },
  { sample: "has:media", meaning: "search.help_media" },
  { sample: "ord*", meaning: "search.help_prefix" },
  { sample: "\"…\" AND OR NOT ( )", meaning: "search.help_words" },
];

/** A button and the list it opens; Escape closes. */
export function helpPopover(): HTMLElement {
  const rows = FIELDS.map((field) => [h("dt", null, h("code", null, field.sample)), h("dd", null, t(field.meaning))]);
  const popover = h("div", { class: "help", id: "query-help", popover: "auto" }, h("h2", { class: "card__title" }, t("search.help")), h("dl", { class: "help__list" }, rows.flat()));
  const button = h("button", { class: "button button--quiet", type: "button", popovertarget: "query-help", "aria-label": t("search.help") }, icon("help"));
  return h("span", { class: "help__place" }, button, popover);
}
