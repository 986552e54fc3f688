/** What roles and permissions are called: ours by their code, those people made by the name they gave. */
import { useText } from "../../../i18n";
import roles from "../../../i18n/roles";
import type { Permission, Reach } from "./rules";

const t = useText(roles);

export function roleName(role: { code?: string | null; name: string }): string {
  return (role.code ? t.find(`role.${role.code}`) : undefined) ?? role.name;
}

export function roleHelp(role: { code?: string | null; description: string }): string {
  return (role.code ? t.find(`role_help.${role.code}`) : undefined) ?? role.description;
}

export function permissionName(permission: string): string {
  return t.find(`permission.${permission}`) ?? permission;
}

/** The text of ours, else what the server says of it. */
export function permissionHelp(permission: Permission): string {
  return t.find(`help.${permission.permission}`) ?? permission.description;
}

export function areaName(area: string): string {
  return t.find(`area.${area}`) ?? area;
}

export function reachName(reach: Reach): string {
  return t("reach.rule", { scope: t(`scope.${reach.scope}`), level: t(`level.${reach.level}`) });
}
