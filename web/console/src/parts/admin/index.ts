/** Administration: users, roles, departments, API keys, sessions, the audit trail, WeCom, licences. */
import { Connection, Document, Key, List, Monitor, OfficeBuilding, Postcard, UserFilled } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { RouteRecordRaw } from "vue-router";
import type { NavKey } from "../../i18n/nav";
import type { MenuEntry, Part } from "../../ui/part";

interface Entry {
  name: NavKey;
  icon: Component;
  page: () => Promise<unknown>;
  permissions?: readonly string[];
  keys?: string;
}

const ENTRIES: readonly Entry[] = [
  { name: "users", icon: UserFilled, page: () => import("./users/UsersPage.vue"), permissions: ["user.read"], keys: "g u" },
  { name: "roles", icon: Postcard, page: () => import("./roles/RolesPage.vue"), permissions: ["role.read"], keys: "g r" },
  { name: "departments", icon: OfficeBuilding, page: () => import("./departments/DepartmentsPage.vue"), permissions: ["member.read"], keys: "g d" },
  { name: "api-keys", icon: Key, page: () => import("./keys/ApiKeysPage.vue"), keys: "g k" },
  { name: "sessions", icon: Monitor, page: () => import("./sessions/SessionsPage.vue"), permissions: ["user.manage"] },
  { name: "audit", icon: List, page: () => import("./audit/AuditPage.vue"), permissions: ["audit.read"], keys: "g a" },
  { name: "wecom", icon: Connection, page: () => import("./wecom/WecomPage.vue"), permissions: ["channel.manage"], keys: "g w" },
  { name: "licences", icon: Document, page: () => import("./licences/LicencesPage.vue") },
];

const route = ({ name, page, permissions }: Entry): RouteRecordRaw => ({ path: `/admin/${name}`, name, component: page, meta: { title: name, permissions } });
const entry = ({ name, icon, permissions, keys }: Entry): MenuEntry => ({ route: name, label: name, icon, section: "admin", permissions, keys });

export default { routes: ENTRIES.map(route), menu: ENTRIES.map(entry) } satisfies Part;
