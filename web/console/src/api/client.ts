/**
 * One way to the server: JSON over the session cookie, typed by the API document, faults with their stable code.
 * Never another origin.
 *
 *   const page = await ask(api.GET("/api/v1/conversations", { params: { query: { limit: 50 } }, signal }));
 *   const extra = await available(call<Searches>("GET", "/api/v1/searches"));   // undefined: this server has no such thing
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Method = "GET" | "POST" | "PUT" | "DELETE";

const TIMEOUT_MS = 30_000;
/** Shows the server that its own page asks. */
const OWN_PAGE = { name: "x-xinlu", value: "1" } as const;

/** What the server refused or could not do. `status` 0: it could not be reached. */
export class ApiFault extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly requestId?: string,
    /** What the server says of it, in English; shown only where no text of ours fits. */
    readonly detail?: string,
  ) {
    super(code);
    this.name = "ApiFault";
  }
}

type Listener = () => void;
let onSignedOut: Listener = () => undefined;

/** Called whenever the server says that nobody is signed in. */
export function whenSignedOut(listener: Listener): void {
  onSignedOut = listener;
}

async function send(request: Request): Promise<Response> {
  const limited = new Request(request, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  try {
    return await fetch(limited);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new ApiFault("http.network", 0);
  }
}

const faults: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set(OWN_PAGE.name, OWN_PAGE.value);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await faultOf(response);
    return undefined;
  },
};

interface FaultBody {
  error?: { code?: string; message?: string; request_id?: string };
}

export async function faultOf(response: Response): Promise<ApiFault> {
  const body = (await response.json().catch(() => ({}))) as FaultBody;
  const fault = new ApiFault(body.error?.code ?? `http.${response.status}`, response.status, body.error?.request_id, body.error?.message);
  if (fault.code === "http.unauthenticated") onSignedOut();
  return fault;
}

/** The typed client. Every answer that is no success is thrown as an `ApiFault`. */
export const api = createClient<paths>({ baseUrl: typeof location === "undefined" ? "/" : location.origin, fetch: send });
api.use(faults);

/** The answer of a call of `api`; throws an `ApiFault`. */
export async function ask<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

export interface Wanted {
  query?: Record<string, string | number | boolean | undefined>;
  body?: object;
  signal?: AbortSignal;
  /** `text` for answers that are no JSON. */
  as?: "json" | "text" | "blob";
}

/** For what the API document does not hold yet; `T` is what the endpoint promises. */
export async function call<T>(method: Method, path: string, wanted: Wanted = {}): Promise<T> {
  const headers = new Headers({ accept: "application/json, text/plain" });
  if (method !== "GET") headers.set(OWN_PAGE.name, OWN_PAGE.value);
  if (wanted.body) headers.set("content-type", "application/json");
  const body = wanted.body ? JSON.stringify(wanted.body) : undefined;
  const response = await send(new Request(new URL(path + queryOf(wanted.query ?? {}), location.origin), { method, headers, body, signal: wanted.signal }));
  if (!response.ok) throw await faultOf(response);
  if (wanted.as === "blob") return (await response.blob()) as T;
  const text = await response.text();
  if (wanted.as === "text") return text as T;
  return (text === "" ? {} : JSON.parse(text)) as T;
}

/** `undefined` where the server does not have the endpoint (yet), or this thing of it. */
export async function available<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ApiFault && (cause.status === 404 || cause.status === 405)) return undefined;
    throw cause;
  }
}

/** `undefined` where the caller may not. */
export async function permitted<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ApiFault && cause.status === 403) return undefined;
    throw cause;
  }
}

export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === "AbortError";
}

/** A query string of what is set. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
