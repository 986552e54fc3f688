/** Users, roles, keys, the audit trail, WeCom and licences for the mock API. */
import type { Schemas } from "../../api/client";
import { fault, on } from "..";

type Role = Schemas["RoleView"];
type User = Schemas["UserView"];
const DAY = "2026-11-20T02:00:00Z";
const NOW = "2026-11-21T10:15:00.123456Z";
const LOCKED_UNTIL = "2026-11-21T10:29:00Z";

const row = (permission: string, scoped: boolean, levelled: boolean, description: string): object => ({ permission, scoped, levelled, description });
const CATALOGUE = [
  row("conversation.read", true, true, "read and search conversations, with their proofs; at level text also media"),
  row("contact.read", true, false, "see contacts that a member in scope looks after or talks with"), row("consent.read", true, false, "see whether contacts agreed to being archived"),
  row("member.read", false, false, "see members and departments"), row("member.manage", false, false, "make and change members and departments that no source brings"),
  row("archive.status", false, false, "see how intake, media and reconciliation stand"), row("user.manage", false, false, "make, bar and unlock users and reset their passwords"),
  row("role.manage", false, false, "make roles and give them to others, never to oneself"), row("api_key.manage", false, false, "see and revoke everybody's API keys"),
  row("channel.manage", false, false, "set up channels and their secrets"), row("audit.read", false, false, "read the audit trail and its proofs"),
];
const rule = (permission: string, scope: Schemas["Scope"] = "all", level: Schemas["Level"] = "text"): Schemas["Rule"] => ({ permission, scope, level });
const role = (id: number, code: string | undefined, name: string, rules: Schemas["Rule"][]): Role => ({ id, code, name, description: name, built_in: code !== undefined, rules });
const roles: Role[] = [
  role(1, "system_administrator", "System administrator", [rule("user.manage"), rule("role.manage"), rule("channel.manage"), rule("member.read")]),
  role(3, "audit_administrator", "Audit administrator", [rule("audit.read"), rule("member.read")]),
  role(4, "auditor", "Compliance auditor", [rule("conversation.read"), rule("contact.read"), rule("member.read")]),
  role(5, "team_leader", "Team leader", [rule("conversation.read", "subtree", "masked"), rule("conversation.read", "own"), rule("contact.read", "subtree")]),
  role(8, undefined, "华东质检", [rule("conversation.read", "department", "masked")]),
];
const user = (id: number, name: string, held: number[], state: Schemas["UserState"] = "active"): User => ({
  id, name, state, totp: false, password_due: false, failed_attempts: id === 3 ? 10 : 0, locked_until: id === 3 ? LOCKED_UNTIL : undefined, created_at: DAY, password_at: DAY, signed_in_at: id === 3 ? undefined : NOW, member: id === 3 ? 1 : undefined,
  roles: roles.filter((one) => held.includes(one.id)).map(({ id: number, code, name: called }) => ({ id: number, code, name: called })),
});
const users = [user(1, "auditor", [4]), user(2, "admin", [1]), user(3, "leader", [5]), user(4, "gone", [], "disabled")];
const keys: Schemas["ApiKeyView"][] = [
  { id: 1, user: 1, user_name: "auditor", name: "数据仓库", hint: "xk_5pTH", roles: [4], created_at: DAY, ends_at: "2027-06-01T00:00:00Z", used_at: NOW },
  { id: 2, user: 2, user_name: "admin", name: "旧脚本", hint: "xk_9aaa", roles: [], created_at: DAY, revoked_at: NOW },
];
const audit = Array.from({ length: 70 }, (_, at): Schemas["AuditView"] => ({
  id: 70 - at, at: new Date(Date.parse(NOW) - at * 61_000).toISOString(), user: 1 + (at % 3), user_name: ["auditor", "admin", "leader"][at % 3] ?? "", outcome: at % 9 === 4 ? "refused" : "done",
  action: ["conversation.read", "user.update", "message.search", "session.create"][at % 4] ?? "", target: ["conversation 12", "user:3", "messages", "user:1"][at % 4] ?? "", detail: at % 2 === 0 ? { first: at, last: at + 50 } : null as never, request_id: `mock${at}`,
}));
const CORP: Schemas["CorpView"] = {
  corp_id: "ww0000000000000000", name: "安和集团", source: 1, keys_missing: [4], connected: false,
  intake: { cursor: 3120, fetched_at: NOW, answered_at: NOW, notified_at: NOW, received: 3120, appended: 3105, duplicates: 3, parked: 12, worker_deaths: 1, repeated: 0, unnumbered: 0, keys_held: [1, 2, 3], keys_seen: [2, 3, 4], bad_key_files: [], gaps: [], media_stored: 490, media_failed: 2 },
  directory: { synced_at: NOW, departments: 5, members: 6, seats: 5, contacts: 3, agreements: 0, failures: [] }, callbacks: { accepted: 40, refused: 0 },
};
const PARKED: Schemas["ParkedView"][] = Array.from({ length: 3 }, (_, at) => ({ id: at + 1, source: 1, seq: 3000 + at, msgid: `p${at}`, key_version: 4, reason: "key_missing", detail: "publickey_ver 4", attempts: at, observed_at: NOW, parked_at: NOW }));
const LICENCES = {
  packages: [{ name: "vue", version: "3.5.45", licence: "MIT", texts: [0] }, { name: "element-plus", version: "2.14.8", licence: "MIT", texts: [0] }, { name: "ring", version: "0.17.8", licence: "ISC", texts: [] }],
  texts: ["Permission is hereby granted…"],
};

function known<T extends { id: number }>(items: readonly T[], id: string | undefined): T {
  const found = items.find((one) => String(one.id) === id);
  if (!found) throw fault(404, "identity.not_found");
  return found;
}
const done = { done: true };

const USERS = [
  on("GET", "/api/v1/users", () => ({ items: users })),
  on("GET", "/api/v1/users/{id}", ({ params }) => known(users, params["id"])),
  on("GET", "/api/v1/users/{id}/reach", () => ({ departments: 2, members: 4, contacts: 3, conversations: 17, level: "masked", sample: [] })),
  on("POST", "/api/v1/users", ({ body }) => {
    const typed = body as Schemas["CreateUser"];
    if (users.some((one) => one.name === typed.name)) return fault(409, "identity.user_exists");
    users.push(user(users.length + 1, typed.name, typed.roles ?? []));
    return { user: users.length, password: typed.password ? undefined : "mock-once-secret" };
  }),
  on("PUT", "/api/v1/users/{id}", ({ params, body }) => Object.assign(known(users, params["id"]), body)),
  on("PUT", "/api/v1/users/{id}/roles", ({ params, body }) => Object.assign(known(users, params["id"]), { roles: user(0, "", (body as Schemas["GiveRoles"]).roles).roles })),
  on("POST", "/api/v1/users/{id}/reset-password", ({ params }) => ({ user: known(users, params["id"]).id, password: "mock-once-secret" })),
  on("POST", "/api/v1/users/{id}/unlock", ({ params }) => (Object.assign(known(users, params["id"]), { failed_attempts: 0, locked_until: undefined }), done)),
  on("DELETE", "/api/v1/users/{id}/sessions", () => done),
  on("DELETE", "/api/v1/users/{id}/totp", () => done),
  on("DELETE", "/api/v1/users/{id}", ({ params }) => (users.splice(users.indexOf(known(users, params["id"])), 1), done)),
];

const ROLES = [
  on("GET", "/api/v1/permissions", () => ({ items: CATALOGUE })),
  on("GET", "/api/v1/roles", () => ({ items: roles })),
  on("POST", "/api/v1/roles", ({ body }) => {
    const typed = body as Schemas["RoleIn"];
    if (roles.some((one) => one.name === typed.name)) return fault(409, "identity.role_exists");
    const made = { ...role(Math.max(...roles.map((one) => one.id)) + 1, undefined, typed.name, typed.rules), description: typed.description ?? "" };
    roles.push(made);
    return made;
  }),
  on("POST", "/api/v1/roles/reach", ({ body }) => ({ departments: 1, members: 2, contacts: 3, conversations: 9, level: (body as { level: string }).level, sample: [] })),
  on("PUT", "/api/v1/roles/{id}", ({ params, body }) => Object.assign(known(roles, params["id"]), body)),
  on("DELETE", "/api/v1/roles/{id}", ({ params }) => (roles.splice(roles.indexOf(known(roles, params["id"])), 1), done)),
];

export default [
  ...USERS,
  ...ROLES,
  on("GET", "/api/v1/api-keys", ({ query }) => ({ items: keys.filter((key) => query.get("everybody") === "true" || key.user === 1) })),
  on("POST", "/api/v1/api-keys", ({ body }) => {
    const typed = body as Schemas["CreateKey"];
    keys.push({ id: keys.length + 1, user: 1, user_name: "auditor", name: typed.name, hint: "xk_mock", roles: typed.roles ?? [], created_at: NOW, ends_at: typed.ends_at });
    return { id: keys.length, key: "xk_mock_only_now" };
  }),
  on("DELETE", "/api/v1/api-keys/{id}", ({ params }) => (Object.assign(known(keys, params["id"]), { revoked_at: NOW }), done)),
  on("GET", "/api/v1/audit", ({ query }) => {
    const found = audit.filter((one) => one.id < Number(query.get("after") ?? Infinity) && one.action.startsWith(query.get("action") ?? "") && one.target.startsWith(query.get("target") ?? "") && (query.get("outcome") ?? one.outcome) === one.outcome && Number(query.get("user") ?? one.user) === one.user);
    const limit = Number(query.get("limit") ?? 50);
    return { items: found.slice(0, limit), next: found.length > limit ? String(found[limit - 1]?.id) : undefined };
  }),
  on("GET", "/api/v1/audit/{id}", ({ params }) => known(audit, params["id"])),
  on("GET", "/api/v1/channels/wecom", () => ({ items: [CORP] })),
  on("GET", "/api/v1/channels/wecom/{corp}/doctor", () => ({ checks: [{ name: "sdk", state: "ok" }, { name: "keys", state: "failed", code: "wecom.key_missing", detail: "4" }, { name: "callback", state: "ok" }] })),
  ...["poll", "sync", "retry-parked"].map((act) => on("POST", `/api/v1/channels/wecom/{corp}/${act}`, () => ({ accepted: true }))),
  on("GET", "/api/v1/archive/parked", ({ query }) => ({ items: PARKED.filter((one) => (query.get("reason") ?? one.reason) === one.reason) })),
  on("GET", "/api/v1/licences", () => LICENCES),
];
