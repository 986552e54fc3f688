/** What a part hands the shell: an element, a way to follow the route, and a way to stop. */
import type { Route } from "./route";

export interface View {
  element: HTMLElement;
  /** Follows a change of the route inside the same view. */
  follow?(route: Route): void;
  /** Stops timers and requests. */
  stop?(): void;
}
