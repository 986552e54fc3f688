/** Actions, objects and outcomes in words. */
import { useText } from "../../../i18n";
import audit from "../../../i18n/audit";
import { permissionName } from "../roles/names";
import { targetOf } from "./entry";

const t = useText(audit);

export const OUTCOME_TONES: Record<string, string> = { done: "chip--good", refused: "chip--warn", failed: "chip--bad" };

/** Actions that can be asked for, by area; what the server has beside these can be typed. */
export const ACTIONS: readonly string[] = [
  "session.create", "session.end", "session.end_all", "user.create", "user.update", "user.delete", "user.give_roles", "user.reset_password", "user.change_password",
  "user.unlock", "user.end_sessions", "user.reset_totp", "user.list", "user.view", "role.create", "role.update", "role.delete", "role.list", "api_key.create", "api_key.revoke",
  "conversation.list", "conversation.read", "conversation.readers", "conversation.export", "message.read", "message.reveal", "message.search", "media.read", "media.retry", "archive.proof", "audit.read", "audit.prove",
  "member.put", "department.create", "department.update", "department.delete", "channel.poll", "channel.sync", "channel.retry_parked", "channel.put", "search.rebuild", "search.rebuild_cancel", "keys.rotate", "setup.finish",
];

/** What was refused before it began stands there by the permission it would have needed. */
export function actionName(action: string): string {
  return t.find(`action.${action}`) ?? permissionName(action);
}

export function areaName(area: string): string {
  return t.find(`area.${area}`) ?? area;
}

export function outcomeName(outcome: string): string {
  return t.find(`outcome.${outcome}`) ?? outcome;
}

export function targetName(target: string): string {
  const found = targetOf(target);
  if (target === "role:supposed") return t("target.supposed");
  return (found && t.find(`target.${found.kind}`, { id: found.id })) ?? target;
}
