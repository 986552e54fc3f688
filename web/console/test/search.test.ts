// @vitest-environment node
/** What people type: read as the server reads it (the cases of crates/search/src/language/tests.rs), cut into chips, completed, kept in links. */
import { describe, expect, test } from "vitest";
import { type Names, askedText, chosen, localChoices, namedChoices, placeAt, shanghaiDay } from "../src/parts/search/complete";
import { composed, nextMonth, noFilters, toggled } from "../src/parts/search/filters";
import { type Chip, chipText, faultOfQuery, queryText, quoted, readQuery, withChip } from "../src/parts/search/language";
import { forgetSearches, recentSearches, remember } from "../src/parts/search/recent";
import { asksSomething, routeOf, savedQuery, stateOf, stateOfSaved } from "../src/parts/search/state";

const shape = (chip: Chip): string => `${chip.not ? "!" : ""}${chip.type === "field" ? `${chip.field}=` : `${chip.type} `}${chip.value}`;
const shapes = (text: string): string => readQuery(text).map((chips) => chips.map(shape).join(", ")).join(" | ");

describe("reading", () => {
  test.each([
    ["", ""],
    ["退款", "word 退款"],
    ["退款 发票", "word 退款, word 发票"],
    ["退款 AND 发票 OR 合同", "word 退款, word 发票 | word 合同"],
    ["\"保本 保息\" -测试", "phrase 保本 保息, !word 测试"],
    ["“保本保息” NOT（测试 OR demo）", "phrase 保本保息, !group （测试 OR demo）"],
    ["cont*", "prefix cont"],
    ["a-b 3-4", "word a-b, word 3-4"],
    ["from:张三 to:\"李 四\" kind:image", "from=张三, to=李 四, kind=image"],
    ["dept:销售部 after:2026-01-01 before:2026-02-01T08:00", "dept=销售部, after=2026-01-01, before=2026-02-01T08:00"],
    ["has:media -in:12", "has=media, !in=12"],
    ["发送人：王五 退款", "from=王五, word 退款"],
    ["12:30 见 http://a.b/c:d", "word 12:30, word 见, word http://a.b/c:d"],
    ["FROM:a Kind:TEXT", "from=a, kind=TEXT"],
    ["after:7d 😀 之前：30天", "after=7d, word 😀, before=30天"],
    ["--x", "group --x"],
  ])("%s", (text, expected) => expect(shapes(text)).toBe(expected));

  test.each([
    ["退款 (", "end_missing", 4, 4],
    ["(退款", "bracket_open", 3, 3],
    ["退款)", "bracket_extra", 2, 3],
    ["\"退款", "quote_open", 0, 3],
    ["from:", "value_missing", 0, 5],
    ["😀 from: (a)", "value_missing", 3, 8],
    ["OR 退款", "operand_missing", 0, 2],
    ["a AND OR b", "operand_missing", 6, 8],
    ["x kind:picture", "kind_unknown", 7, 14],
    ["after:yesterday", "date_wrong", 6, 15],
    ["after:2026-13-01", "date_wrong", 6, 16],
    ["has:nothing", "has_unknown", 4, 11],
    ["(".repeat(100), "too_deep", 32, 100],
    ["字".repeat(2001), "too_long", 0, 2001],
  ])("%s is pointed at", (text, reason, start, end) => {
    expect(faultOfQuery(text)).toMatchObject({ reason, start, end });
  });

  test("good queries have no fault", () => {
    for (const text of ["", "a", "x OR (y -z)", "kind:file from:\"a b\"", "-", "a - b", "has:附件"]) expect(faultOfQuery(text), text).toBeUndefined();
  });
});

describe("chips", () => {
  test("are removed and changed, and the text follows", () => {
    const conditions = readQuery("退款 AND from:张三 OR \"合 同\" -kind:file");
    expect(queryText(conditions)).toBe("退款 from:张三 OR \"合 同\" -kind:file");
    expect(queryText(withChip(conditions, [0, 0], undefined))).toBe("from:张三 OR \"合 同\" -kind:file");
    const one = withChip(withChip(conditions, [1, 0], undefined), [1, 0], undefined);
    expect(queryText(one)).toBe("退款 from:张三");
    const chip = conditions[0]?.[1] as Chip;
    expect(queryText(withChip(conditions, [0, 1], { ...chip, value: "王 五", not: true }))).toBe("退款 -from:\"王 五\" OR \"合 同\" -kind:file");
    expect(queryText(withChip(readQuery("a"), [0, 0], undefined))).toBe("");
  });

  test("every chip written is read the same", () => {
    for (const value of ["退款", "a b", "OR", "-x", "12:30", "a*", "(x)", "say \"hi\"", "😀"]) {
      for (const type of ["word", "phrase"] as const) {
        const written = chipText({ type, not: false, value });
        const read = readQuery(written)[0]?.[0];
        expect(read?.value, written).toBe(value.replace(/"/g, ""));
        expect(["word", "phrase"], written).toContain(read?.type);
      }
      expect(readQuery(`from:${quoted(value)}`)[0]?.[0]?.value).toBe(value.replace(/"/g, ""));
    }
  });

  test("places are those of the text", () => {
    const text = "😀 退款 -from:\"张 三\"";
    const chips = readQuery(text)[0] ?? [];
    expect(chips.map((chip) => text.slice(chip.start, chip.end))).toEqual(["😀", "退款", "-from:\"张 三\""]);
  });
});

describe("facets", () => {
  const filters = { ...noFilters(), kind: ["image", "file"], month: ["2026-12"], sender: ["a b"] };
  test("join the query", () => {
    expect(composed("退款", filters)).toBe("退款 (kind:image OR kind:file) (after:2026-12-01 before:2027-01-01) from:\"a b\"");
    expect(composed("a OR b", { ...noFilters(), kind: ["file"] })).toBe("(a OR b) kind:file");
    expect(composed("  ", { ...noFilters(), conversation: ["7"] })).toBe("in:7");
    expect(composed("退款", filters, "kind")).toBe("退款 (after:2026-12-01 before:2027-01-01) from:\"a b\"");
    expect(composed(" a ", noFilters())).toBe("a");
    for (const text of ["退款", "a OR b", ""]) expect(faultOfQuery(composed(text, filters))).toBeUndefined();
  });
  test("are switched", () => {
    expect(toggled(filters, "kind", "image").kind).toEqual(["file"]);
    expect(toggled(filters, "kind", "text").kind).toEqual(["image", "file", "text"]);
    expect(nextMonth("2026-01")).toBe("2026-02");
  });
});

describe("links", () => {
  test("hold everything and nothing else", () => {
    const state = stateOf({ q: " 退款 ", sort: "relevance", kind: ["image", "file"], in: "7", month: ["2026-01", "x"], group: "1", hit: "12", nonsense: "1" });
    expect(state).toEqual({ query: " 退款 ", sort: "relevance", filters: { ...noFilters(), kind: ["image", "file"], conversation: ["7"], month: ["2026-01"] }, grouped: true, hit: 12 });
    expect(stateOf(routeOf(state))).toEqual({ ...state, query: "退款" });
    expect(stateOfSaved(savedQuery(state))).toEqual({ ...state, query: "退款", hit: undefined });
    expect(routeOf(stateOf({}))).toEqual({});
    expect(stateOf({ sort: "wild", hit: "-3", q: null })).toEqual({ query: "", sort: "time", filters: noFilters(), grouped: false, hit: undefined });
    expect([stateOf({}), stateOf({ q: " " }), stateOf({ q: "x" }), stateOf({ kind: "file" })].map(asksSomething)).toEqual([false, false, true, true]);
  });
});

const names: Names = { field: (field) => `字段 ${field}`, kind: (kind) => ({ image: "图片", file: "文件", qydiskfile: "微盘文件" })[kind], date: (name) => name };
const NOW = new Date("2026-01-31T20:00:00Z");
const choices = (text: string, caret = text.length): string[] => localChoices(placeAt(text, caret), names, NOW).map((one) => one.insert);

describe("completion", () => {
  test("of fields, by either name", () => {
    expect(choices("退款 fr")).toEqual(["from:"]);
    expect(choices("发送")).toEqual(["from:"]);
    expect(choices("退款 ")).toHaveLength(9);
    expect(choices("O")).toEqual(["OR"]);
    expect(choices("Or")).toEqual([]);
  });
  test("of kinds and dates", () => {
    expect(choices("kind:文件")).toEqual(["kind:file", "kind:qydiskfile"]);
    expect(choices("kind:im")).toEqual(["kind:image"]);
    expect(choices("has:")).toEqual(["has:media"]);
    expect(choices("has:x")).toEqual([]);
    expect(choices("after:")).toEqual(["after:2026-02-01", "after:7d", "after:30d", "after:2026-02", "after:2026-01"]);
    expect(shanghaiDay(NOW)).toBe("2026-02-01");
    expect(shanghaiDay(NOW, -7)).toBe("2026-01-25");
  });
  test("takes the place of what was typed, the value of a field with it", () => {
    const text = "退款 from:张 合同";
    const place = placeAt(text, 9);
    expect(place).toEqual({ start: 3, end: 9, field: "from", typed: "张", not: false });
    expect(chosen(text, place, { kind: "member", insert: "from:zhangsan", label: "张三" })).toEqual({ text: "退款 from:zhangsan 合同", caret: 17 });
    expect(chosen("kin", placeAt("kin", 3), { kind: "field", insert: "kind:", label: "", open: true })).toEqual({ text: "kind:", caret: 5 });
    expect(chosen("x", placeAt("x", 1), { kind: "member", insert: "from:x", label: "" })).toEqual({ text: "from:x ", caret: 7 });
    expect(placeAt("-from:\"张 三", 9)).toMatchObject({ start: 1, field: "from", typed: "张 三", not: true });
    expect(placeAt("a  b", 2)).toMatchObject({ start: 2, end: 2, typed: "" });
    expect(placeAt("(", 1)).toMatchObject({ typed: "" });
    expect(placeAt("-", 1)).toMatchObject({ typed: "-" });
  });
  test("asks for names only where names can stand", () => {
    expect(["张", "from:张", "dept:销", "kind:张", "after:2", "", "张*"].map((text) => askedText(placeAt(text, text.length)))).toEqual(["张", "张", "销", undefined, undefined, undefined, undefined]);
  });
  test("fits suggestions to the field", () => {
    const suggestions = [
      { kind: "member" as const, id: 1, name: "张三", insert: "from:zhangsan" },
      { kind: "conversation" as const, id: 7, name: "张家", insert: "in:7" },
      { kind: "department" as const, id: 2, name: "张江部", insert: "dept:张江部" },
    ];
    const inserts = (text: string): string[] => namedChoices(placeAt(text, text.length), suggestions).map((one) => one.insert);
    expect(inserts("张")).toEqual(["from:zhangsan", "in:7", "dept:张江部"]);
    expect(inserts("to:张")).toEqual(["to:zhangsan"]);
    expect(inserts("in:张")).toEqual(["in:7"]);
  });
});

test("recent searches: newest first, each once, twelve, per person", () => {
  const kept = new Map<string, string>();
  const store = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
  for (let count = 0; count < 15; count += 1) remember(1, { search: `q=${count}`, query: String(count) }, store);
  remember(1, { search: "q=9", query: "9" }, store);
  const list = recentSearches(1, store);
  expect(list).toHaveLength(12);
  expect(list[0]?.query).toBe("9");
  expect(list.filter((one) => one.query === "9")).toHaveLength(1);
  expect(recentSearches(2, store)).toEqual([]);
  forgetSearches(1, store);
  expect(recentSearches(1, store)).toEqual([]);
  kept.set("xinlu.searches.1", "[{\"a\":1}, 2]");
  expect(recentSearches(1, store)).toEqual([]);
});
