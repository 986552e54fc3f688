/** What the server says behind a check that went well (crates/channels/src/checks.rs): numbers and times in the words of the page. */
import { useText } from "../../i18n";
import checks from "../../i18n/wecomChecks";
import { formatDuration, formatNumber, formatTime } from "../format";

const SECOND_MS = 1_000;
const t = useText(checks);

export function toldText(detail: string): string {
  const [, count, what] = /^(\d+) (members|departments)$/.exec(detail) ?? [];
  if (what !== undefined) return t(what === "members" ? "told.members" : "told.departments", { count: formatNumber(Number(count)) });
  const [, seconds] = /^(\d+) s$/.exec(detail) ?? [];
  if (seconds !== undefined) return Number(seconds) === 0 ? t("told.moment") : formatDuration(Number(seconds) * SECOND_MS);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(detail)) return formatTime(detail);
  return detail === "a message was fetched" ? t("told.fetched") : detail;
}
