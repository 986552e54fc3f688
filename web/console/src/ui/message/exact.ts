/**
 * JSON without loss: WeCom's ids reach 2^64, and a JavaScript number holds 2^53. An integer that would lose digits
 * becomes the string of its digits; what is shown of a message must be what was said.
 */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_DIGITS = /^-?\d{16,}$/;

export function parseExact<T>(text: string): T {
  const loses = (found: string): boolean => LONG_DIGITS.test(found) && !Number.isSafeInteger(Number(found));
  return JSON.parse(text.replace(STRING_OR_NUMBER, (found) => (loses(found) ? `"${found}"` : found))) as T;
}
