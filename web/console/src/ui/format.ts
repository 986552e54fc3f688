/** Times, sizes and numbers as people here read them. Times are always Asia/Shanghai, whatever the computer's zone. */
import { useText } from "../i18n";
import common from "../i18n/common";

const t = useText(common);
const ZONE = "Asia/Shanghai";
const KILO = 1024;
const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** `YYYY-MM-DD HH:mm:ss`; an unreadable time is shown as it came. */
export function formatTime(value: string | number | undefined): string {
  if (value === undefined) return "";
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  const found = new Map(parts.formatToParts(date).map((part) => [part.type, part.value]));
  const at = (type: Intl.DateTimeFormatPartTypes): string => found.get(type) ?? "";
  return `${at("year")}-${at("month")}-${at("day")} ${at("hour")}:${at("minute")}:${at("second")}`;
}

/** `YYYY-MM-DD` in Shanghai. */
export function formatDay(value: string | number): string {
  return formatTime(value).slice(0, "YYYY-MM-DD".length);
}

/** `HH:mm:ss` in Shanghai. */
export function formatClock(value: string | number): string {
  return formatTime(value).slice("YYYY-MM-DD ".length);
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function formatNumber(value: number | undefined): string {
  return value === undefined ? "–" : grouped.format(value);
}

/** Messages a second: one digit below ten, none above. */
export function formatRate(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1) : grouped.format(value);
}

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= KILO && unit < UNITS.length - 1) {
    value /= KILO;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}

/** A length of time in its two largest units: `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`; in Chinese `3 分 5 秒`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND_MS) return t("unit.ms", { a: Math.round(ms) });
  const seconds = Math.floor(ms / SECOND_MS);
  if (seconds < MINUTE_S) return t("unit.s", { a: seconds });
  if (seconds < HOUR_S) return t("unit.min_s", { a: Math.floor(seconds / MINUTE_S), b: seconds % MINUTE_S });
  if (seconds < DAY_S) return t("unit.h_min", { a: Math.floor(seconds / HOUR_S), b: Math.floor((seconds % HOUR_S) / MINUTE_S) });
  return t("unit.d_h", { a: Math.floor(seconds / DAY_S), b: Math.floor((seconds % DAY_S) / HOUR_S) });
}

/** `m:ss` of a voice or video. */
export function formatPlayLength(seconds: number): string {
  return `${Math.floor(seconds / MINUTE_S)}:${String(Math.floor(seconds % MINUTE_S)).padStart(2, "0")}`;
}
