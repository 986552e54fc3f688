/** Search: one box, facets, hits. The query and its order stand in the link. */
import { isAbort } from "../../api/client";
import { searchMessages } from "../../api/messages";
import type { SearchAnswer, SearchSort } from "../../api/types";
import { type Key, t } from "../../i18n";
import { h, replace } from "../../ui/dom";
import { formatNumber } from "../../ui/format";
import { icon } from "../../ui/icons";
import { type Route, go, link } from "../../ui/route";
import { type Watcher, watchEnd } from "../../ui/scroll";
import { failed, loading, skeleton, statePanel } from "../../ui/states";
import type { View } from "../../ui/view";
import { facetList } from "./facets";
import { helpPopover } from "./help";
import { hitRow } from "./hit";

const SORTS: readonly { sort: SearchSort; label: Key }[] = [
  { sort: "time", label: "search.sort_time" },
  { sort: "relevance", label: "search.sort_relevance" },
];
const EXAMPLES = ["search.example_1", "search.example_2", "search.example_3"] as const;

interface Wanted {
  query: string;
  sort: SearchSort;
}

function wantedOf(route: Route): Wanted {
  return { query: route.params.get("q") ?? "", sort: route.params.get("sort") === "relevance" ? "relevance" : "time" };
}

export function searchView(route: Route): View {
  const input = h("input", { class: "input search__input", type: "search", name: "q", placeholder: t("search.placeholder"), "aria-label": t("search.title"), autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
  let wanted: Wanted = { query: "", sort: "time" };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    go(link(["search"], { q: input.value.trim(), sort: wanted.sort === "time" ? undefined : wanted.sort }));
  };
  const form = h(
    "form",
    { class: "search__form", role: "search", on: { submit } },
    h("div", { class: "search__box" }, icon("search"), input, helpPopover()),
    h("button", { class: "button button--primary", type: "submit" }, t("search.submit")),
  );
  const place = h("div");
  let results: Results | undefined;
  const follow = (next: Route): void => {
    const changed = wantedOf(next);
    if (results && changed.query === wanted.query && changed.sort === wanted.sort) return;
    wanted = changed;
    input.value = wanted.query;
    results?.stop();
    results = makeResults(wanted);
    replace(place, results.element);
  };
  follow(route);
  if (wanted.query === "") requestAnimationFrame(() => input.focus());
  return { element: h("div", { class: "page page--search" }, h("h1", { class: "visually-hidden" }, t("search.title")), form, place), follow, stop: () => results?.stop() };
}

interface Results {
  element: HTMLElement;
  stop(): void;
}

function makeResults(wanted: Wanted): Results {
  if (wanted.query === "") return { element: start(), stop: () => undefined };
  const abort = new AbortController();
  const bar = h("div", { class: "results__bar", role: "status" });
  const facets = h("aside", { class: "facets", "aria-label": t("search.facets") });
  const hits = h("ol", { class: "hits" });
  const end = h("div", { class: "rows__end" }, skeleton(6));
  let watcher: Watcher | undefined;

  const load = async (after: string | undefined): Promise<void> => {
    watcher?.stop();
    if (after !== undefined) replace(end, loading());
    try {
      const answer = await searchMessages({ ...wanted, after }, abort.signal);
      if (after === undefined) showFirst(answer);
      hits.append(...answer.items.map(hitRow));
      const next = answer.next ?? undefined;
      replace(end, next === undefined && answer.total > 0 && h("p", { class: "muted" }, t("state.end")));
      if (next !== undefined) watcher = watchEnd(null, end, () => void load(next));
    } catch (cause) {
      if (!isAbort(cause)) replace(end, failed(cause, () => void load(after)));
    }
  };
  const showFirst = (answer: SearchAnswer): void => {
    replace(bar, summary(answer), sortLinks(wanted));
    replace(facets, facetFold(facetList(wanted.query, wanted.sort, answer.facets)));
    if (answer.total === 0) replace(hits, h("li", null, statePanel({ icon: "search", title: t("search.none"), help: t("search.none_help") })));
  };
  void load(undefined);
  const stop = (): void => {
    abort.abort();
    watcher?.stop();
  };
  return { element: h("div", { class: "results" }, bar, facets, h("div", { class: "results__hits" }, hits, end)), stop };
}

function summary(answer: SearchAnswer): HTMLElement {
  const took = answer.took_ms < 1 ? "<1" : formatNumber(answer.took_ms);
  return h("p", { class: "results__total" }, h("strong", null, t("search.total", { count: formatNumber(answer.total) })), " ", h("span", { class: "muted" }, t("search.took", { ms: took })));
}

function sortLinks(wanted: Wanted): HTMLElement {
  const links = SORTS.map((one) => h("a", { class: "segment", href: link(["search"], { q: wanted.query, sort: one.sort === "time" ? undefined : one.sort }), "aria-current": one.sort === wanted.sort ? "true" : undefined }, t(one.label)));
  return h("div", { class: "segments", role: "group", "aria-label": t("search.sort_label") }, links);
}

/** Open beside the hits on a wide page, folded above them on a phone. */
function facetFold(blocks: HTMLElement[]): HTMLElement | undefined {
  if (blocks.length === 0) return undefined;
  const wide = window.matchMedia("(min-width: 56rem)").matches;
  return h("details", { class: "facets__fold", open: wide }, h("summary", null, t("search.facets")), blocks);
}

function start(): HTMLElement {
  const examples = EXAMPLES.map((key) => h("a", { class: "pill", href: link(["search"], { q: t(key) }) }, t(key)));
  const tries = h("p", { class: "pills" }, h("span", { class: "muted" }, t("search.try")), examples);
  return statePanel({ icon: "search", title: t("search.start"), help: t("search.start_help"), action: tries });
}
