/** The rules of a role as the permission tree edits them, and the duties that must stay apart. Pure. */

export const SCOPES = ["own", "department", "subtree", "all"] as const;
export type Scope = (typeof SCOPES)[number];
export const LEVELS = ["metadata", "masked", "text"] as const;
export type Level = (typeof LEVELS)[number];

export interface Rule {
  permission: string;
  scope: Scope;
  level?: Level;
}

/** A permission as the catalogue of the server gives it. */
export interface Permission {
  permission: string;
  scoped: boolean;
  levelled: boolean;
  description: string;
}

/** One reach of a permission: over whom, and how much of a message. */
export interface Reach {
  scope: Scope;
  level: Level;
}

/** What is ticked: the reaches of each permission, none for what is not. */
export type Ticked = Record<string, Reach[]>;

export interface Area {
  area: string;
  permissions: Permission[];
}

/** Permissions by area, that is by what stands before the dot, in the order of the menu; what is new comes last. */
const AREAS = ["conversation", "message", "contact", "consent", "member", "archive", "user", "role", "api_key", "channel", "audit"];
const MERGED: Record<string, string> = { message: "conversation", consent: "contact", role: "user", api_key: "user" };
const ARCHIVE_READING = new Set(["archive.reveal"]);

export function areaOf(permission: string): string {
  if (ARCHIVE_READING.has(permission)) return "conversation";
  const area = permission.split(".")[0] ?? permission;
  return MERGED[area] ?? area;
}

export function areasOf(catalogue: readonly Permission[]): Area[] {
  const areas = new Map<string, Permission[]>();
  for (const permission of catalogue) {
    const area = areaOf(permission.permission);
    areas.set(area, [...(areas.get(area) ?? []), permission]);
  }
  const place = (area: string): number => (AREAS.includes(area) ? AREAS.indexOf(area) : AREAS.length);
  return [...areas].map(([area, permissions]) => ({ area, permissions })).sort((left, right) => place(left.area) - place(right.area));
}

export function tickedOf(rules: readonly Rule[]): Ticked {
  const ticked: Ticked = {};
  for (const rule of rules) (ticked[rule.permission] ??= []).push({ scope: rule.scope, level: rule.level ?? "text" });
  return ticked;
}

/** The rules in the order of the catalogue; a reach that another one covers already is left out. */
export function rulesOf(ticked: Ticked, catalogue: readonly Permission[]): Rule[] {
  const known = catalogue.map((one) => one.permission);
  const names = [...known, ...Object.keys(ticked).filter((name) => !known.includes(name))];
  return names.flatMap((permission) => needed(ticked[permission] ?? []).map((reach) => ({ permission, ...reach })));
}

function needed(reaches: readonly Reach[]): Reach[] {
  return reaches.filter((reach, at) => !reaches.some((other, place) => place !== at && covers(other, reach) && (place < at || !covers(reach, other))));
}

/** Whether whoever has `one` needs no `other`. A subtree is no superset of a department: it may be of what one leads. */
export function covers(one: Reach, other: Reach): boolean {
  const wider = one.scope === other.scope || one.scope === "all" || (other.scope === "own" && one.scope === "department");
  return wider && LEVELS.indexOf(one.level) >= LEVELS.indexOf(other.level);
}

/** What ticking a permission begins with: the narrowest that makes sense. */
export function firstReach(permission: Permission): Reach {
  return { scope: permission.scoped ? "subtree" : "all", level: permission.levelled ? "masked" : "text" };
}

export type Duty = "system" | "security" | "audit" | "reading";

/** The same duties as in crates/identity/src/access/permission.rs; the server decides, this only says it early. */
export function dutiesOf(rules: readonly Rule[]): Set<Duty> {
  const has = (permission: string): boolean => rules.some((rule) => rule.permission === permission);
  const duties = new Set<Duty>();
  if (has("user.manage") || has("channel.manage")) duties.add("system");
  else if (has("role.manage") || has("api_key.manage")) duties.add("security");
  if (has("audit.read")) duties.add("audit");
  if (rules.some((rule) => rule.permission === "conversation.read" && rule.scope !== "own")) duties.add("reading");
  return duties;
}

const CLASHES: readonly (readonly [Duty, Duty])[] = [
  ["system", "security"], ["system", "audit"], ["system", "reading"], ["security", "audit"], ["security", "reading"],
];

/** Two duties that one person may not hold together; each role is judged by itself first, then their union. */
export function clashOf(roles: readonly (readonly Rule[])[]): readonly [Duty, Duty] | undefined {
  const all = new Set(roles.flatMap((rules) => [...dutiesOf(rules)]));
  return CLASHES.find(([one, other]) => all.has(one) && all.has(other));
}

/** The widest view of conversations that rules give, for a short line in lists. */
export function widestReading(rules: readonly Rule[]): Reach | undefined {
  const reading = rules.filter((rule) => rule.permission === "conversation.read").map((rule): Reach => ({ scope: rule.scope, level: rule.level ?? "text" }));
  return reading.sort((left, right) => SCOPES.indexOf(right.scope) - SCOPES.indexOf(left.scope) || LEVELS.indexOf(right.level) - LEVELS.indexOf(left.level))[0];
}
