/** Contacts and members: pure logic, and the pages against the mock API. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Tag, byGroup, channelOf, firstTags } from "../src/parts/people/tags";
import { byDay, lastConsent, timelineOf } from "../src/parts/people/timeline";
import { seatAsked, seatOf, sourcesOf } from "../src/ui/people/member";
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

describe("tags", () => {
  const tag = (id: number, group: string, name: string): Tag => ({ id, group, name, kind: "corp" });
  const tags = [tag(1, "等级", "VIP"), tag(2, "业务", "房贷"), tag(3, "等级", "普通"), tag(4, "", "华东"), tag(5, "业务", "理财")];

  test("stand by group, in the order they came", () => {
    expect(byGroup(tags).map((one) => [one.group, one.tags.map((own) => own.name)])).toEqual([["等级", ["VIP", "普通"]], ["业务", ["房贷", "理财"]], ["", ["华东"]]]);
    expect(byGroup([])).toEqual([]);
  });

  test("the first few, with the one that was asked for; a single one is not hidden behind a count", () => {
    const names = (most: number, wanted?: number): [string[], number] => {
      const { shown, behind } = firstTags(tags, most, wanted);
      return [shown.map((one) => one.name), behind];
    };
    expect(names(3)).toEqual([["VIP", "房贷", "普通"], 2]);
    expect(names(3, 5)).toEqual([["理财", "VIP", "房贷"], 2]);
    expect(names(4)).toEqual([["VIP", "房贷", "普通", "华东", "理财"], 0]);
    expect(firstTags([], 3)).toEqual({ shown: [], behind: 0 });
  });

  test("channels and sources", () => {
    expect([channelOf("wecom:ww1"), channelOf("local")]).toEqual(["wecom", "local"]);
    expect(sourcesOf([{ source: "local" }, { source: "wecom:a" }, { source: "wecom:a" }])).toEqual(["wecom:a", "local"]);
    expect(sourcesOf([])).toEqual(["local"]);
  });

  test("seats, in the words of the server", () => {
    expect([seatOf(true), seatOf(false), seatOf(undefined), seatOf(null)]).toEqual(["archived", "not", "unknown", "unknown"]);
    expect([seatAsked("not"), seatAsked("yes"), seatAsked("")]).toEqual(["not", undefined, undefined]);
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

  test("members: seat and source go to the server as they stand in the address", async () => {
    const seen = await mountAt("/people/members?seat=not", { grants: READER });
    expect(seen.asked.some((one) => one.line.includes("/api/v1/members?seat=not"))).toBe(true);
    expect(seen.text()).toContain("何静");
    expect(seen.text()).not.toContain("陈志强");
    await seen.router.push("/people/members?source=local");
    await seen.settle();
    expect([...document.querySelectorAll("tbody tr")].map((row) => row.textContent ?? "").join()).toMatch(/^(?!.*王芳).*外包小李/);
    seen.page.unmount();
  });

  test("contacts: a level below text is said, and what the server sends is shown as it is", async () => {
    const masked = { id: 11, kind: "contact", source: "wecom:ww1", external_id: "wm11", name: "小**", avatar: "", company: "", origin: "wechat", gender: 0, created_at: "2026-01-05T01:00:00Z", level: "masked", tags: [], members: [{ member: 1, remark: "小**", tags: [] }] };
    const seen = await mountAt("/people/contacts/11", { grants: READER, answers: { "GET /api/v1/contacts/11": masked } });
    expect(document.querySelector(".side-drawer .notice")?.textContent).toContain("只显示首字");
    expect(document.querySelector(".side-drawer .who__name")?.textContent).toBe("小**");
    expect(document.querySelector(".side-drawer")?.textContent).toContain("没有你看得到的标签");
    seen.page.unmount();
  });

  test("contacts: a tag filters by its number, and is shown for each who gave it", async () => {
    const seen = await mountAt("/people/contacts?tag=4", { grants: READER });
    expect(seen.asked.some((one) => one.line.includes("/api/v1/contacts?tag=4"))).toBe(true);
    expect(seen.text()).toContain("余雨桐");
    expect(seen.text()).not.toContain("小谭");
    expect(document.querySelector("tbody .tags__one--chosen")?.textContent).toBe("高意向");
    await seen.router.push("/people/contacts/12");
    await seen.settle();
    expect(document.querySelector(".tag-groups")?.textContent).toContain("客户等级VIP");
    expect(document.querySelectorAll(".followers__tags .tags__one")).toHaveLength(5);
    seen.page.unmount();
  });

  test("contacts: without the list of tags the page still works", async () => {
    const seen = await mountAt("/people/contacts", { grants: READER, answers: { "GET /api/v1/contact-tags": 404 } });
    expect(seen.text()).toContain("小谭");
    seen.page.unmount();
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
