/** How a member's states look. Pure. */
export const STATUS_TONES: Record<string, string> = { active: "chip--good", left: "chip--bad", disabled: "chip--warn", inactive: "chip--warn" };

export const STATUSES = ["active", "left", "disabled", "inactive", "unknown"] as const;

export function seatOf(seat: boolean | null | undefined): "yes" | "no" | "unknown" {
  if (seat === undefined || seat === null) return "unknown";
  return seat ? "yes" : "no";
}
