/** People: contacts outside and members of the company, those who left included. */
import { Avatar, User } from "@element-plus/icons-vue";
import type { Part } from "../../ui/part";

const contacts = ["contact.read"] as const;
const members = ["member.read"] as const;

export default {
  routes: [
    { path: "/people/contacts/:id(\\d+)?", name: "contacts", component: () => import("./ContactsPage.vue"), meta: { title: "contacts", permissions: contacts } },
    { path: "/people/members/:id(\\d+)?", name: "members", component: () => import("./MembersPage.vue"), meta: { title: "members", permissions: members } },
  ],
  menu: [
    { route: "contacts", label: "contacts", icon: User, section: "people", permissions: contacts, keys: "g o" },
    { route: "members", label: "members", icon: Avatar, section: "people", permissions: members, keys: "g m" },
  ],
} satisfies Part;
