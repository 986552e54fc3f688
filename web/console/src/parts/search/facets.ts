/** How the hits spread over kinds, months and senders; each line narrows the query. */
import type { FacetValue, SearchAnswer } from "../../api/types";
import { type Key, t } from "../../i18n";
import { h } from "../../ui/dom";
import { formatNumber } from "../../ui/format";
import { kindName } from "../../ui/message/content";
import { link } from "../../ui/route";
import { hasField, withField, withMonth, withoutField } from "./query";

const SHOWN_MAX = 8;

interface Facet {
  title: Key;
  values: readonly FacetValue[];
  text: (value: FacetValue) => string;
  narrow: (value: FacetValue) => string;
  /** The query without this facet's condition, if it has one. */
  widen: string | undefined;
}

export function facetList(query: string, sort: string, facets: SearchAnswer["facets"]): HTMLElement[] {
  const widen = (...fields: string[]): string | undefined => (fields.some((field) => hasField(query, field)) ? fields.reduce(withoutField, query) : undefined);
  const all: Facet[] = [
    { title: "search.facet_kind", values: facets?.kind ?? [], text: (value) => kindName(value.value), narrow: (value) => withField(query, "kind", value.value), widen: widen("kind") },
    { title: "search.facet_month", values: newestFirst(facets?.month ?? []), text: (value) => value.label, narrow: (value) => withMonth(query, value.value), widen: widen("after", "before") },
    { title: "search.facet_sender", values: facets?.sender ?? [], text: (value) => value.label || value.value, narrow: (value) => withField(query, "from", value.value), widen: widen("from") },
  ];
  return all.filter((facet) => facet.values.length > 0).map((facet) => facetBlock(facet, sort));
}

function newestFirst(values: readonly FacetValue[]): FacetValue[] {
  return [...values].sort((one, other) => other.value.localeCompare(one.value));
}

function facetBlock(facet: Facet, sort: string): HTMLElement {
  const max = Math.max(...facet.values.map((value) => value.count));
  const line = (value: FacetValue): HTMLElement => {
    const bar = h("span", { class: "facet__bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(value.count / max));
    return h("li", null, h("a", { class: "facet__line", href: link(["search"], { q: facet.narrow(value), sort }) }, bar, h("span", { class: "facet__text" }, facet.text(value)), h("span", { class: "facet__count" }, formatNumber(value.count))));
  };
  const all = facet.widen !== undefined && h("a", { class: "facet__all", href: link(["search"], { q: facet.widen, sort }) }, t("list.all"));
  const rest = facet.values.slice(SHOWN_MAX);
  return h(
    "section",
    { class: "facet" },
    h("h2", { class: "facet__title" }, t(facet.title), all),
    h("ul", null, facet.values.slice(0, SHOWN_MAX).map(line)),
    rest.length > 0 && h("details", null, h("summary", null, t("search.facet_more")), h("ul", null, rest.map(line))),
  );
}
