/** One's own account: password, second factor, sessions. Reached from the user menu. */
import type { Part } from "../../ui/part";

export default {
  routes: [{ path: "/account", name: "account", component: () => import("./AccountPage.vue"), meta: { title: "account" } }],
  menu: [],
} satisfies Part;
