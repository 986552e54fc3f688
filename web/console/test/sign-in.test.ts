/** The door in all its steps: a second factor, a password that is due, and then on to where one wanted. */
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { router } from "../src/app/router";
import SignInPage from "../src/parts/sign-in/SignInPage.vue";

const ME = { user: 1, name: "a", password_due: false, roles: [], grants: [] };
const refusal = (code: string): Response => Response.json({ error: { code } }, { status: 401 });

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

/** Mounts the page before a server that answers as `answers` says; gives what was asked. */
async function open(answers: Record<string, (body: Record<string, string>) => Response>): Promise<{ page: ReturnType<typeof mount>; asked: string[] }> {
  const pinia = createPinia();
  setActivePinia(pinia);
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const key = `${request.method} ${new URL(request.url).pathname}`;
    const text = request.method === "GET" ? "" : await request.text();
    asked.push(`${key} ${text}`.trim());
    return answers[key]?.(text === "" ? {} : (JSON.parse(text) as Record<string, string>)) ?? refusal("http.unauthenticated");
  });
  await router.push("/sign-in?next=/account");
  const page = mount(SignInPage, { global: { plugins: [pinia, router] }, attachTo: document.body });
  return { page, asked };
}

async function fill(page: ReturnType<typeof mount>, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.get(`input[name=${name}]`).setValue(value);
  await page.get("form").trigger("submit");
  await flushPromises();
  await flushPromises();
}

test("a second factor is asked for and sent with name and password", async () => {
  const { page, asked } = await open({
    "GET /api/v1/setup": () => Response.json({ needed: false }),
    "POST /api/v1/sessions": (body) => (body["totp"] === undefined ? refusal("identity.totp_required") : body["totp"] === "123456" ? Response.json({ user: 1 }) : refusal("identity.totp_wrong")),
    "GET /api/v1/sessions": () => Response.json(ME),
  });
  await fill(page, { name: "a", password: "secret" });
  expect(page.text()).toContain("两步验证");
  await fill(page, { totp: "654321" });
  expect(page.get("[role=alert]").text()).toContain("验证码不正确");
  await fill(page, { totp: "123456" });
  expect(asked).toContain('POST /api/v1/sessions {"name":"a","password":"secret","totp":"123456"}');
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe("/account"), { timeout: 15_000 });
  page.unmount();
});

test("a password that is due is changed, then one goes on", async () => {
  let due = true;
  const { page, asked } = await open({
    "GET /api/v1/setup": () => Response.json({ needed: false }),
    "POST /api/v1/sessions": () => Response.json({ user: 1 }),
    "GET /api/v1/sessions": () => Response.json({ ...ME, password_due: due }),
    "PUT /api/v1/sessions/password": () => ((due = false), Response.json({ done: true })),
  });
  await fill(page, { name: "a", password: "one time" });
  expect(page.text()).toContain("请先修改密码");
  await fill(page, { fresh: "seven plain horses", again: "seven plain cows" });
  expect(page.get("[role=alert]").text()).toContain("两次输入的密码不同");
  await fill(page, { fresh: "seven plain horses", again: "seven plain horses" });
  expect(asked).toContain('PUT /api/v1/sessions/password {"old":"one time","new":"seven plain horses"}');
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe("/account"), { timeout: 15_000 });
  page.unmount();
});
