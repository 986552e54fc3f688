/** Contacts and members: pure logic, and the pages against the mock API. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { channelOf, tagsOf } from "../src/parts/people/tags";
import { byDay, lastConsent, timelineOf } from "../src/parts/people/timeline";
import { showsFull } from "../src/ui/level";
import { coverPersonal } from "../src/ui/personal";
import { departmentPath, departmentTree, filterTree } from "../src/ui/tree/departments";
import { mountAt } from "./support/mounting";

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = "";
});

const talk = { id: 5, kind: "pair" as const, title: "小谭", source: 1, first_at: "2026-01-02T00:00:00Z", last_at: "2026-01-04T00:00:00Z", messages: 3 };

describe("timeline", () => {
  test("the newest first, a conversation of one message once", () => {
    const single = { ...talk, id: 6, last_at: talk.first_at };
    const events = timelineOf({ followers: [{ member: 1, added_at: "2026-01-01T00:00:00Z" }, { member: 2 }], talks: [talk, single], consents: [{ record: 9, conversation: 5, consent: "agree", changed_at: "2026-01-03T00:00:00Z" }] });
    expect(events.map((event) => event.kind)).toEqual(["latest", "consent", "began", "began", "added"]);
    expect(byDay(events, (at) => at.slice(0, 10)).map((day) => [day.day, day.events.length])).toEqual([["2026-01-04", 1], ["2026-01-03", 1], ["2026-01-02", 2], ["2026-01-01", 1]]);
  });

  test("the last word on consent holds", () => {
    const said = (consent: "agree" | "disagree", changed_at: string): { record: number; conversation: number; consent: "agree" | "disagree"; changed_at: string } => ({ record: 1, conversation: 1, consent, changed_at });
    expect(lastConsent([said("agree", "2026-01-01T00:00:00Z"), said("disagree", "2026-02-01T00:00:00Z")])?.consent).toBe("disagree");
    expect(lastConsent([])).toBeUndefined();
  });
});

describe("personal data", () => {
  test("numbers and addresses are covered, other text stays", () => {
    expect(coverPersonal("小谭 13812345678")).toBe("小谭 138****5678");
    expect(coverPersonal("138-1234-5678")).toBe("138****5678");
    expect(coverPersonal("11010519491231002X")).toBe("110***********002X");
    expect(coverPersonal("卡 6222021234567890123")).toBe("卡 6222********0123");
    expect(coverPersonal("wang.fang@example.com")).toBe("w***@example.com");
    expect(coverPersonal("订单 20260105 重要")).toBe("订单 20260105 重要");
  });

  test("who reads masked sees only their own in full", () => {
    const read = (level: "metadata" | "masked" | "text", everybody = false): { permission: string; level: "metadata" | "masked" | "text"; everybody: boolean } => ({ permission: "conversation.read", level, everybody });
    expect(showsFull([read("text", true)], false)).toBe(true);
    expect(showsFull([read("text")], false)).toBe(true);
    expect(showsFull([read("masked"), read("text")], false)).toBe(false);
    expect(showsFull([read("masked"), read("text")], true)).toBe(true);
    expect(showsFull([read("masked")], true)).toBe(false);
    expect(showsFull([{ permission: "contact.read", level: "text", everybody: true }], true)).toBe(false);
  });

  test("tags and channels", () => {
    expect(tagsOf({ tags: ["a", { name: "b" }, { name: "a" }, 3, {}] })).toEqual(["a", "b"]);
    expect(tagsOf({})).toEqual([]);
    expect([channelOf("wecom:ww1"), channelOf("local")]).toEqual(["wecom", "local"]);
  });
});

describe("department tree", () => {
  const one = (id: number, name: string, parent: number | null, path: number[], members = 0): Parameters<typeof departmentTree>[0][number] => ({ id, name, source: "local", parent, path, members });
  const rows = [one(1, "总部", null, [1]), one(2, "销售部", 1, [1, 2], 3), one(3, "华东组", 2, [1, 2, 3], 2), one(7, "孤立", 99, [99, 7])];

  test("is built in order; an orphan stands at the top", () => {
    const tree = departmentTree(rows);
    expect(tree.map((node) => node.label)).toEqual(["总部", "孤立"]);
    expect(tree[0]?.children[0]).toMatchObject({ id: 2, count: 3, children: [{ id: 3 }] });
    expect(departmentPath(rows, 3)).toBe("总部 / 销售部 / 华东组");
    expect(departmentPath(rows, 4)).toBe("");
  });

  test("a filter keeps the way to what it finds", () => {
    expect(filterTree(departmentTree(rows), "华东")[0]?.children[0]?.children.map((node) => node.id)).toEqual([3]);
    expect(filterTree(departmentTree(rows), "无")).toEqual([]);
    expect(filterTree(departmentTree(rows), " ")).toHaveLength(2);
  });
});

const READER = [{ permission: "contact.read" }, { permission: "member.read" }, { permission: "consent.read" }, { permission: "conversation.read" }];

describe("pages", { timeout: 60_000 }, () => {
  test("members: the address filters, leavers are marked, the detail opens by its address", async () => {
    const seen = await mountAt("/people/members?status=left", { grants: READER });
    expect(seen.asked.some((one) => one.line.includes("/api/v1/members?status=left"))).toBe(true);
    expect(seen.text()).toContain("林晓");
    expect(seen.text()).toContain("已离职");
    await seen.router.push("/people/members/1?dept=2");
    await seen.settle();
    expect(seen.asked.some((one) => /members\?.*department=2.*subtree=true/.test(one.line))).toBe(true);
    expect(document.querySelector(".side-drawer")?.textContent).toContain("销售部负责人");
    seen.page.unmount();
  });

  test("contacts: masked for who reads masked", async () => {
    const masked = await mountAt("/people/contacts/11", { grants: [...READER.slice(0, 3), { permission: "conversation.read", level: "masked", everybody: false }] });
    expect(masked.text()).toContain("138****5678");
    expect(masked.text()).not.toContain("13812345678");
    masked.page.unmount();
  });

  test("contacts: 查询 puts the filter into the address", async () => {
    const seen = await mountAt("/people/contacts", { grants: READER });
    await seen.page.find(".filters input").setValue("余");
    await seen.page.find(".filters").trigger("submit");
    await seen.settle();
    expect(seen.router.currentRoute.value.query).toEqual({ name: "余" });
    expect(seen.text()).toContain("余雨桐");
    expect(seen.text()).not.toContain("小谭");
    seen.page.unmount();
  });

  test("a refusal, a fault and an empty list look different", async () => {
    const refused = await mountAt("/people/contacts", { grants: READER, answers: { "GET /api/v1/contacts": 403 } });
    expect(refused.text()).toContain("没有权限");
    refused.page.unmount();
    const failed = await mountAt("/people/contacts", { grants: READER, answers: { "GET /api/v1/contacts": 503 } });
    expect(failed.text()).toContain("重试");
    failed.page.unmount();
    const empty = await mountAt("/people/contacts", { grants: READER, answers: { "GET /api/v1/contacts": { items: [] } } });
    expect(empty.text()).toContain("还没有看得到的客户");
    empty.page.unmount();
  });

  test("without the right to read, conversations of a contact say so", async () => {
    const seen = await mountAt("/people/contacts/11?tab=talks", { grants: READER.slice(0, 2) });
    expect(document.querySelector(".side-drawer")?.textContent).toContain("没有权限");
    seen.page.unmount();
  });
});
