/** The way to the server: the header of its own page, faults with their code, what a server does not have. */
import { afterEach, expect, test, vi } from "vitest";
import { ApiFault, api, ask, available, call, permitted, whenSignedOut } from "../src/api/client";

const answer = (status: number, body: unknown): Response => Response.json(body, { status });
const fault = (status: number, code: string): Response => answer(status, { error: { code, message: "no", request_id: "r1" } });

afterEach(() => vi.unstubAllGlobals());

function server(response: Response): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => (asked.push(request), Promise.resolve(response.clone())));
  return asked;
}

test("an answer is read, a question is asked on this origin", async () => {
  const asked = server(answer(200, { needed: true }));
  expect(await ask(api.GET("/api/v1/setup"))).toEqual({ needed: true });
  expect(new URL(asked[0]?.url ?? "").origin).toBe(location.origin);
  expect(asked[0]?.headers.get("x-xinlu")).toBeNull();
});

test("what changes something says that our page asks", async () => {
  const asked = server(answer(200, {}));
  await call("DELETE", "/api/v1/sessions");
  await ask(api.PUT("/api/v1/sessions/password", { body: { old: "a", new: "b" } }));
  expect(asked.map((one) => one.headers.get("x-xinlu"))).toEqual(["1", "1"]);
});

test("a refusal has its code, status and request", async () => {
  server(fault(409, "identity.user_exists"));
  const refused = await ask(api.GET("/api/v1/setup")).catch((cause: unknown) => cause);
  expect(refused).toBeInstanceOf(ApiFault);
  expect(refused).toMatchObject({ code: "identity.user_exists", status: 409, requestId: "r1" });
});

test("a server that cannot be reached is a fault, too", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await expect(call("GET", "/api/v1/x")).rejects.toMatchObject({ code: "http.network", status: 0 });
});

test("a session that ended is told", async () => {
  const told = vi.fn();
  whenSignedOut(told);
  server(fault(401, "http.unauthenticated"));
  await expect(call("GET", "/api/v1/x")).rejects.toBeInstanceOf(ApiFault);
  expect(told).toHaveBeenCalledOnce();
});

test("what a server lacks or refuses is undefined where one asks so", async () => {
  server(new Response(null, { status: 404 }));
  expect(await available(call("GET", "/api/v1/events"))).toBeUndefined();
  server(fault(403, "http.forbidden"));
  expect(await permitted(call("GET", "/api/v1/users"))).toBeUndefined();
  server(fault(403, "http.forbidden"));
  await expect(available(call("GET", "/api/v1/users"))).rejects.toBeInstanceOf(ApiFault);
});
