/**
 * Asks while somebody types: the newest question wins, older ones are cancelled and their answers dropped. Hits of the last
 * answer stay until the next is there. Pages follow by the server's key.
 */
import { type ComputedRef, computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import { api, ask, isAbort } from "../../api/client";
import { FACETS, type FacetName, composed } from "./filters";
import type { Answer, Count, Facets, Hit } from "./shapes";
import { type SearchState, asksSomething } from "./state";

const PAGE = 40;
/** Counts of facets that were chosen from, kept so that choosing a second value asks nothing. */
const COUNTS_KEPT_MAX = 60;

const noCounts = (): Facets => ({ kind: [], month: [], sender: [], conversation: [] });

export interface Search {
  hits: ComputedRef<readonly Hit[]>;
  total: ComputedRef<number | undefined>;
  facets: ComputedRef<Facets>;
  /** From asking to having, as the person waits. */
  tookMs: ComputedRef<number | undefined>;
  fault: ComputedRef<unknown>;
  /** The first page of a new question is under way. */
  asking: ComputedRef<boolean>;
  loadingMore: ComputedRef<boolean>;
  complete: ComputedRef<boolean>;
  more: () => Promise<void>;
  again: () => void;
}

/** What is shown, and what is under way. */
class Held {
  readonly hits = shallowRef<readonly Hit[]>([]);
  readonly answer = shallowRef<Answer>();
  readonly facets = shallowRef<Facets>(noCounts());
  readonly tookMs = ref<number>();
  readonly fault = shallowRef<unknown>();
  readonly asking = ref(false);
  readonly loadingMore = ref(false);
  readonly counts = new FacetCounts();
  running: AbortController | undefined;

  /** Cancels what is under way; the signal of what comes in its place. */
  renew(): AbortSignal {
    this.running?.abort();
    this.running = new AbortController();
    this.loadingMore.value = false;
    return this.running.signal;
  }

  clear(fault?: unknown): void {
    this.hits.value = [];
    this.answer.value = undefined;
    this.facets.value = noCounts();
    this.fault.value = fault;
    this.asking.value = false;
  }
}

async function start(held: Held, asked: SearchState): Promise<void> {
  const signal = held.renew();
  if (!asksSomething(asked)) return held.clear();
  held.asking.value = true;
  const began = performance.now();
  try {
    const found = await page(asked, undefined, signal);
    if (signal.aborted) return;
    held.tookMs.value = performance.now() - began;
    [held.answer.value, held.hits.value, held.fault.value, held.asking.value] = [found, found.items, undefined, false];
    const facets = await held.counts.of(asked, found, signal, (early) => (held.facets.value = early));
    if (!signal.aborted) held.facets.value = facets;
  } catch (cause) {
    if (!signal.aborted && !isAbort(cause)) held.clear(cause);
  }
}

async function more(held: Held, asked: SearchState): Promise<void> {
  const after = held.answer.value?.next;
  const signal = held.running?.signal;
  if (!after || held.loadingMore.value || held.asking.value || !signal) return;
  held.loadingMore.value = true;
  try {
    const found = await page(asked, after, signal);
    if (signal.aborted) return;
    held.hits.value = [...held.hits.value, ...found.items];
    held.answer.value = { ...found, facets: held.answer.value?.facets ?? found.facets };
  } catch (cause) {
    if (!signal.aborted && !isAbort(cause)) held.fault.value = cause;
  } finally {
    if (!signal.aborted) held.loadingMore.value = false;
  }
}

export function useSearch(state: () => SearchState): Search {
  const held = new Held();
  const again = (): void => {
    held.counts.forget();
    void start(held, state());
  };
  watch(() => JSON.stringify([composed(state().query, state().filters), state().sort]), () => void start(held, state()), { immediate: true });
  onScopeDispose(() => held.running?.abort());
  return {
    hits: computed(() => held.hits.value),
    total: computed(() => held.answer.value?.total),
    facets: computed(() => held.facets.value),
    tookMs: computed(() => held.tookMs.value),
    fault: computed(() => held.fault.value),
    asking: computed(() => held.asking.value),
    loadingMore: computed(() => held.loadingMore.value),
    complete: computed(() => held.answer.value !== undefined && !held.answer.value.next),
    more: () => more(held, state()),
    again,
  };
}

function page(state: SearchState, after: string | undefined, signal: AbortSignal): Promise<Answer> {
  const first = after === undefined;
  const body = { query: composed(state.query, state.filters), sort: state.sort, limit: PAGE, ...(first ? { facets: [...FACETS] } : { after }) };
  return ask(api.POST("/api/v1/messages/search", { body: { facets: [], ...body }, signal }));
}

/** A facet that was chosen from is counted without its own choice, or only the chosen values would be left to choose. */
class FacetCounts {
  private readonly kept = new Map<string, Count[]>();

  async of(state: SearchState, answer: Answer, signal: AbortSignal, early: (facets: Facets) => void): Promise<Facets> {
    const found: Facets = { ...answer.facets };
    const missing: FacetName[] = [];
    for (const name of FACETS) {
      const key = keyOf(state, name);
      if (state.filters[name].length === 0) this.keep(key, answer.facets[name]);
      const known = this.kept.get(key);
      if (known) found[name] = known;
      else missing.push(name);
    }
    if (missing.length > 0) early({ ...found });
    await Promise.all(missing.map(async (name) => {
      const query = composed(state.query, state.filters, name);
      const { facets } = await ask(api.POST("/api/v1/messages/search", { body: { query, sort: "time", limit: 1, facets: [name] }, signal }));
      this.keep(keyOf(state, name), facets[name]);
      found[name] = facets[name];
    }));
    return found;
  }

  forget(): void {
    this.kept.clear();
  }

  private keep(key: string, counts: Count[]): void {
    this.kept.set(key, counts);
    const [oldest] = this.kept.keys();
    if (this.kept.size > COUNTS_KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }
}

function keyOf(state: SearchState, name: FacetName): string {
  return `${name} ${composed(state.query, state.filters, name)}`;
}
