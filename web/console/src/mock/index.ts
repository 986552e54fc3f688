/**
 * The API in the browser, for work on pages without a server and for tests. Each part has a file in `parts/`, found by itself:
 *
 *   export default [on("GET", "/api/v1/roles", () => ROLES), on("DELETE", "/api/v1/roles/{id}", ({ params }) => …)];
 *
 * What no part answers comes out of the API document. An answer is JSON unless it is a `Response`. `fault(404, "http.not_found")` is thrown.
 */
import { fromDocument } from "./document";

export interface MockRequest {
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

export interface Handler {
  method: string;
  path: string;
  pattern: RegExp;
  answer: (request: MockRequest) => unknown;
}

const DELAY_MS = 120;

export function on(method: string, path: string, answer: (request: MockRequest) => unknown): Handler {
  return { method, path, pattern: new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`), answer };
}

export function fault(status: number, code: string): Response {
  return Response.json({ error: { code, message: code, request_id: "mock" } }, { status });
}

export async function answer(handlers: readonly Handler[], request: Request): Promise<Response> {
  const url = new URL(request.url);
  for (const handler of handlers) {
    const found = handler.method === request.method ? handler.pattern.exec(url.pathname) : null;
    if (!found) continue;
    const text = request.method === "GET" ? "" : await request.text();
    try {
      const result = await handler.answer({ params: { ...found.groups }, query: url.searchParams, body: text === "" ? undefined : JSON.parse(text) });
      return result instanceof Response ? result : Response.json(result ?? {});
    } catch (cause) {
      if (cause instanceof Response) return cause;
      throw cause;
    }
  }
  const result = fromDocument(request.method, url.pathname);
  return result === undefined ? new Response(null, { status: 404 }) : Response.json(result);
}

export function allHandlers(): Handler[] {
  const files = import.meta.glob<{ default: Handler[] }>("./parts/*.ts", { eager: true });
  return Object.values(files).flatMap((file) => file.default);
}

export function startMock(): void {
  const real = window.fetch.bind(window);
  const handlers = allHandlers();
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (!new URL(request.url).pathname.startsWith("/api/")) return real(input, init);
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    return answer(handlers, request);
  };
}
