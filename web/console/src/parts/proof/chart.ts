/** A line of growth as an SVG path. Pure. */

export interface Point {
  /** Milliseconds since 1970. */
  at: number;
  size: number;
}

export interface Drawn {
  line: string;
  area: string;
  first: Point;
  last: Point;
}

const DIGITS = 1;

/** Steps, because a log grows at a moment and not between: x follows the time, y the size from 0. */
export function drawn(points: readonly Point[], width: number, height: number): Drawn | undefined {
  const sorted = [...points].sort((one, other) => one.at - other.at || one.size - other.size);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || sorted.length < 2 || last.at === first.at) return undefined;
  const most = Math.max(1, ...sorted.map((point) => point.size));
  const x = (point: Point): string => (((point.at - first.at) / (last.at - first.at)) * width).toFixed(DIGITS);
  const y = (point: Point): string => (height - (point.size / most) * height).toFixed(DIGITS);
  const steps = sorted.slice(1).map((point) => `H${x(point)}V${y(point)}`).join("");
  const line = `M0 ${y(first)}${steps}`;
  return { line, area: `${line}V${height}H0Z`, first, last };
}
