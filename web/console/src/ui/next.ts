/** Where to go after signing in. */

/** A path of our own that may be gone to after signing in; anything else leads home. */
export function nextOf(value: unknown): string {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : "/";
}
