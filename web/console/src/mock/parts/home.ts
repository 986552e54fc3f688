/** The state of intake, with something to see to. */
import type { Schemas } from "../../api/client";
import { on } from "..";

const NOTE = "xinlu.internal/mock/archive\n128431\nPtnOA27Bgd4MN4WPmQNwriB4i2oeH8+Ixplt+lc0I1A=\n\n— xinlu.internal/mock/archive W9M0KmiEime1ikn33Jg2e9klWFHqP+5JoaHbndDulHiwV7XLjMkV9K5IrV2geLnCLDGdo1dfOKiNqw5V5nLWTBMEgAM=\n";
const RECEIVED = [4210, 5120, 4875, 1210, 980, 5540, 6012, 5890, 5433, 6120, 1320, 1011, 5720, 3117];
const DAY_MS = 86_400_000;

function status(): Schemas["StatusView"] {
  const now = Date.now();
  const day = (back: number): string => new Date(now + 8 * 3_600_000 - back * DAY_MS).toISOString().slice(0, "YYYY-MM-DD".length);
  const source: Schemas["SourceStatus"] = {
    id: 1, key: "wecom:ww0123", name: "安和集团", cursor: 128_431, received_at: new Date(now - 8_000).toISOString(), polled_at: new Date(now - 2_000).toISOString(),
    received: 128_431, decrypted: 128_419, archived: 128_419, duplicates: 12, open: 3, parked: { key_missing: 12 }, missing: 0, indexed: 128_410,
    media: { pending: 4, fetching: 1, stored: 20_115, stored_bytes: 18_400_000_000, failed: 2, lost: 0, reasons: {} },
    gaps: { gaps: 0, numbers: 0, first: [] }, key_versions_unknown: [{ version: 4, waiting: 12 }],
    seats: { permitted: 46, not_permitted: 2, unknown: 0, silent: [3, 22, 47] }, consents_agreed: 210, consents_refused: 5,
  };
  return {
    at: new Date(now).toISOString(), last_record: 128_431, sources: [source],
    days: RECEIVED.map((received, at) => ({ day: day(RECEIVED.length - 1 - at), source: 1, received, archived: received, duplicates: 0, indexed: received })),
    stages: [], alarms: [{ name: "key_missing", severity: "warning", source: 1, since: new Date(now - 3_600_000).toISOString(), detail: "version 4" }],
    last_report: { day: day(1), made_at: new Date(now - 20_000_000).toISOString(), red: false },
  };
}

export default [
  on("GET", "/api/v1/archive/status", status),
  on("GET", "/api/v1/archive/checkpoint", () => new Response(NOTE, { headers: { "content-type": "text/plain" } })),
  on("GET", "/api/v1/search/index", () => ({ documents: 128_410, bytes: 92_000_000, position: 1, end: 1, generation: 1, rebuilding: null })),
];
