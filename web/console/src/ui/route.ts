/** Routes live in the hash and hold all state, so every view can be sent as a link: `#/path?name=value`. */

export interface Route {
  path: string[];
  params: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  return {
    path: path.split("/").filter((part) => part !== "").map(decode),
    params: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function currentRoute(): Route {
  return parseRoute(location.hash);
}

export function link(path: readonly (string | number)[], params: Record<string, string | number | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const query = search.toString();
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}${query === "" ? "" : `?${query}`}`;
}

/** The same view with other parameters; `undefined` takes one away. */
export function linkWith(route: Route, changes: Record<string, string | number | undefined>): string {
  return link(route.path, { ...Object.fromEntries(route.params), ...changes });
}

export function go(hash: string, how: "push" | "replace" = "push"): void {
  if (how === "push") {
    location.hash = hash;
    return;
  }
  history.replaceState(history.state, "", hash);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}
