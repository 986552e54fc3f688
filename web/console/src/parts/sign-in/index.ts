/** The door: name and password, the second factor, and a password that must be changed. */
import type { Part } from "../../ui/part";

export default {
  routes: [{ path: "/sign-in", name: "sign-in", component: () => import("./SignInPage.vue"), meta: { title: "sign-in", door: true } }],
  menu: [],
} satisfies Part;
