/** Reads values out of JSON that may have more or less in it than expected. */
import type { Json, JsonObject } from "./types";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A body as an object; anything else is an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function listAt(value: Json | undefined, ...names: string[]): Json[] {
  const found = pick(value, names, Array.isArray);
  return Array.isArray(found) ? found : [];
}

/** A number, also when it was sent as a string because it may exceed 2^53. */
export function numberAt(value: Json | undefined, ...names: string[]): number | undefined {
  return toNumber(pick(value, names, (one) => toNumber(one) !== undefined));
}

/** A text that is not empty; a number is read as its digits. */
export function textAt(value: Json | undefined, ...names: string[]): string | undefined {
  const found = pick(value, names, (one) => (typeof one === "string" && one.trim() !== "") || typeof one === "number");
  return found === undefined ? undefined : String(found);
}

function toNumber(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** The value of the first of the names that suits. */
function pick(value: Json | undefined, names: readonly string[], suits: (value: Json | undefined) => boolean): Json | undefined {
  if (!isObject(value)) return undefined;
  const name = names.find((one) => suits(value[one]));
  return name === undefined ? undefined : value[name];
}
