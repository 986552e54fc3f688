/** Days as `YYYY-MM-DD`. Pure. */
import dayjs from "dayjs";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day that the calendar has: `2026-02-30` is none. */
export function isDay(text: string): boolean {
  return DAY.test(text) && dayjs(text).format("YYYY-MM-DD") === text;
}

/** For a calendar: the days before the first and after the last cannot be chosen. */
export function outside(first: string | undefined, last: string | undefined): (date: Date) => boolean {
  return (date) => {
    const day = dayjs(date).format("YYYY-MM-DD");
    return (first !== undefined && day < first) || (last !== undefined && day > last);
  };
}
