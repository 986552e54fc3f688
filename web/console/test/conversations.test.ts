/** The window over a conversation, its rows and its address: plain functions, tried on a conversation of 100 000 messages. */
import { describe, expect, it } from "vitest";
import { merged, reachOf, renewed } from "../src/parts/conversations/list/useList";
import { type Say, lineOf } from "../src/parts/conversations/list/words";
import { nameIn } from "../src/parts/conversations/aside/save";
import { visitsOf } from "../src/parts/conversations/aside/visits";
import { isDay, outside } from "../src/parts/conversations/days";
import { monthsOf } from "../src/parts/conversations/aside/useFacts";
import { openAtFirst, peopleRows } from "../src/parts/conversations/people/tree";
import { changed, keptQuery, momentOf, placeOf, wantedOf } from "../src/parts/conversations/route";
import { ownSide, rowsOf } from "../src/parts/conversations/talk/rows";
import { hitBeside } from "../src/parts/conversations/talk/useHits";
import { quotedAmong } from "../src/parts/conversations/talk/useHost";
import { HELD_MAX, type Side, type TalkWindow, caughtUp, entriesOf, extended, keyOf, messagesOf, opened, recordOf, replaced, trimmed } from "../src/parts/conversations/talk/window";
import { seesReaders } from "../src/parts/conversations/readers";
import type { ConversationView, LastMessage, MessagePage, MessageView, PartyView } from "../src/parts/conversations/types";
import { quoteOf } from "../src/ui/message/quote";

const START = Date.parse("2026-01-01T00:00:00Z");
const member: PartyView = { kind: "member", id: 1, name: "王芳", external_id: "wangfang" };
const contact: PartyView = { kind: "contact", id: 9, name: "李四", external_id: "wm9" };

function message(record: number, over: Partial<MessageView> = {}): MessageView {
  return {
    record, conversation: 1, source: 1, seq: record, msgid: String(record), kind: "text", action: "send", sender: record % 2 ? member : contact, recipients: [],
    sent_at: new Date(START + record * 60_000).toISOString(), observed_at: new Date(START).toISOString(), level: "text", media: [], proof: { state: "logged", leaf_index: record }, pieces: [{ role: "text", text: `m${record}` }], ...over,
  };
}

/** Answers as the server does: keys name the outermost item, `next` is missing only where nothing can follow. */
class Server {
  constructor(public total: number) {}
  page(from: number, until: number, hasNext = until < this.total): MessagePage {
    const [first, last] = [Math.max(1, from), Math.min(this.total, until)];
    const items = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => message(first + index));
    return { items, previous: first > 1 ? `k-${first}` : undefined, next: hasNext && items.length > 0 ? `k-${last}` : undefined };
  }
  end(limit: number): MessagePage {
    return this.page(this.total - limit + 1, this.total, false);
  }
  at(side: Side, key: string, limit: number): MessagePage {
    const record = Number(key.slice(2));
    return side === "before" ? this.page(record - limit, record - 1, true) : this.page(record + 1, record + limit);
  }
}

function expectWhole(window: TalkWindow): void {
  const records = messagesOf(window).map((one) => one.record);
  expect(records).toEqual(Array.from({ length: records.length }, (_, index) => (records[0] ?? 0) + index));
}

function go(server: Server, window: TalkWindow, side: Side): TalkWindow {
  const key = keyOf(window, side);
  return key === undefined ? window : trimmed(extended(window, side, server.at(side, key, 100)), side);
}

describe("the window over a conversation", () => {
  it("walks 100 000 messages to the beginning and back, holding few of them and losing none", () => {
    const server = new Server(100_000);
    let window = opened(server.end(60));
    expect(keyOf(window, "after")).toBeUndefined();
    let steps = 0;
    for (const side of ["before", "after"] as const) {
      while (keyOf(window, side) !== undefined) {
        window = go(server, window, side);
        steps += 1;
        expect(messagesOf(window).length).toBeLessThan(HELD_MAX + 200);
        if (steps % 100 === 0) expectWhole(window);
      }
      expectWhole(window);
      const records = messagesOf(window).map((one) => one.record);
      expect(side === "before" ? records[0] : records.at(-1)).toBe(side === "before" ? 1 : 100_000);
    }
    expect(steps).toBeGreaterThan(1_900);
  });

  it("opens around a record and goes both ways", () => {
    const server = new Server(5_000);
    let window = opened(server.page(2_471, 2_530));
    const turns: Side[] = ["before", "after", "after", "before", "before", "after"];
    for (const side of turns) window = go(server, window, side);
    expectWhole(window);
    expect(messagesOf(window).map((one) => one.record)).toEqual(expect.arrayContaining([2_171, 2_500, 2_830]));
  });

  it("lets go only of pages it can come back to", () => {
    const keyless = { items: [message(1), message(2)] };
    const window = extended(opened(keyless), "before", { items: [message(-1), message(0)], previous: "k--1" });
    expect(trimmed(window, "before", 1)).toBe(window);
  });

  it("takes no message twice and keeps the key when a page brings nothing new", () => {
    const window = extended(opened({ items: [message(1), message(2)], next: "a" }), "after", { items: [message(2)], next: "b" });
    expect(messagesOf(window).map((one) => one.record)).toEqual([1, 2]);
    expect(keyOf(window, "after")).toBe("b");
  });

  it("catches up with what came in, and says when too much came", () => {
    const server = new Server(1_000);
    const window = opened(server.end(60));
    server.total = 1_020;
    const after = caughtUp(window, server.end(60));
    expect(after && messagesOf(after).at(-1)?.record).toBe(1_020);
    if (after) expectWhole(after);
    server.total = 2_000;
    expect(caughtUp(window, server.end(60))).toBeUndefined();
    const recalled = caughtUp(opened({ items: [message(7)] }), { items: [message(7, { revoked_by: 8 }), message(8, { kind: "revoke" })] });
    expect(recalled && messagesOf(recalled).map((one) => one.revoked_by)).toEqual([8, undefined]);
  });

  it("shows a revealed message in its place", () => {
    const window = replaced(opened({ items: [message(1, { level: "masked" }), message(2)] }), message(1));
    expect(messagesOf(window).map((one) => one.level)).toEqual(["text", "text"]);
  });
});

describe("what cannot be shown", () => {
  const lost = (record: number, before?: number) => ({ record, sent_at: message(record).sent_at, code: "archive.damaged", before });
  const order = (window: TalkWindow): number[] => entriesOf(window.chunks).map(recordOf);

  it("stands where it was said, at the ends and in pages of nothing else too", () => {
    const window = opened({ items: [message(2), message(5)], damaged: [lost(1, 2), lost(3, 5), lost(4, 5), lost(6)], previous: "k-1", next: "k-6" });
    expect(order(window)).toEqual([1, 2, 3, 4, 5, 6]);
    const more = extended(window, "after", { items: [], damaged: [lost(7), lost(8)], next: "k-8" });
    expect(order(more)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(keyOf(more, "after")).toBe("k-8");
    expect(order(extended(more, "before", { items: [message(-1), message(2)], damaged: [lost(0, 2), lost(1, 2)] }))).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("comes in with the newest and begins days as messages do", () => {
    const after = caughtUp(opened({ items: [message(7)] }), { items: [message(7), message(9)], damaged: [lost(8, 9)] });
    expect(after && order(after)).toEqual([7, 8, 9]);
    const rows = rowsOf([{ damaged: lost(1) }, { message: message(2, { sender: member }) }, { damaged: lost(3) }, { message: message(4, { sender: member }) }], () => false);
    expect(rows.map((row) => [row.record, row.day, row.message ? row.named : undefined])).toEqual([[1, "2026-01-01", undefined], [2, undefined, true], [3, undefined, undefined], [4, undefined, true]]);
  });
});

describe("last words", () => {
  const say: Say = { kind: (kind) => `K:${kind}`, said: (kind) => `S:${kind}`, people: (count) => `${count} people`, damaged: "lost", line: (name, text) => `${name}: ${text}` };
  const last = (over: Partial<LastMessage>): LastMessage => ({ record: 1, kind: "text", sender: member, sent_at: "2026-01-01T00:00:00Z", text: "你好", ...over });
  const line = (over: Partial<LastMessage>, kind: ConversationView["kind"] = "pair"): string => lineOf({ kind, members: [member], contacts: [contact], last: last(over) }, say);

  it("reads like a chat client's: names, kinds for what is no text, sentences for what nobody said", () => {
    expect([line({}), line({ sender: contact }), line({ sender: contact }, "group")]).toEqual(["王芳: 你好", "你好", "李四: 你好"]);
    expect([line({ kind: "image", text: null }), line({ kind: "file", text: "a.pdf" }), line({ kind: "unknown", text: undefined })]).toEqual(["王芳: [K:image]", "王芳: [K:file] a.pdf", "王芳: [K:unknown]"]);
    expect(line({ kind: "markdown", text: "## 工单提醒 > 工单 **2408** 已超过 8 小时 - `C#` 3 > 2" })).toBe("王芳: 工单提醒 工单 2408 已超过 8 小时 - C# 3 2");
    expect([line({ kind: "revoke", text: null }), line({ text: null }), line({ text: null, code: "archive.damaged" })]).toEqual(["王芳 S:revoke", "王芳: [K:text]", "王芳: [lost]"]);
    expect(lineOf({ kind: "group", members: [member], contacts: [contact] }, say)).toBe("2 people");
    expect(lineOf({ kind: "pair", members: [member], contacts: [contact] }, say)).toBe("王芳");
  });

  it("are asked for again only for those with a newer message, and no further down than these", () => {
    const one = (id: number, at: string, text?: string): ConversationView => ({ id, kind: "pair", title: "", source: 1, members: [], contacts: [], first_at: at, last_at: at, messages: 1, last: text === undefined ? undefined : last({ text }) });
    const held = [one(1, "2026-01-03T00:00:00Z", "一"), one(2, "2026-01-02T00:00:00Z", "二"), one(3, "2026-01-01T00:00:00Z", "三")];
    const fresh = [one(3, "2026-01-04T00:00:00Z"), one(1, "2026-01-03T00:00:00Z"), one(4, "2026-01-02T12:00:00Z"), one(2, "2026-01-02T00:00:00Z")];
    const stale = renewed(held, fresh);
    expect(stale).toEqual([3, 4]);
    const items = merged(held, fresh);
    expect(items.map((row) => [row.id, row.last?.text])).toEqual([[3, "三"], [1, "一"], [4, undefined], [2, "二"]]);
    expect(reachOf(items, new Set(stale))).toBe(3);
    expect([reachOf(items, new Set()), reachOf(items, new Set([99])), reachOf(items, new Set([3]))]).toEqual([0, 0, 1]);
    expect(merged(items, [one(3, "2026-01-04T00:00:00Z", "新")])[0]?.last?.text).toBe("新");
  });
});

describe("rows", () => {
  it("begins days in Shanghai and names a sender once in five minutes", () => {
    const at = (minutes: number): string => new Date(Date.parse("2026-01-01T15:57:00Z") + minutes * 60_000).toISOString();
    const rows = rowsOf([0, 1, 2, 20, 21].map((minutes, index) => message(index, { sender: member, sent_at: at(minutes) })).map((one, index) => (index === 4 ? { ...one, sent_at: at(5) } : one)).sort((one, other) => one.sent_at.localeCompare(other.sent_at)).map((one) => ({ message: one })), () => true);
    expect(rows.map((row) => row.day)).toEqual(["2026-01-01", undefined, undefined, "2026-01-02", undefined]);
    expect(rows.map((row) => row.message && row.named)).toEqual([true, false, false, true, true]);
  });

  it("puts the company on the right, and among members the reader or the second of a pair", () => {
    const other: PartyView = { ...member, id: 2, external_id: "b" };
    const own = (conversation: Pick<ConversationView, "kind" | "members" | "contacts">, me?: number): boolean[] => [member, other, contact].map(ownSide(conversation, me));
    expect(own({ kind: "group", members: [member, other], contacts: [contact] })).toEqual([true, true, false]);
    expect(own({ kind: "pair", members: [member, other], contacts: [] })).toEqual([false, true, false]);
    expect(own({ kind: "pair", members: [member, other], contacts: [] }, 1)).toEqual([true, false, false]);
    expect(own({ kind: "group", members: [member, other], contacts: [] }, 2)).toEqual([false, true, false]);
    expect(own({ kind: "group", members: [member, other], contacts: [] })).toEqual([false, false, false]);
  });
});

describe("the address", () => {
  it("is read with its limits", () => {
    const wanted = wantedOf({ params: { id: "22" }, query: { dept: "3", member: "x", title: " 退款 ", record: "7", at: "2026-01-02", kind: "pair", panel: "facts", q: ["退款"] } });
    expect(wanted).toEqual({ id: "22", filter: { department: 3, member: undefined, contact: undefined, kind: "pair", title: "退款" }, record: 7, at: "2026-01-02", q: "退款", panel: "facts" });
    expect(wantedOf({ params: { id: "../x" }, query: { kind: "evil", panel: "x", record: "-1" } })).toMatchObject({ id: undefined, filter: { kind: undefined }, record: undefined, panel: undefined });
  });

  it("says where to open: a record, a day in Shanghai, the newest", () => {
    expect(placeOf({ record: 5, at: "2026-01-02" })).toEqual({ at: "record", record: 5 });
    expect(placeOf({ record: undefined, at: "2026-01-02" })).toEqual({ at: "time", ms: Date.parse("2026-01-01T16:00:00Z") });
    expect(placeOf({ record: undefined, at: "soon" })).toEqual({ at: "end" });
    expect(momentOf("2026-01-02T03:04:05Z")).toBe(Date.parse("2026-01-02T03:04:05Z"));
  });

  it("keeps the filter for the next conversation and drops what is undefined", () => {
    expect(keptQuery({ dept: "1", record: "2", q: "x", title: "群" })).toEqual({ dept: "1", title: "群" });
    expect(changed({ dept: "1", record: "2" }, { record: undefined, panel: "facts" })).toEqual({ dept: "1", panel: "facts" });
  });
});

describe("lists and trees", () => {
  it("merges new activity into the list by its last message", () => {
    const one = (id: number, last: string): ConversationView => ({ id, kind: "pair", title: "", source: 1, members: [], contacts: [], first_at: last, last_at: last, messages: 1 });
    const held = [one(1, "2026-01-03T00:00:00Z"), one(2, "2026-01-02T00:00:00Z"), one(3, "2026-01-01T00:00:00Z")];
    expect(merged(held, [one(3, "2026-01-04T00:00:00Z"), one(4, "2026-01-03T12:00:00Z")]).map((row) => row.id)).toEqual([3, 4, 1, 2]);
  });

  it("shows departments with their members, opened down to the chosen one", () => {
    const department = (id: number, parent: number | null, path: number[], members: number) => ({ id, parent, path, members, name: `d${id}`, source: "s", external_id: id });
    const all = [department(1, null, [1], 0), department(2, 1, [1, 2], 3), department(3, 2, [1, 2, 3], 4), department(9, 8, [8, 9], 1)];
    const open = openAtFirst(all, 2);
    const known = new Map([[2, [{ id: 5, source: "s", userid: "u", name: "王芳", avatar: "", position: "", status: "active" as const, departments: [] }]]]);
    const rows = peopleRows(all, open, known);
    expect(rows.map((row) => [row.key, row.depth])).toEqual([["d1", 0], ["d2", 1], ["d3", 2], ["m2.5", 2], ["d9", 0]]);
    expect(rows[0]).toMatchObject({ count: 7, open: true });
    expect(peopleRows(all, new Set([3]), new Map()).map((row) => row.key)).toEqual(["d1", "d9"]);
    expect(peopleRows(all, new Set([1, 2]), new Map()).map((row) => row.kind)).toContain("wait");
  });

  it("steps through hits and orders months", () => {
    expect(hitBeside([9, 7, 5], undefined, 1)).toBe(9);
    expect(hitBeside([9, 7, 5], 7, 1)).toBe(5);
    expect(hitBeside([9, 7, 5], 9, -1)).toBe(9);
    expect(hitBeside([], 3, 1)).toBeUndefined();
    expect(monthsOf([{ value: "2026-02", count: 5 }, { value: "2026-01", count: 10 }])).toEqual([{ month: "2026-01", count: 10, share: 1 }, { month: "2026-02", count: 5, share: 0.5 }]);
  });

  it("knows days", () => {
    expect(["2026-02-28", "2026-02-30", "2026-2-3", "", "soon"].map(isDay)).toEqual([true, false, false, false, false]);
    expect(["2026-01-31", "2026-02-01", "2026-02-03", "2026-02-04"].map((day) => outside("2026-02-01", "2026-02-03")(new Date(`${day}T12:00:00`)))).toEqual([true, false, false, true]);
  });

  it("reads the name of a saved file", () => {
    expect(nameIn("attachment; filename=\"media-1\"; filename*=UTF-8''%E4%BC%9A%E8%AF%9D.zip")).toBe("会话.zip");
    expect(nameIn('attachment; filename="a.html"')).toBe("a.html");
    expect(nameIn("attachment; filename*=UTF-8''%E4%ZZ")).toBeUndefined();
    expect(nameIn(null)).toBeUndefined();
  });

  it("finds the quoted message: the latest earlier one with these words", () => {
    const text = (record: number, words: string): MessageView => message(record, { pieces: [{ role: "text", text: words }] });
    const quoting = "这是一条引用/回复消息：\n\"李四:\n好的\"\n------\n收到";
    const all = [text(1, "好的"), text(2, "好的"), text(3, "不好"), text(4, quoting), text(5, "好的")];
    const quote = quoteOf(quoting);
    expect(quote && all[3] && quotedAmong(all, all[3], quote)).toBe(2);
  });
});

it("puts what one reader did in one go into one visit", () => {
  const read = (user: number, minute: number, action = "conversation.read") => ({ user, name: `u${user}`, at: new Date(START - minute * 60_000).toISOString(), action });
  const visits = visitsOf([read(1, 0), read(2, 1), read(1, 5, "conversation.list"), read(1, 9), read(1, 60), read(2, 10)]);
  expect(visits.map((visit) => [visit.name, visit.actions.map((one) => `${one.action} ${one.count}`).join(), (Date.parse(visit.until) - Date.parse(visit.from)) / 60_000])).toEqual([
    ["u1", "conversation.read 2,conversation.list 1", 9], ["u2", "conversation.read 2", 9], ["u1", "conversation.read 1", 0],
  ]);
  expect(new Set(visits.map((visit) => visit.key)).size).toBe(3);
});

it("tells who read only to those who read everybody's conversations or the audit trail", () => {
  const grant = (permission: string, everybody: boolean) => ({ grants: [{ permission, everybody, level: "text" as const }] });
  expect([grant("conversation.read", true), grant("conversation.read", false), grant("audit.read", true), undefined].map(seesReaders)).toEqual([true, false, true, false]);
});
