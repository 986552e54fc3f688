/** The logs: growth, checkpoints, reconciliation; and the verifier that works in the browser. */
import { CircleCheck } from "@element-plus/icons-vue";
import type { Part } from "../../ui/part";

const permissions = ["archive.status", "archive.verify", "conversation.read", "audit.read"] as const;

export default {
  routes: [{ path: "/log", name: "proof", component: () => import("./LogPage.vue"), meta: { title: "proof", permissions } }],
  menu: [{ route: "proof", label: "proof", icon: CircleCheck, section: "work", permissions, keys: "g l" }],
} satisfies Part;
