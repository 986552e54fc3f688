/** Search over the messages of one's scope. */
import { Search } from "@element-plus/icons-vue";
import type { Part } from "../../ui/part";

const permissions = ["conversation.read"] as const;

export default {
  routes: [{ path: "/search", name: "search", component: () => import("./SearchPage.vue"), meta: { title: "search", permissions, full: true } }],
  menu: [{ route: "search", label: "search", icon: Search, section: "work", permissions, keys: "g s" }],
} satisfies Part;
