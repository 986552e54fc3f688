/** Doors, menu and shortcuts. */
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, expect, test, vi } from "vitest";
import { createApp, defineComponent, h, nextTick, ref } from "vue";
import { MENU, PARTS } from "../src/app/parts";
import { router } from "../src/app/router";
import { formatDuration } from "../src/ui/format";
import { keyGroups, startKeys, useKeys } from "../src/ui/keyboard";
import { nextOf } from "../src/ui/next";
import { useSession } from "../src/ui/session";

beforeEach(() => {
  setActivePinia(createPinia());
  localStorage.clear();
});

function server(answers: Record<string, unknown>): void {
  vi.stubGlobal("fetch", (request: Request) => {
    const body = answers[new URL(request.url).pathname];
    return Promise.resolve(body === undefined ? Response.json({ error: { code: "http.unauthenticated" } }, { status: 401 }) : Response.json(body));
  });
}

const ME = { user: 1, name: "a", password_due: false, roles: [], grants: [{ permission: "conversation.read", everybody: true, level: "masked" }] };

test("a new server leads to set-up, a visitor to sign-in and back", async () => {
  server({ "/api/v1/setup": { needed: true } });
  await router.push("/search?q=x");
  expect(router.currentRoute.value.name).toBe("set-up");
  setActivePinia(createPinia());
  server({ "/api/v1/setup": { needed: false } });
  await router.push("/search?q=x");
  expect(router.currentRoute.value.fullPath).toBe("/sign-in?next=/search?q=x");
});

test("a password that is due leaves only the door open", async () => {
  localStorage.setItem("xinlu.signed_in", "1");
  server({ "/api/v1/sessions": { ...ME, password_due: true } });
  await router.push("/account");
  expect(router.currentRoute.value.name).toBe("sign-in");
});

test("rights are read from the grants", async () => {
  localStorage.setItem("xinlu.signed_in", "1");
  server({ "/api/v1/sessions": ME });
  const session = useSession();
  await session.start();
  expect([session.may("conversation.read"), session.may("audit.read"), session.may("audit.read", "conversation.read"), session.may()]).toEqual([true, false, true, true]);
  expect(session.levelOf("conversation.read")).toBe("masked");
});

test("after signing in one goes only to a page of ours", () => {
  expect([nextOf("/search?q=1"), nextOf("//evil.example"), nextOf("https://evil.example"), nextOf("/\\evil.example"), nextOf(undefined)]).toEqual(["/search?q=1", "/", "/", "/", "/"]);
});

test("menu entries lead to routes, with shortcuts of their own", () => {
  const names = new Set(PARTS.flatMap((part) => part.routes.map((route) => route.name)));
  expect(MENU.filter((entry) => !names.has(entry.route))).toEqual([]);
  const keys = MENU.flatMap((entry) => entry.keys ?? []);
  expect(new Set(keys).size).toBe(keys.length);
});

test("keys: sequences, typing, dialogs", () => {
  const pressed: string[] = [];
  const act = (keys: string, always = false): { keys: string; label: () => string; run: () => void; always: boolean } => ({ keys, label: () => keys, run: () => pressed.push(keys), always });
  const app = createApp({ setup: () => (useKeys(() => "one", [act("g h"), act("h"), act("?"), act("Ctrl+k", true)]), () => h("input", { id: "typed" })) });
  const place = document.body.appendChild(document.createElement("div"));
  app.mount(place);
  const stop = startKeys();
  const press = (key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body): void => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  expect(keyGroups()).toHaveLength(1);
  press("g");
  press("h");
  press("h");
  press("?", { shiftKey: true });
  const input = document.getElementById("typed") ?? document.body;
  press("h", {}, input);
  press("k", { ctrlKey: true }, input);
  expect(pressed).toEqual(["g h", "h", "?", "Ctrl+k"]);
  stop();
  app.unmount();
  expect(keyGroups()).toHaveLength(0);
});

test("keys: what is inside comes before what is around it, from the set-up on, and goes with it", async () => {
  const pressed: string[] = [];
  const act = (who: string, keys = "/"): { keys: string; label: () => string; run: () => void } => ({ keys, label: () => who, run: () => pressed.push(who) });
  const shown = ref(true);
  const Page = defineComponent({ setup: () => (useKeys(() => "page", [act("page")]), () => h("p")) });
  const app = createApp({ setup: () => (useKeys(() => "frame", [act("frame"), act("frame", "?")]), () => h("main", shown.value ? [h(Page)] : [])) });
  app.mount(document.body.appendChild(document.createElement("div")));
  const stop = startKeys();
  const press = (key: string): void => void document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  press("/");
  press("?");
  shown.value = false;
  await nextTick();
  press("/");
  expect(pressed).toEqual(["page", "frame", "frame"]);
  expect(keyGroups().map((group) => group.title())).toEqual(["frame"]);
  stop();
  app.unmount();
});

test("lengths of time are said in the language", () => {
  expect([formatDuration(850), formatDuration(12_000), formatDuration(185_000), formatDuration(7_800_000)]).toEqual(["850 毫秒", "12 秒", "3 分 5 秒", "2 小时 10 分"]);
});
