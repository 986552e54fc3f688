/** Conversations: departments and members, their conversations, the messages. */
import { ChatDotRound } from "@element-plus/icons-vue";
import type { Part } from "../../ui/part";

const permissions = ["conversation.read"] as const;

export default {
  routes: [{ path: "/conversations/:id?", name: "conversations", component: () => import("./ConversationsPage.vue"), meta: { title: "conversations", permissions, full: true } }],
  menu: [{ route: "conversations", label: "conversations", icon: ChatDotRound, section: "work", permissions, keys: "g c" }],
} satisfies Part;
