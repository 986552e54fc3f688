/** The second factor and the sessions of one's own account. Servers before them answer 404: `undefined`. */
import { available, call } from "./client";

export interface TotpState {
  enabled: boolean;
  recovery_codes_left: number;
}

export interface TotpSecret {
  /** Base32, as apps take it by hand. */
  secret: string;
  /** `otpauth://totp/…`, as apps scan it. */
  uri: string;
}

export interface OwnSession {
  id: string | number;
  created_at: string;
  used_at?: string | null;
  address?: string | null;
  agent?: string | null;
  current: boolean;
}

const TOTP = "/api/v1/sessions/totp";
const LIST = "/api/v1/sessions/list";

export function totpState(signal: AbortSignal): Promise<TotpState | undefined> {
  return available(call<TotpState>("GET", TOTP, { signal }));
}

export function beginTotp(): Promise<TotpSecret> {
  return call("POST", TOTP);
}

/** Switches it on; the recovery codes are shown only now. */
export async function confirmTotp(code: string): Promise<string[]> {
  return (await call<{ recovery_codes: string[] }>("PUT", TOTP, { body: { code } })).recovery_codes;
}

export function stopTotp(password: string): Promise<unknown> {
  return call("DELETE", TOTP, { body: { password } });
}

export async function ownSessions(signal: AbortSignal): Promise<OwnSession[] | undefined> {
  return (await available(call<{ sessions: OwnSession[] }>("GET", LIST, { signal })))?.sessions;
}

export function endSession(id: string | number): Promise<unknown> {
  return call("DELETE", `${LIST}/${encodeURIComponent(id)}`);
}

export function endAllSessions(): Promise<unknown> {
  return call("DELETE", "/api/v1/sessions/all");
}
