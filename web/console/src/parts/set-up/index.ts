/** The first run: administrator, company, WeCom. */
import type { Part } from "../../ui/part";

export default {
  routes: [{ path: "/set-up", name: "set-up", component: () => import("./SetUpPage.vue"), meta: { title: "set-up", door: true } }],
  menu: [],
} satisfies Part;
