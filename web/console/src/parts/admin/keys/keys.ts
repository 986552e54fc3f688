/** How an API key stands and when a new one ends. Pure. */
import { endOfDay } from "../../../ui/shanghai";

export interface KeyTimes {
  ends_at?: string | null;
  revoked_at?: string | null;
}

export const STATES = ["active", "ending", "expired", "revoked"] as const;
export type KeyState = (typeof STATES)[number];

export const ENDS = ["30", "90", "365", "day", "never"] as const;
export type Ends = (typeof ENDS)[number];

const DAY_MS = 24 * 60 * 60_000;
const SOON_MS = 7 * DAY_MS;

export function keyState(key: KeyTimes, now: number): KeyState {
  if (key.revoked_at) return "revoked";
  if (!key.ends_at) return "active";
  const left = Date.parse(key.ends_at) - now;
  if (left <= 0) return "expired";
  return left < SOON_MS ? "ending" : "active";
}

/** When a key of this choice ends; `undefined`: never, or the day is none. */
export function endOf(ends: Ends, day: string, now: number): string | undefined {
  if (ends === "never") return undefined;
  return ends === "day" ? endOfDay(day) : new Date(now + Number(ends) * DAY_MS).toISOString();
}

export function filterKeys<T extends KeyTimes & { name: string; user_name: string }>(keys: readonly T[], filter: { text: string; state: string }, now: number): T[] {
  const text = filter.text.trim().toLowerCase();
  return keys.filter((key) => `${key.name} ${key.user_name}`.toLowerCase().includes(text) && (filter.state === "" || keyState(key, now) === filter.state));
}
