/** Home: how the archive stands today. */
import { HomeFilled } from "@element-plus/icons-vue";
import type { Part } from "../../ui/part";

export default {
  routes: [{ path: "/", name: "home", component: () => import("./HomePage.vue"), meta: { title: "home" } }],
  menu: [{ route: "home", label: "home", icon: HomeFilled, section: "work", keys: "g h" }],
} satisfies Part;
