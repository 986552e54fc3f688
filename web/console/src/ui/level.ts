/** How much of personal data somebody sees, out of what they may do. Pure. */

export interface LevelGrant {
  permission: string;
  level: "metadata" | "masked" | "text";
  /** Over everybody. */
  everybody: boolean;
}

const READING = "conversation.read";

/**
 * Whether personal data is shown in full: who reads everybody at text, or nothing below text; who reads some masked and
 * their own in full sees only their own in full.
 */
export function showsFull(grants: readonly LevelGrant[], own: boolean): boolean {
  const reading = grants.filter((grant) => grant.permission === READING);
  const texts = reading.filter((grant) => grant.level === "text");
  if (texts.length === 0) return false;
  return own || texts.length === reading.length || texts.some((grant) => grant.everybody);
}
