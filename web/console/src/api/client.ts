/** One way to the server: JSON over the session cookie, errors with their stable code. Never another origin. */

const TIMEOUT_MS = 30_000;

export class ApiFailure extends Error {
  constructor(readonly status: number, readonly code: string, readonly requestId: string | undefined) {
    super(code);
  }
}

type Listener = () => void;
let onSignedOut: Listener = () => undefined;

/** Called whenever the server says that nobody is signed in. */
export function whenSignedOut(listener: Listener): void {
  onSignedOut = listener;
}

export interface Wanted {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: object;
  signal?: AbortSignal;
}

async function send(path: string, wanted: Wanted): Promise<Response> {
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(wanted.signal ? [wanted.signal] : [])];
  const headers: Record<string, string> = { accept: "application/json, text/plain" };
  const method = wanted.method ?? "GET";
  if (method !== "GET") headers["x-xinlu"] = "1";
  if (wanted.body) headers["content-type"] = "application/json";
  const body = wanted.body ? JSON.stringify(wanted.body) : null;
  try {
    return await fetch(path, { method, headers, body, credentials: "same-origin", cache: "no-store", signal: AbortSignal.any(signals) });
  } catch (cause) {
    if (wanted.signal?.aborted) throw cause;
    throw new ApiFailure(0, "network", undefined);
  }
}

interface ErrorBody {
  error?: { code?: string; request_id?: string };
}

async function failure(response: Response): Promise<ApiFailure> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  return new ApiFailure(response.status, body.error?.code ?? `http.${response.status}`, body.error?.request_id);
}

/** Asks and reads the answer's JSON; `T` is what the endpoint promises. */
export async function ask<T>(path: string, wanted: Wanted = {}): Promise<T> {
  const text = await askText(path, wanted);
  return (text === "" ? {} : JSON.parse(text)) as T;
}

/** Asks and takes the answer as it is. */
export async function askText(path: string, wanted: Wanted = {}): Promise<string> {
  const response = await send(path, wanted);
  if (!response.ok) {
    const failed = await failure(response);
    if (failed.code === "http.unauthenticated") onSignedOut();
    throw failed;
  }
  return response.text();
}

export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === "AbortError";
}

/** A query string of what is set. */
export function query(values: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
