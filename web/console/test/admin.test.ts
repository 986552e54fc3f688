/** Administration: pure logic, and the pages against the mock API. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { useForm } from "../src/ui/forms/form";
import { ApiFault, type Schemas } from "../src/api/client";
import { csvRow, placeOf, targetOf } from "../src/parts/admin/audit/entry";
import { type Department, type Member, isEmpty, memberBody, placesFor } from "../src/parts/admin/departments/places";
import { endOf, filterKeys, keyState } from "../src/parts/admin/keys/keys";
import { filterPackages, licencesOf, textsOf } from "../src/parts/admin/licences/licences";
import { countOf, questionsOf } from "../src/parts/admin/roles/reach";
import { type Permission, areasOf, clashOf, covers, dutiesOf, rulesOf, tickedOf, widestReading } from "../src/parts/admin/roles/rules";
import { filterUsers, isUserName } from "../src/parts/admin/users/filter";
import { type Corp, checksFrom, checksOf, keyVersions, lagOf, worstOf } from "../src/parts/admin/wecom/doctor";
import { csvCell, toCsv } from "../src/ui/csv";
import { runBatch } from "../src/ui/list/batch";
import { toggleAll, toggleOne } from "../src/ui/list/columns";
import { loadWhole } from "../src/ui/list/pages";
import { queryNumber, queryWith } from "../src/ui/list/query";
import { endOfDay, momentOf } from "../src/ui/shanghai";
import { mountAt } from "./support/mounting";

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = "";
});

type Rule = Schemas["Rule"];
const rule = (permission: string, scope: Rule["scope"] = "all", level: Rule["level"] = "text"): Rule => ({ permission, scope, level });
const CATALOGUE: Permission[] = ["audit.read", "conversation.read", "contact.read", "role.manage", "future.thing"].map((permission) => ({ permission, scoped: /read$/.test(permission), levelled: permission === "conversation.read", description: permission }));

describe("roles", () => {
  test("permissions stand by area, new ones last", () => {
    expect(areasOf(CATALOGUE).map((area) => area.area)).toEqual(["conversation", "contact", "user", "audit", "future"]);
  });

  test("rules go into the tree and out again, several of one permission too", () => {
    const rules = [rule("conversation.read", "subtree", "masked"), rule("conversation.read", "own"), rule("contact.read", "subtree")];
    expect(rulesOf(tickedOf(rules), CATALOGUE)).toEqual(rules);
  });

  test("what another rule covers is left out", () => {
    const ticked = tickedOf([rule("conversation.read", "own", "masked"), rule("conversation.read", "all", "text"), rule("conversation.read", "all", "text")]);
    expect(rulesOf(ticked, CATALOGUE)).toEqual([rule("conversation.read", "all", "text")]);
    expect(covers({ scope: "subtree", level: "text" }, { scope: "own", level: "text" })).toBe(false);
    expect(covers({ scope: "all", level: "masked" }, { scope: "own", level: "text" })).toBe(false);
  });

  test("duties that must stay apart are seen early", () => {
    expect([...dutiesOf([rule("role.manage")])]).toEqual(["security"]);
    expect([...dutiesOf([rule("role.manage"), rule("user.manage")])]).toEqual(["system"]);
    expect([...dutiesOf([rule("conversation.read", "own")])]).toEqual([]);
    expect(clashOf([[rule("user.manage")], [rule("conversation.read")]])).toEqual(["system", "reading"]);
    expect(clashOf([[rule("audit.read")], [rule("conversation.read")]])).toBeUndefined();
  });

  test("the widest reading and the questions for the preview", () => {
    const rules = [rule("conversation.read", "own"), rule("conversation.read", "subtree", "masked"), rule("contact.read", "subtree"), rule("audit.read")];
    expect(widestReading(rules)).toEqual({ scope: "subtree", level: "masked" });
    expect(questionsOf(rules)).toEqual([
      { permissions: ["conversation.read", "contact.read"], scope: "subtree", level: "masked" },
      { permissions: ["conversation.read"], scope: "own", level: "text" },
    ]);
    expect([countOf(3), countOf([1, 2]), countOf(null)]).toEqual([3, 2, undefined]);
  });
});

describe("departments and members of our own", () => {
  const department = (id: number, path: number[], members = 0): Department => ({ id, name: `d${id}`, path, members, parent: path.at(-2), source: "local", external_id: id });
  const rows = [department(1, [1], 2), department(2, [1, 2]), department(3, [1, 2, 3]), department(4, [4])];

  test("a department stands neither below itself nor below one inside it", () => {
    expect(placesFor(rows, 2).map((one) => one.id)).toEqual([1, 4]);
    expect(placesFor(rows, undefined)).toHaveLength(4);
    expect(rows.map((one) => isEmpty(rows, one))).toEqual([false, false, true, true]);
  });

  test("a member keeps everything but the status, and departments that are gone fall away", () => {
    const member: Member = { id: 6, source: "local", userid: "temp", name: "小李", avatar: "", position: "客服", status: "active", departments: [{ id: 2, name: "d2", leads: true }, { id: 9, name: "gone", leads: true }] };
    expect(memberBody(member, "left", rows)).toEqual({ userid: "temp", name: "小李", position: "客服", status: "left", departments: [2], leads: [2] });
  });
});

describe("lists", () => {
  test("query values are put in and taken out", () => {
    expect(queryWith({ name: "a", after: "3" }, { after: undefined, page: 2, new: true, off: false })).toEqual({ name: "a", page: "2", new: "1" });
    expect([queryNumber({ id: "7" }, "id"), queryNumber({ id: "x" }, "id"), queryNumber({ id: "-1" }, "id")]).toEqual([7, undefined, undefined]);
  });

  test("choosing rows", () => {
    expect(toggleOne([1, 2], 2)).toEqual([1]);
    expect(toggleAll([9], [{ id: 1 }, { id: 2 }])).toEqual([9, 1, 2]);
    expect(toggleAll([9, 1, 2], [{ id: 1 }, { id: 2 }])).toEqual([9]);
  });

  test("a list is read to its end, or up to a limit", async () => {
    const ask = (after: string | undefined): Promise<{ items: number[]; next?: string }> => Promise.resolve({ items: [Number(after ?? 0)], next: after === "3" ? undefined : String(Number(after ?? 0) + 1) });
    expect(await loadWhole(ask)).toEqual({ items: [0, 1, 2, 3], cut: false });
    expect(await loadWhole(ask, 2)).toEqual({ items: [0, 1], cut: true });
  });

  test("a batch goes on after a failure", async () => {
    const result = await runBatch([1, 2, 3], (one) => (one === 2 ? Promise.reject(new Error("no")) : Promise.resolve()));
    expect(result).toMatchObject({ done: 2, failed: [{ item: 2 }] });
  });

  test("a spreadsheet runs nothing", () => {
    expect([csvCell("=1+1"), csvCell("-x"), csvCell(-3), csvCell('a "b", c'), csvCell(null)]).toEqual(["'=1+1", "'-x", "-3", '"a ""b"", c"', ""]);
    expect(toCsv(["a"], [["b"]])).toBe("\uFEFFa\r\nb\r\n");
  });

  test("clocks in Shanghai", () => {
    expect(momentOf("2026-11-22 00:00:00")).toBe("2026-11-21T16:00:00.000Z");
    expect([momentOf("2026-11-22"), momentOf("2026-13-40 00:00:00")]).toEqual([undefined, undefined]);
    expect(endOfDay("2026-12-31")).toBe("2026-12-31T16:00:00.000Z");
  });
});

describe("form", () => {
  test("says what is wrong after the first try, and a refusal until the field changes", async () => {
    const form = useForm({ name: "" }, (typed) => ({ name: typed.name === "" ? "needed" : undefined }));
    expect([form.wrong.value.name, form.dirty.value]).toEqual([undefined, false]);
    expect(await form.save(() => Promise.resolve(1))).toBeUndefined();
    expect(form.wrong.value.name).toBe("needed");
    form.typed.name = "a";
    expect(form.dirty.value).toBe(true);
    await form.save(() => Promise.reject(new ApiFault("identity.user_exists", 409)), { "identity.user_exists": "name" });
    expect(form.wrong.value.name).toBeTruthy();
    form.typed.name = "b";
    expect(form.wrong.value.name).toBeUndefined();
    expect(await form.save((typed) => Promise.resolve(typed.name))).toBe("b");
  });
});

describe("users, keys, licences, audit", () => {
  test("user names", () => {
    expect(["王芳", "a.b_c-d@e", "a b", "", "x".repeat(65)].map(isUserName)).toEqual([true, true, false, false, false]);
    const users = [{ name: "Anna", state: "active" as const, roles: [{ id: 1 }] }, { name: "bert", state: "disabled" as const, roles: [] }];
    expect(filterUsers(users, { text: "an", role: 1, state: "active" })).toHaveLength(1);
    expect(filterUsers(users, { text: "", state: "disabled" })).toEqual([users[1]]);
  });

  test("keys", () => {
    const now = Date.parse("2026-11-21T00:00:00Z");
    expect([keyState({}, now), keyState({ ends_at: "2026-11-25T00:00:00Z" }, now), keyState({ ends_at: "2026-11-20T00:00:00Z" }, now), keyState({ revoked_at: "2026-01-01T00:00:00Z" }, now)]).toEqual(["active", "ending", "expired", "revoked"]);
    expect([endOf("never", "", now), endOf("30", "", now), endOf("day", "2026-12-01", now), endOf("day", "", now)]).toEqual([undefined, "2026-12-21T00:00:00.000Z", "2026-12-01T16:00:00.000Z", undefined]);
    expect(filterKeys([{ name: "sync", user_name: "anna" }], { text: "ANN", state: "revoked" }, now)).toEqual([]);
  });

  test("licences", () => {
    const packages = [{ name: "a", version: "1", licence: "MIT" }, { name: "b", version: "1", licence: "ISC" }, { name: "c", version: "1", licence: "MIT" }];
    expect(textsOf({ packages, texts: ["one", "two"] }, { name: "d", version: "1", licence: "MIT AND ISC", texts: [1, 0, 9] })).toEqual(["two", "one"]);
    expect(licencesOf(packages)).toEqual([{ licence: "MIT", count: 2 }, { licence: "ISC", count: 1 }]);
    expect(filterPackages(packages, "A", "MIT")).toEqual([packages[0]]);
  });

  test("objects of the audit trail and where they can be seen", () => {
    expect([targetOf("user:7"), targetOf("conversation 12"), targetOf("/api/v1/users"), targetOf("audit")]).toEqual([{ kind: "user", id: "7" }, { kind: "conversation", id: "12" }, undefined, undefined]);
    expect(placeOf({ kind: "user", id: "7" })).toEqual({ name: "users", query: { open: "7" } });
    expect(placeOf({ kind: "api_key", id: "new" })).toBeUndefined();
    const entry = { id: 3, at: "x", user: 1, user_name: "a", action: "b", target: "c", outcome: "done", detail: { n: 1 }, request_id: "r" };
    expect(csvRow(entry, { at: "t", action: "B", outcome: "D" })).toEqual([3, "t", 1, "a", "B", "b", "c", "D", '{"n":1}', "r"]);
  });
});

describe("doctor", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  const at = "2026-11-21T09:59:00Z";
  const intake: Schemas["IntakeStatus"] = { cursor: 9, fetched_at: at, answered_at: at, notified_at: at, received: 9, appended: 9, duplicates: 0, parked: 0, worker_deaths: 0, repeated: 0, unnumbered: 0, keys_held: [1], keys_seen: [1], bad_key_files: [], gaps: [], media_stored: 0, media_failed: 0 };
  const corp: Corp = { corp_id: "ww", name: "c", source: 1, keys_missing: [], connected: false, intake, directory: { synced_at: at, departments: 1, members: 2, seats: 2, contacts: 3, agreements: 0, failures: [] }, callbacks: { accepted: 1, refused: 0 } };
  const stateOf = (changed: Partial<Corp>, name: string): string | undefined => checksOf({ ...corp, ...changed }, now).find((check) => check.name === name)?.state;

  test("all is well", () => {
    expect(worstOf(checksOf(corp, now))).toBe("ok");
    expect(lagOf(intake, now)).toBe(60_000);
  });

  test("each thing that goes wrong has its check", () => {
    expect(stateOf({ keys_missing: [4] }, "keys")).toBe("failed");
    expect(stateOf({ intake: { ...intake, trouble: { name: "ip_not_trusted", detail: "WeCom answered 60020", needs_person: true, since: at } } }, "address")).toBe("failed");
    expect(stateOf({ intake: { ...intake, trouble: { name: "worker_died", detail: "", needs_person: false, since: at } } }, "sdk")).toBe("failed");
    expect(stateOf({ intake: { ...intake, answered_at: "2026-11-21T08:00:00Z" } }, "answer")).toBe("warning");
    expect(stateOf({ intake: { ...intake, gaps: [{ from: 3, to: 5, found_at: at, beyond_window: true }] } }, "gaps")).toBe("failed");
    expect(stateOf({ directory: { ...corp.directory, seats: 1 } }, "permits")).toBe("warning");
    expect(stateOf({ callbacks: null }, "callback")).toBe("skipped");
    expect(checksOf({ ...corp, intake: null }, now).map((check) => check.name)).toEqual(["archive", "directory", "callback"]);
  });

  test("key versions: here, missing, used", () => {
    expect(keyVersions({ ...corp, keys_missing: [4], intake: { ...intake, keys_held: [1, 2], keys_seen: [2, 4] } })).toEqual([{ version: 1, held: true, seen: false }, { version: 2, held: true, seen: true }, { version: 4, held: false, seen: true }]);
  });

  test("what the server's doctor says is taken, strange states as a warning", () => {
    expect(checksFrom({ checks: [{ name: "library", state: "ok" }, { name: "x", state: "odd", detail: "d" }] })).toMatchObject([{ state: "ok" }, { state: "warning", detail: "d" }]);
  });
});

const ADMIN = ["user.manage", "user.read", "role.manage", "role.read", "channel.manage", "member.read", "member.manage", "archive.status", "audit.read", "api_key.manage"].map((permission) => ({ permission }));
const button = (name: string): HTMLButtonElement | undefined => [...document.querySelectorAll("button")].find((one) => one.textContent?.trim() === name);

describe("pages", { timeout: 60_000 }, () => {
  test("users: a new one gets a one-time password that is shown once", async () => {
    const seen = await mountAt("/admin/users?new=1", { grants: ADMIN });
    const name = document.querySelector<HTMLInputElement>("input[data-test=user-name]");
    document.querySelector<HTMLElement>("[data-test=user-save]")?.click();
    await seen.settle();
    expect(document.querySelector(".form-field--wrong")?.textContent).toContain("1 到 64");
    if (name) name.value = "wang.fang";
    name?.dispatchEvent(new Event("input"));
    await seen.settle();
    document.querySelector<HTMLElement>("[data-test=user-save]")?.click();
    await seen.settle();
    expect(seen.asked.find((one) => one.line === "POST /api/v1/users")?.body).toContain('"name":"wang.fang"');
    expect(document.querySelector("[data-test=once]")?.textContent).toBe("mock-once-secret");
    expect(seen.router.currentRoute.value.query).toEqual({});
    seen.page.unmount();
  });

  test("users: one's own account cannot be acted on", async () => {
    const seen = await mountAt("/admin/users?open=2&tab=security", { grants: ADMIN });
    expect(document.querySelector<HTMLButtonElement>("[data-test=user-disable]")?.disabled).toBe(true);
    expect(seen.text()).toContain("这是你自己的账户");
    seen.page.unmount();
  });

  test("roles: a clash of duties is said before saving, and nothing is sent", async () => {
    const seen = await mountAt("/admin/roles?copy=1", { grants: ADMIN });
    document.querySelector<HTMLInputElement>("[data-test='conversation.read'] input")?.click();
    await seen.settle();
    expect(seen.text()).toContain("不能集于一个角色");
    document.querySelector<HTMLElement>("[data-test=role-save]")?.click();
    await seen.settle();
    expect(seen.asked.some((one) => one.line.startsWith("POST /api/v1/roles"))).toBe(false);
    seen.page.unmount();
  });

  test("roles: the preview counts, and is not there where the server has none", async () => {
    const all = await mountAt("/admin/roles?open=4", { grants: ADMIN });
    document.querySelector<HTMLElement>("[data-test=reach-run]")?.click();
    await all.settle();
    expect(document.querySelector("[data-test=reach-conversations]")?.textContent).toContain("9");
    all.page.unmount();
    document.body.innerHTML = "";
    const none = await mountAt("/admin/roles?open=4", { grants: ADMIN, answers: { "POST /api/v1/roles/reach": 404 } });
    document.querySelector<HTMLElement>("[data-test=reach-run]")?.click();
    await none.settle();
    expect(none.text()).toContain("此服务器不提供预览");
    none.page.unmount();
  });

  test("departments: what is synchronised is read-only, what is local can be edited", async () => {
    const seen = await mountAt("/admin/departments", { grants: ADMIN });
    const rows = [...document.querySelectorAll("tbody tr")].map((one) => one.textContent ?? "");
    expect(rows.find((one) => one.includes("王芳"))).toContain("只读");
    expect(rows.find((one) => one.includes("外包小李"))).toContain("编辑");
    expect(document.querySelector("[data-test=department-alter]")).toBeNull();
    await seen.router.push("/admin/departments?dept=2");
    await seen.settle();
    expect(document.querySelector("[data-test=department-alter]")).toBeNull();
    seen.page.unmount();
  });

  test("departments: a local one is renamed with a way back, and is not removed while somebody is inside", async () => {
    const seen = await mountAt("/admin/departments?dept=9&alter=1", { grants: ADMIN });
    const name = document.querySelector<HTMLInputElement>("[data-test=department-name]");
    if (name) name.value = "外包客服中心";
    name?.dispatchEvent(new Event("input"));
    document.querySelector<HTMLElement>("[data-test=department-save]")?.click();
    await seen.settle();
    expect(seen.asked.find((one) => one.line === "PUT /api/v1/departments/9")?.body).toBe(JSON.stringify({ name: "外包客服中心", parent: null }));
    expect(seen.text()).toContain("部门已改为“外包客服中心”");
    button("撤销")?.click();
    await seen.settle();
    expect(seen.asked.filter((one) => one.line === "PUT /api/v1/departments/9").at(-1)?.body).toBe(JSON.stringify({ name: "外包客服", parent: null }));
    const remove = document.querySelector<HTMLElement>("[data-test=department-remove]");
    expect(remove?.getAttribute("aria-disabled")).toBe("true");
    remove?.click();
    await seen.settle();
    expect(document.querySelector(".el-message-box")).toBeNull();
    seen.page.unmount();
  });

  test("users: who is locked out is seen, found and let in again", async () => {
    const seen = await mountAt("/admin/users?state=locked", { grants: ADMIN });
    const rows = [...document.querySelectorAll("tbody tr")].map((one) => one.textContent ?? "");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain("已锁定");
    await seen.router.push("/admin/users?open=3&tab=security");
    await seen.settle();
    expect(document.querySelector(".security")?.textContent).toContain("登录失败 10 次，锁定至");
    document.querySelector<HTMLElement>("[data-test=user-unlock]")?.click();
    await seen.settle();
    expect(seen.asked.some((one) => one.line === "POST /api/v1/users/3/unlock")).toBe(true);
    expect(document.querySelector<HTMLButtonElement>("[data-test=user-unlock]")?.disabled).toBe(true);
    seen.page.unmount();
  });

  test("keys: everybody's only with the right", async () => {
    const own = await mountAt("/admin/api-keys?whose=all", { grants: [] });
    expect(own.asked.some((one) => one.line.includes("everybody=true"))).toBe(false);
    own.page.unmount();
    document.body.innerHTML = "";
    const all = await mountAt("/admin/api-keys?whose=all&state=revoked", { grants: ADMIN });
    expect(all.asked.some((one) => one.line.includes("everybody=true"))).toBe(true);
    expect(all.text()).toContain("旧脚本");
    expect(all.text()).not.toContain("数据仓库");
    all.page.unmount();
  });

  test("audit: filters go to the server as they stand in the address, Shanghai's clock", async () => {
    const seen = await mountAt("/admin/audit?from=2026-11-22%2000:00:00&until=2026-11-22%2023:59:59&action=user.&outcome=done", { grants: ADMIN });
    const line = decodeURIComponent(seen.asked.find((one) => one.line.startsWith("GET /api/v1/audit?"))?.line ?? "");
    expect(line).toContain("from=2026-11-21T16:00:00.000Z");
    expect(line).toContain("action=user.");
    expect(seen.text()).toContain("修改用户");
    seen.page.unmount();
  });

  test("wecom: a missing key is seen, parked messages have their reason, a button says what it did", async () => {
    const seen = await mountAt("/admin/wecom", { grants: ADMIN });
    expect(document.querySelector("[data-test=check-keys]")?.getAttribute("data-state")).toBe("failed");
    expect(seen.text()).toContain("缺少密钥");
    button("立即取数")?.click();
    await seen.settle();
    expect(seen.asked.some((one) => one.line.startsWith("POST /api/v1/channels/wecom/ww0000000000000000/poll"))).toBe(true);
    expect(seen.text()).toContain("已通知 安和集团 立即取数");
    seen.page.unmount();
  });

  test("licences: filtered, or honestly missing", async () => {
    const seen = await mountAt("/admin/licences?licence=MIT", { grants: [] });
    expect(seen.text()).toContain("element-plus");
    expect(seen.text()).not.toContain("ring");
    seen.page.unmount();
    document.body.innerHTML = "";
    const none = await mountAt("/admin/licences", { grants: [], answers: { "GET /api/v1/licences": 404 } });
    expect(none.text()).toContain("此服务器不提供许可清单");
    none.page.unmount();
  });
});
