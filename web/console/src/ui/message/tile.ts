/** The card that most kinds are shown as: a mark, a title, some lines, perhaps an outside address as text. */
import { t } from "../../i18n";
import { type Children, h } from "../dom";
import { type IconName, icon } from "../icons";

export interface Tile {
  icon: IconName;
  label: string;
  title?: string | undefined;
  lines?: readonly (string | undefined | false)[];
  /** Shown, never followed: an address in a message is evidence, and opening it would tell the other side. */
  address?: string | undefined;
  content?: Children;
}

export function tile(parts: Tile): HTMLElement {
  const lines = (parts.lines ?? []).filter((line): line is string => typeof line === "string" && line !== "");
  return h(
    "div",
    { class: "tile" },
    h("p", { class: "tile__label" }, icon(parts.icon), parts.label),
    h("p", { class: "tile__title" }, parts.title ?? t("talk.untitled")),
    lines.map((line) => h("p", { class: "tile__line" }, line)),
    parts.content,
    parts.address !== undefined && h("p", { class: "tile__address" }, parts.address),
  );
}
