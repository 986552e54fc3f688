/** Asking while somebody types: only the newest question counts, pages follow by key, chosen facets keep their other values. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import type { Schemas } from "../src/api/client";
import { noFilters } from "../src/parts/search/filters";
import { flatRows, groupedRows } from "../src/parts/search/rows";
import { cut, snippetsOf } from "../src/parts/search/snippet";
import { type SearchState, stateOf } from "../src/parts/search/state";
import { type Search, useSearch } from "../src/parts/search/useSearch";

type Hit = Schemas["HitView"];

function hit(record: number, conversation = 1, text = `第 ${record} 条`): Hit {
  const message: Schemas["MessageView"] = {
    record, conversation, source: 1, seq: record, msgid: `m${record}`, kind: "text", action: "send", sender: { kind: "member", id: 1, name: "张三", external_id: "zs" }, recipients: [],
    sent_at: "2026-01-01T00:00:00Z", observed_at: "2026-01-01T00:00:00Z", level: "text", body: {}, pieces: [{ role: "text", text }], media: [], proof: { state: "logged", leaf_index: record },
  };
  return { message, highlights: [], conversation: { id: conversation, title: `会话 ${conversation}` } };
}

interface Asked {
  body: { query: string; after?: string; facets: string[]; limit: number };
  signal: AbortSignal;
  answer: (page: Partial<Schemas["SearchPage"]>) => Promise<void>;
}

const asked: Asked[] = [];
const count = (value: string, n = 1): Schemas["Count"] => ({ value, label: value, count: n });
let state = ref<SearchState>(stateOf({}));
let scope = effectScope();
let search: Search;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

beforeEach(async () => {
  asked.length = 0;
  vi.stubGlobal("fetch", (request: Request) => new Promise<Response>((resolve, reject) => {
    request.signal.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
    void request.json().then((body: Asked["body"]) => asked.push({
      body, signal: request.signal,
      answer: async (page) => {
        resolve(Response.json({ items: [], total: 0, facets: { kind: [], month: [], sender: [], conversation: [] }, took_ms: 1, ...page }));
        await settle();
      },
    }));
  }));
  state = ref(stateOf({}));
  scope = effectScope();
  search = scope.run(() => useSearch(() => state.value)) as Search;
  await settle();
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
});

async function type(query: string, more: Partial<SearchState> = {}): Promise<void> {
  state.value = { ...state.value, query, ...more };
  await nextTick();
  await settle();
}

test("nothing is asked of nothing, and an emptied box forgets the hits", async () => {
  expect(asked).toHaveLength(0);
  await type("退");
  await asked[0]?.answer({ items: [hit(1)], total: 1 });
  expect(search.hits.value).toHaveLength(1);
  await type(" ");
  expect(asked).toHaveLength(1);
  expect([search.hits.value.length, search.total.value]).toEqual([0, undefined]);
});

test("an older answer that comes late is dropped", async () => {
  await type("退");
  await type("退款");
  expect(asked.map((one) => one.body.query)).toEqual(["退", "退款"]);
  expect(asked[0]?.signal.aborted).toBe(true);
  await asked[1]?.answer({ items: [hit(2)], total: 1 });
  await asked[0]?.answer({ items: [hit(1), hit(3)], total: 2 });
  expect(search.hits.value.map((one) => one.message.record)).toEqual([2]);
  expect(search.asking.value).toBe(false);
});

test("the last hits stay while the next are on their way; a fault is told and the next question goes on", async () => {
  await type("a");
  await asked[0]?.answer({ items: [hit(1)], total: 1 });
  await type("ab");
  expect([search.hits.value.length, search.asking.value]).toEqual([1, true]);
  vi.stubGlobal("fetch", async () => Response.json({ error: { code: "search.syntax", message: "the query cannot be read at character 2: x" } }, { status: 400 }));
  await type("abc");
  expect(search.fault.value).toMatchObject({ code: "search.syntax", status: 400 });
  expect(search.hits.value).toHaveLength(0);
});

test("pages follow by the server's key, one at a time", async () => {
  await type("a");
  await asked[0]?.answer({ items: [hit(1)], total: 2, next: "k1" });
  void search.more();
  void search.more();
  await settle();
  expect(asked).toHaveLength(2);
  expect(asked[1]?.body).toMatchObject({ after: "k1", facets: [] });
  await asked[1]?.answer({ items: [hit(2)], total: 2 });
  expect(search.hits.value.map((one) => one.message.record)).toEqual([1, 2]);
  expect(search.complete.value).toBe(true);
  await search.more();
  expect(asked).toHaveLength(2);
});

test("a facet that was chosen from keeps the values it offered, without asking again", async () => {
  await type("a");
  const kind = [count("text", 5), count("file", 2)];
  await asked[0]?.answer({ items: [hit(1)], total: 7, facets: { kind, month: [count("2026-01", 7)], sender: [], conversation: [] } });
  await type("a", { filters: { ...noFilters(), kind: ["file"] } });
  expect(asked[1]?.body.query).toBe("a kind:file");
  await asked[1]?.answer({ items: [hit(2)], total: 2, facets: { kind: [count("file", 2)], month: [count("2026-01", 2)], sender: [], conversation: [] } });
  expect(asked).toHaveLength(2);
  expect(search.facets.value.kind).toEqual(kind);
  expect(search.facets.value.month).toEqual([count("2026-01", 2)]);
});

test("a link with a chosen facet asks for its other values", async () => {
  await type("a", { filters: { ...noFilters(), kind: ["file"] } });
  await asked[0]?.answer({ items: [hit(2)], total: 2, facets: { kind: [count("file", 2)], month: [], sender: [], conversation: [] } });
  expect(asked[1]?.body).toMatchObject({ query: "a", facets: ["kind"], limit: 1 });
  await asked[1]?.answer({ facets: { kind: [count("text", 5), count("file", 2)], month: [], sender: [], conversation: [] } });
  expect(search.facets.value.kind).toHaveLength(2);
});

test("rows: hits one after the other, or three under each conversation with the rest one click away", () => {
  const hits = [hit(1, 7), hit(2, 8), hit(3, 7), hit(4, 7), hit(5, 7)];
  expect(flatRows(hits).map((row) => row.key)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
  const rows = groupedRows(hits, [count("7", 9)]);
  expect(rows.map((row) => row.key)).toEqual(["c7", "h1", "h3", "h4", "m7", "c8", "h2"]);
  expect(rows[0]).toMatchObject({ total: 9, loaded: 4 });
  expect(rows[4]).toMatchObject({ hidden: 6 });
  expect(rows[5]).toMatchObject({ total: undefined, loaded: 1 });
  expect(rows.flatMap((row) => (row.type === "hit" ? [row.place] : []))).toEqual([0, 1, 2, 3]);
});

test("snippets mark exactly the server's bytes and never cut a character", () => {
  const found = { ...hit(1, 1, "😀您好，退款已到账"), highlights: [{ piece: 0, start: 13, end: 19 }] };
  expect(snippetsOf(found)).toEqual([[{ text: "😀您好，", marked: false }, { text: "退款", marked: true }, { text: "已到账", marked: false }]]);
  const long = `${"😀".repeat(100)}退款${"好".repeat(300)}`;
  const runs = cut(long, [{ start: 200, end: 202 }]);
  expect(runs.find((run) => run.marked)?.text).toBe("退款");
  expect(runs[0]?.text).toBe("…");
  expect(runs.map((run) => run.text).join("")).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
});
