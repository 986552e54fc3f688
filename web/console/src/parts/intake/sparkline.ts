/** A small moving line of the last measurements. */
import { svg } from "../../ui/dom";

const WIDTH = 600;
const HEIGHT = 72;
const INSET = 4;

export interface Sparkline {
  element: SVGElement;
  draw(values: readonly number[]): void;
}

/** `slots` is how many measurements fill the width; fewer stand at its right end. */
export function sparkline(slots: number, label: string): Sparkline {
  const area = svg("path", { class: "spark__area" });
  const line = svg("path", { class: "spark__line" });
  const element = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, area, line);
  const draw = (values: readonly number[]): void => {
    const max = Math.max(1, ...values);
    const step = WIDTH / (slots - 1);
    const first = WIDTH - (values.length - 1) * step;
    const points = values.map((value, at) => `${(first + at * step).toFixed(1)} ${(HEIGHT - INSET - (value / max) * (HEIGHT - 2 * INSET)).toFixed(1)}`);
    const path = points.length > 1 ? `M${points.join("L")}` : "";
    line.setAttribute("d", path);
    area.setAttribute("d", path === "" ? "" : `${path}L${WIDTH} ${HEIGHT}L${first.toFixed(1)} ${HEIGHT}Z`);
  };
  return { element, draw };
}
