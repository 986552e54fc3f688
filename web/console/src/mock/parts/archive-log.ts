/** Proofs, consistency, history and reconciliation over a small log that is real: what the pages verify holds. */
import type { Schemas } from "../../api/client";
import { answer, on } from "..";
import { type MockLog, makeLog } from "../log";
import conversations from "./conversations";

const ORIGIN = "http://mock.test";
/** Leaves before the one that is asked for. */
const BEFORE = 37;
const POINTS = 12;
const DAYS = 9;
const DAY_MS = 86_400_000;
const RECEIVED = [4210, 5120, 4875, 1210, 980, 5540, 6012, 5890, 5433];

async function messageOf(record: number): Promise<Schemas["MessageView"] | undefined> {
  const found = await answer(conversations, new Request(`${ORIGIN}/api/v1/messages/${record}`));
  return found.ok ? ((await found.json()) as Schemas["MessageView"]) : undefined;
}

/** A log in which the record is the last but a few. */
async function proofOf(record: string): Promise<Schemas["ProofView"]> {
  const message = await messageOf(Number(record));
  if (!message) return (await log()).prove(0, false);
  const others = Array.from({ length: BEFORE }, (_, at) => ({ ...message, record: at, msgid: `other-${at}` }));
  return makeLog([...others, message, ...others.slice(0, 5)]).prove(BEFORE, message.level === "text");
}

let whole: MockLog | undefined;
let size = 0;

async function log(): Promise<MockLog> {
  if (!whole) {
    const page = (await (await answer(conversations, new Request(`${ORIGIN}/api/v1/conversations/1/messages?limit=200`))).json()) as Schemas["MessagePage"];
    [whole, size] = [makeLog(page.items), page.items.length];
  }
  return whole;
}

async function history(): Promise<Schemas["LogHistory"]> {
  const made = await log();
  const step = Math.max(1, Math.floor(size / POINTS));
  const sizes = Array.from({ length: POINTS }, (_, at) => Math.min(size, (at + 1) * step));
  return { vkey: made.vkey, latest: made.checkpoint(), checkpoints: sizes.map((one, at) => ({ kept_at_index: at, size: one, root: made.root(one), at: new Date(Date.now() - (POINTS - at) * DAY_MS).toISOString() })) };
}

function days(): object {
  const day = (back: number): string => new Date(Date.now() + 8 * 3_600_000 - back * DAY_MS).toISOString().slice(0, "YYYY-MM-DD".length);
  const rows = Array.from({ length: DAYS }, (_, at) => {
    const received = RECEIVED[at] ?? 0;
    const [duplicates, parked, missing] = [at % 4, at === 2 ? 12 : 0, at === 5 ? 3 : 0];
    return { day: day(at + 1), source: 1, received, archived: received - duplicates - parked - missing, duplicates, parked, missing, state: missing > 0 ? "red" : "green" };
  });
  return { days: rows };
}

export default [
  on("GET", "/api/v1/archive/proof/{record}", ({ params }) => proofOf(params["record"] ?? "")),
  on("GET", "/api/v1/archive/checkpoint", async () => new Response((await log()).checkpoint(), { headers: { "content-type": "text/plain" } })),
  on("GET", "/api/v1/archive/log/consistency", async ({ query }) => (await log()).consistency(Number(query.get("from")), Number(query.get("to")))),
  on("GET", "/api/v1/archive/log/history", ({ query }) => (query.get("log") === "audit" ? { checkpoints: [] } : history())),
  on("GET", "/api/v1/archive/reconciliation", days),
];
