/** What somebody would see, as the server computes it from rules. */
import { type Schemas, available, call } from "../../../api/client";
import type { Level, Rule, Scope } from "./rules";

/** Counts come as numbers, or as lists that are counted here. */
type Counted = number | unknown[] | null | undefined;

export interface ReachAnswer {
  departments?: Counted;
  members?: Counted;
  contacts?: Counted;
  conversations?: Counted;
  level?: Level | null;
  sample?: Schemas["ConversationView"][];
}

export interface ReachQuestion {
  permissions: string[];
  scope: Scope;
  level: Level;
}

export function countOf(value: Counted): number | undefined {
  if (Array.isArray(value)) return value.length;
  return value ?? undefined;
}

const SEEING = ["conversation.read", "contact.read", "consent.read"];

/**
 * One question for each pair of scope and level that rules over people have; the widest first. A permission without levels goes with
 * the level of reading in its scope.
 */
export function questionsOf(rules: readonly Rule[]): ReachQuestion[] {
  const order: readonly Scope[] = ["all", "subtree", "department", "own"];
  return order.flatMap((scope) => {
    const here = rules.filter((rule) => rule.scope === scope && SEEING.includes(rule.permission));
    const levels = [...new Set(here.filter((rule) => rule.permission === "conversation.read").map((rule) => rule.level ?? "text"))];
    const permissions = [...new Set(here.map((rule) => rule.permission))];
    if (permissions.length === 0) return [];
    return (levels.length === 0 ? (["text"] as const) : levels).map((level) => ({ permissions, scope, level }));
  });
}

export function reachOfUser(user: number, signal: AbortSignal): Promise<ReachAnswer | undefined> {
  return available(call<ReachAnswer>("GET", `/api/v1/users/${user}/reach`, { signal }));
}

export function reachOfRule(question: ReachQuestion, member: number | undefined): Promise<ReachAnswer | undefined> {
  return available(call<ReachAnswer>("POST", "/api/v1/roles/reach", { body: { ...question, member } }));
}
