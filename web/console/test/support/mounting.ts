/** Mounts a page at an address, against the mock API; `grants` are what the reader may do. */
import { type VueWrapper, flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { vi } from "vitest";
import { type Router, RouterView, createMemoryHistory, createRouter } from "vue-router";
import type { Schemas } from "../../src/api/client";
import { allHandlers, answer, fault } from "../../src/mock";
import { useSession } from "../../src/ui/session";
import { PARTS } from "../../src/app/parts";

export interface Mounted {
  page: VueWrapper;
  router: Router;
  /** What was asked, `METHOD /path?query`, with the body. */
  asked: { line: string; body: string }[];
  /** All that is on the screen, drawers and dialogs included. */
  text: () => string;
  settle: () => Promise<void>;
}

export type Grant = Pick<Schemas["MyGrant"], "permission"> & Partial<Schemas["MyGrant"]>;

export interface Options {
  grants?: readonly Grant[];
  /** Answers in place of the mock's, by `METHOD /path`; a number is a refusal with that status. */
  answers?: Record<string, unknown>;
}

export async function mountAt(address: string, { grants = [], answers = {} }: Options = {}): Promise<Mounted> {
  const asked: Mounted["asked"] = [];
  const handlers = allHandlers();
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push({ line: `${request.method} ${url.pathname}${url.search}`, body: await request.clone().text() });
    const own = answers[`${request.method} ${url.pathname}`];
    if (typeof own === "number") return fault(own, own === 403 ? "http.forbidden" : `http.${own}`);
    return own === undefined ? answer(handlers, request) : Response.json(own);
  });
  const pinia = createPinia();
  setActivePinia(pinia);
  useSession().me = { user: 2, name: "admin", member: undefined, totp: false, password_due: false, roles: [{ id: 1, code: "system_administrator", name: "System administrator" }], grants: grants.map((grant) => ({ everybody: true, level: "text", ...grant })) };
  const router = createRouter({ history: createMemoryHistory(), routes: PARTS.flatMap((part) => part.routes) });
  await router.push(address);
  const page = mount(RouterView, { global: { plugins: [router, pinia] }, attachTo: document.body });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) {
      await flushPromises();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await settle();
  return { page, router, asked, text: () => document.body.textContent ?? "", settle };
}
