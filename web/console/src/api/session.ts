/** Who is signed in. The session itself is a cookie that scripts cannot read. */
import { ApiFailure, ask } from "./client";

/** Says only that asking is worth while: without it the first question of every visit would be refused. */
const STORED_AS = "xinlu.signed_in";
const SESSIONS = "/api/v1/sessions";

export interface Session {
  name: string;
  /** Nothing else can be done before the password is changed. */
  passwordDue: boolean;
  /** What the user may do at least somewhere. */
  permissions: ReadonlySet<string>;
}

interface SessionBody {
  name?: string;
  member_name?: string;
  password_due?: boolean;
  grants?: { permission: string }[];
}

interface SetupBody {
  needed?: boolean;
}

export function hasSession(): boolean {
  return localStorage.getItem(STORED_AS) !== null;
}

export function forgetSession(): void {
  localStorage.removeItem(STORED_AS);
}

function remember(body: SessionBody, typed: string): Session {
  localStorage.setItem(STORED_AS, "1");
  return { name: body.member_name ?? body.name ?? typed, passwordDue: body.password_due === true, permissions: new Set((body.grants ?? []).map((grant) => grant.permission)) };
}

/** `undefined` when nobody is signed in. */
export async function loadSession(): Promise<Session | undefined> {
  try {
    return remember(await ask<SessionBody>(SESSIONS), "");
  } catch (cause) {
    if (!(cause instanceof ApiFailure) || cause.status !== 401) throw cause;
    return undefined;
  }
}

export async function signIn(name: string, password: string): Promise<Session> {
  const opened = await ask<SessionBody>(SESSIONS, { method: "POST", body: { name, password } });
  const known = opened.password_due === true ? undefined : await loadSession();
  return known ?? remember(opened, name);
}

/** All other sessions end with it. */
export async function changePassword(old: string, fresh: string): Promise<void> {
  await ask<object>(`${SESSIONS}/password`, { method: "PUT", body: { old, new: fresh } });
}

export async function signOut(): Promise<void> {
  forgetSession();
  await ask<object>(SESSIONS, { method: "DELETE" });
}

export async function needsSetup(): Promise<boolean> {
  return (await ask<SetupBody>("/api/v1/setup")).needed === true;
}

/** Makes the first administrator. */
export async function setUp(token: string, name: string, password: string): Promise<void> {
  await ask<object>("/api/v1/setup", { method: "POST", body: { token, name, password } });
}
