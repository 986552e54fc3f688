/** Connecting a corp on WeCom: checking what was typed, and storing it. Servers before it answer 404. */
import { call } from "./client";

export interface WecomKey {
  version: number;
  pem: string;
}

export interface WecomConnection {
  corp_id: string;
  /** What people call it. */
  name?: string;
  archive_secret: string;
  contact_secret?: string;
  external_secret?: string;
  library: string;
  keys: WecomKey[];
  callback_token?: string;
  callback_aes_key?: string;
}

export interface CheckStep {
  name: string;
  state: "ok" | "failed" | "skipped";
  code?: string | null;
  detail?: string | null;
}

export async function checkWecom(connection: WecomConnection): Promise<CheckStep[]> {
  return (await call<{ steps: CheckStep[] }>("POST", "/api/v1/setup/wecom/check", { body: connection })).steps;
}

export function connectWecom(connection: WecomConnection): Promise<unknown> {
  return call("PUT", `/api/v1/channels/wecom/${encodeURIComponent(connection.corp_id)}`, { body: connection });
}
