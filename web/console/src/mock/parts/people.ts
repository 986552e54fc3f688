/** Departments, members and contacts for the mock API. */
import type { Schemas } from "../../api/client";
import { type MockRequest, fault, on } from "..";
import { seatOf } from "../../ui/people/member";

const SOURCE = "wecom:ww0000000000000000";
const FIRST_DAY = "2026-01-05T01:00:00Z";
const PAGE = 50;

function department(id: number, name: string, parent: number | undefined, path: number[], members: number, source = SOURCE): Schemas["DepartmentView"] {
  return { id, name, parent, path, members, source, external_id: id };
}

const departments = [
  department(1, "安和集团", undefined, [1], 0), department(2, "销售部", 1, [1, 2], 1), department(3, "华东销售组", 2, [1, 2, 3], 2), department(4, "合规与审计部", 1, [1, 4], 1),
  department(9, "外包客服", undefined, [9], 1, "local"),
];
const nameOf = (id: number): string => departments.find((one) => one.id === id)?.name ?? "";

function member(id: number, name: string, inside: number, status: Schemas["MemberStatus"] = "active", source = SOURCE): Schemas["MemberView"] {
  return { id, name, userid: `m${id}`, avatar: "", position: id === 1 ? "销售部负责人" : "顾问", status, source, archived_seat: source === SOURCE ? id !== 4 : undefined, departments: [{ id: inside, name: nameOf(inside), leads: id === 1 }] };
}

const members = [member(1, "王芳", 2), member(2, "陈志强", 3), member(3, "周雨桐", 3), member(4, "何静", 4), member(5, "林晓", 3, "left"), member(6, "外包小李", 9, "active", "local")];

const tag = (id: number, group: string, name: string, kind: Schemas["TagKind"] = "corp"): Schemas["TagView"] => ({ id, group, name, kind });
const [VIP, LOAN, VISIT, HOT, EAST] = [tag(1, "客户等级", "VIP"), tag(2, "银行业务", "个人房贷"), tag(3, "来源", "门店扫码"), tag(4, "意向程度", "高意向"), tag(5, "", "华东", "rule")] as const;

function contact(id: number, name: string, follower: number, remark: string, tags: Schemas["TagView"][]): Schemas["ContactView"] {
  return { id, kind: "contact", source: SOURCE, external_id: `wm${id}`, name, avatar: "", company: id === 12 ? "深圳远航" : "", origin: id % 2 === 0 ? "wechat" : "wecom", gender: id % 3, created_at: FIRST_DAY, level: "text", tags, members: [{ member: follower, remark, added_at: FIRST_DAY, tags }] };
}

const contacts = [contact(11, "小谭", 1, "小谭 13812345678", [VIP, LOAN]), contact(12, "余雨桐", 2, "余雨桐-老客户", [VIP, LOAN, VISIT, HOT, EAST]), contact(13, "深圳-崔雯", 3, "崔雯（重要）", [])];

function contactsOf({ query }: MockRequest): unknown {
  const [name, wanted] = [query.get("name") ?? "", Number(query.get("tag") ?? 0)];
  const found = contacts.filter((one) => `${one.name} ${one.company} ${one.external_id}`.includes(name) && (wanted === 0 || one.tags.some((own) => own.id === wanted)));
  return pageOf(found, query);
}

function pageOf<T extends { id: number }>(items: readonly T[], query: URLSearchParams): { items: T[]; next?: string } {
  const limit = Number(query.get("limit") ?? PAGE);
  const rest = items.filter((one) => one.id > Number(query.get("after") ?? 0));
  return { items: rest.slice(0, limit), next: rest.length > limit ? String(rest[limit - 1]?.id) : undefined };
}

function membersOf({ query }: MockRequest): unknown {
  const [name, status, inside] = [query.get("name") ?? "", query.get("status"), Number(query.get("department") ?? 0)];
  const [source, seat] = [query.get("source"), query.get("seat")];
  const wanted = departments.filter((one) => (query.get("subtree") === "true" ? one.path.includes(inside) : one.id === inside)).map((one) => one.id);
  const found = members.filter((one) => `${one.name} ${one.userid}`.includes(name) && (status === null || one.status === status) && (source === null || one.source === source) && (seat === null || seatOf(one.archived_seat) === seat) && (inside === 0 || one.departments.some((place) => wanted.includes(place.id))));
  return pageOf(found, query);
}

function known<T extends { id: number }>(items: readonly T[], id: string | undefined): T {
  const found = items.find((one) => String(one.id) === id);
  if (!found) throw fault(404, "identity.not_found");
  return found;
}

export default [
  on("GET", "/api/v1/departments", () => ({ items: departments })),
  on("POST", "/api/v1/departments", ({ body }) => {
    const { name, parent } = body as Schemas["PutDepartment"];
    const above = departments.find((one) => one.id === parent);
    const id = departments.length + 20;
    const made = department(id, name, parent ?? undefined, [...(above?.path ?? []), id], 0, "local");
    departments.push(made);
    return made;
  }),
  on("PUT", "/api/v1/departments/{id}", ({ params, body }) => {
    const [before, { name, parent }] = [known(departments, params["id"]), body as Schemas["PutDepartment"]];
    const above = departments.find((one) => one.id === parent);
    if (above?.path.includes(before.id)) return fault(409, "identity.department_ring");
    return Object.assign(before, { name, parent: parent ?? undefined, path: [...(above?.path ?? []), before.id] });
  }),
  on("DELETE", "/api/v1/departments/{id}", ({ params }) => {
    const gone = known(departments, params["id"]);
    if (gone.members > 0 || departments.some((one) => one.parent === gone.id)) return fault(409, "identity.department_in_use");
    departments.splice(departments.indexOf(gone), 1);
    return { done: true };
  }),
  on("GET", "/api/v1/members", membersOf),
  on("GET", "/api/v1/members/{id}", ({ params }) => known(members, params["id"])),
  on("PUT", "/api/v1/members", ({ body }) => {
    const typed = body as Schemas["PutMember"];
    const before = members.find((one) => one.userid === typed.userid);
    const made: Schemas["MemberView"] = { ...member(before?.id ?? members.length + 1, typed.name, typed.departments?.[0] ?? 9, typed.status, "local"), userid: typed.userid, position: typed.position ?? "" };
    if (before) members[members.indexOf(before)] = made;
    else members.push(made);
    return made;
  }),
  on("GET", "/api/v1/contacts", contactsOf),
  on("GET", "/api/v1/contact-tags", () => ({ items: [LOAN, VIP, HOT, VISIT, EAST].map((one) => ({ ...one, contacts: contacts.filter((bearer) => bearer.tags.includes(one)).length })) })),
  on("GET", "/api/v1/contacts/{id}", ({ params }) => known(contacts, params["id"])),
];
