/** Types of `data.mjs` for the tests. */
import type { ConversationView, MessageView } from "../src/api/types";

export function makeData(count: number): { messages: MessageView[]; conversations: ConversationView[] };
export function makePicture(width: number, height: number): Buffer;
