/** Messages a second out of a counter that is looked at now and then. Pure: the time is handed in. */
export const RATE_SLOTS = 60;
const SECOND_MS = 1000;

export class RateMeter {
  readonly rates: number[] = [];
  private last: { at: number; count: number } | undefined;

  /** `at` in milliseconds; a counter that fell (a new server) counts as no messages. */
  add(at: number, count: number): void {
    const last = this.last;
    this.last = { at, count };
    if (!last || at <= last.at) return;
    this.rates.push(Math.max(0, ((count - last.count) * SECOND_MS) / (at - last.at)));
    if (this.rates.length > RATE_SLOTS) this.rates.shift();
  }
}
