/** Asks for more when the end comes into sight. */

const AHEAD = "400px";

export interface Watcher {
  stop(): void;
}

/** Calls `reached` whenever `sentinel` is near the visible part of `root` (`null`: the page). */
export function watchEnd(root: HTMLElement | null, sentinel: HTMLElement, reached: () => void): Watcher {
  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && reached(), { root, rootMargin: AHEAD });
  observer.observe(sentinel);
  return { stop: () => observer.disconnect() };
}
