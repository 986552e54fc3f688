/** Points in time as the log has them: microseconds since 1970 UTC. */

const MICROS_PER_SECOND = 1_000_000n;
const MILLIS_PER_SECOND = 1000;
const FRACTION_DIGITS = 6;

/** Reads RFC 3339 in UTC, to the microsecond; `undefined` when it is none. */
export function microsOf(text: string): bigint | undefined {
  const [, whole, fraction = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const millis = Date.parse(`${whole}Z`);
  if (Number.isNaN(millis)) return undefined;
  const rest = BigInt(fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, "0"));
  return BigInt(millis / MILLIS_PER_SECOND) * MICROS_PER_SECOND + rest;
}

/** RFC 3339 to the millisecond, for showing. */
export function timeOfMicros(micros: bigint): string {
  const date = new Date(Number(micros / 1000n));
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
