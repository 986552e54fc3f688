/** How a member's states look, and what members can be asked for by. Pure. */
import { LOCAL_SOURCE } from "../tree/departments";

export const STATUS_TONES: Record<string, string> = { active: "chip--good", left: "chip--bad", disabled: "chip--warn", inactive: "chip--warn" };

export const STATUSES = ["active", "left", "disabled", "inactive", "unknown"] as const;

/** What is known of a member's seat in the archive, in the words of the server. */
export type Seat = "archived" | "not" | "unknown";

export const SEATS: readonly Seat[] = ["archived", "not", "unknown"];

export function seatOf(seat: boolean | null | undefined): Seat {
  if (seat === undefined || seat === null) return "unknown";
  return seat ? "archived" : "not";
}

/** The seat that an address asks for; what is none is not asked for. */
export function seatAsked(text: string): Seat | undefined {
  return SEATS.find((seat) => seat === text);
}

/** The sources that departments come from, our own last and always there. */
export function sourcesOf(departments: readonly { source: string }[]): string[] {
  const others = departments.map((one) => one.source).filter((source) => source !== LOCAL_SOURCE);
  return [...new Set(others), LOCAL_SOURCE];
}
