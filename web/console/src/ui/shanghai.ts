/** Wall-clock times of Asia/Shanghai, which has no summer time, and moments. Pure. */

const OFFSET = "+08:00";

/** The moment at which clocks in Shanghai show `YYYY-MM-DD HH:mm:ss`; `undefined` for what is no such time. */
export function momentOf(wall: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(wall)) return undefined;
  const moment = new Date(`${wall.replace(" ", "T")}${OFFSET}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

/** The end of a day in Shanghai, that is the beginning of the next. */
export function endOfDay(day: string): string | undefined {
  const begin = momentOf(`${day} 00:00:00`);
  return begin === undefined ? undefined : new Date(Date.parse(begin) + 24 * 60 * 60_000).toISOString();
}
