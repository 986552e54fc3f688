/** How a person is named and drawn. */
import type { PartyView } from "../api/types";
import { t } from "../i18n";
import { h } from "./dom";

export function partyName(party: PartyView | undefined): string {
  return party?.name || party?.external_id || t("talk.unknown_party");
}

/** The last two characters of a Chinese name, the first of another. */
function initials(name: string): string {
  const characters = Array.from(name);
  const chinese = /\p{Script=Han}/u.test(name);
  return (chinese ? characters.slice(-2) : characters.slice(0, 1)).join("").toUpperCase();
}

export function avatar(party: PartyView | undefined): HTMLElement {
  const kind = party?.kind ?? "contact";
  return h("span", { class: `avatar avatar--${kind}`, "aria-hidden": "true" }, initials(partyName(party)));
}
