/** The assistant's checks: the secret `bad` fails. */
import type { CheckStep, WecomConnection } from "../../api/wecom";
import { on } from "..";

function check(body: unknown): { steps: CheckStep[] } {
  const typed = body as WecomConnection;
  const state = (good: boolean): CheckStep["state"] => (good ? "ok" : "failed");
  const secret = typed.archive_secret !== "bad";
  return {
    steps: [
      { name: "corp_id", state: state(typed.corp_id.startsWith("w")) },
      { name: "archive_secret", state: state(secret), ...(secret ? {} : { code: "wecom.secret_wrong", detail: "WeCom does not take this secret for this (answer 40001)" }) },
      { name: "library", state: "ok", detail: "3.0.0" },
      { name: "keys", state: state(typed.keys.length > 0), detail: typed.keys.map((key) => key.version).join(", ") },
      { name: "contact_secret", state: typed.contact_secret ? "ok" : "skipped" },
      { name: "callback", state: typed.callback_token ? "ok" : "skipped" },
    ],
  };
}

export default [on("POST", "/api/v1/setup/wecom/check", ({ body }) => check(body)), on("PUT", "/api/v1/channels/wecom/{corp}", () => ({ done: true }))];
