/** Routes and who may take them: a server without users leads to set-up, a visitor to sign-in, and then back to where they wanted. */
import { type RouteLocationNormalized, type RouteLocationRaw, createRouter, createWebHistory } from "vue-router";
import { useText } from "../i18n";
import common from "../i18n/common";
import nav from "../i18n/nav";
import { useSession } from "../ui/session";
import { PARTS } from "./parts";

const t = useText(nav);
const words = useText(common);

export const router = createRouter({
  history: createWebHistory(),
  routes: [...PARTS.flatMap((part) => part.routes), { path: "/:rest(.*)*", name: "not-found", component: () => import("./NotFoundPage.vue"), meta: { title: "not-found" } }],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.start();
  return doorFor(to, session);
});

function doorFor(to: RouteLocationNormalized, session: ReturnType<typeof useSession>): RouteLocationRaw | true {
  const next = to.meta.door || to.fullPath === "/" ? undefined : to.fullPath;
  if (session.setupNeeded) return to.name === "set-up" ? true : { name: "set-up" };
  if (!session.me || session.passwordDue) return to.name === "sign-in" ? true : { name: "sign-in", query: { next } };
  // The assistant goes on after its first step, for who may connect WeCom.
  if (to.name === "set-up") return session.may("channel.manage") ? true : { name: "home" };
  return to.name === "sign-in" ? { name: "home" } : true;
}

export function nameWindow(): void {
  const title = router.currentRoute.value.meta.title;
  document.title = title ? `${t(title)} · ${words("app.name")}` : words("app.name");
}
