/** Line icons, drawn here so that no icon font is needed. */
import { svg } from "./dom";

const PATHS = {
  pulse: ["M3 12h4l3-8 4 16 3-8h4"],
  search: ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z", "M15.5 15.5 21 21"],
  chat: ["M4 5h16v11H10l-5 4v-4H4z"],
  check: ["M4.5 12.5 10 18 20 6.5"],
  cross: ["M6 6l12 12", "M18 6 6 18"],
  clock: ["M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z", "M12 7v5l3.5 2"],
  minus: ["M6 12h12"],
  shield: ["M12 3 5 6v5.5c0 4.5 3 8 7 9.5 4-1.5 7-5 7-9.5V6z", "M8.7 12l2.3 2.3 4.3-4.6"],
  file: ["M7 3h7l5 5v13H7z", "M14 3v5h5"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4"],
  voice: ["M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Z", "M6 11a6 6 0 0 0 12 0", "M12 17v4"],
  video: ["M4 6h11v12H4z", "M15 10l5-3v10l-5-3"],
  pin: ["M12 21s7-6.5 7-11a7 7 0 0 0-14 0c0 4.5 7 11 7 11Z", "M12 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z"],
  link: ["M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1", "M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"],
  person: ["M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z", "M4.5 20c1-4 4-6 7.5-6s6.5 2 7.5 6"],
  list: ["M8 6h12", "M8 12h12", "M8 18h12", "M4 6h.01", "M4 12h.01", "M4 18h.01"],
  phone: ["M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1Z"],
  download: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
  exit: ["M14 4H6v16h8", "M11 12h10", "M17.5 8.5 21 12l-3.5 3.5"],
  back: ["M15 5l-7 7 7 7"],
  help: ["M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z", "M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7", "M12 17h.01"],
  lock: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  alarm: ["M12 4 2.5 20h19z", "M12 10v4.5", "M12 17.3h.01"],
  undo: ["M4 9h10a5 5 0 0 1 0 10H8", "M8 5 4 9l4 4"],
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  const paths = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" }, ...paths);
}
