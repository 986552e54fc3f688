/** Types of `log.mjs` for the tests. */
import type { MessageView } from "../src/api/types";

export const ORIGIN: string;
export function makeLog(messages: MessageView[]): { checkpoint: string; vkey: string; prove(index: number, withOpening: boolean): object };
