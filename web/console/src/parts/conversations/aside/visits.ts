/** The readers of a conversation as visits: entries of one person that follow each other closely are one row. Pure. */
import type { Reader } from "../api";

export interface Visit {
  /** Of the latest entry; tells visits apart. */
  key: string;
  name: string;
  /** What was done, the most frequent first. */
  actions: { action: string; count: number }[];
  from: string;
  until: string;
}

/** Within this time the same person is still reading. */
const VISIT_MS = 30 * 60 * 1000;

interface Open {
  user: Reader["user"];
  visit: Visit;
}

/** `readers` are the newest first, as the server gives them. */
export function visitsOf(readers: readonly Reader[]): Visit[] {
  const open: Open[] = [];
  for (const reader of readers) {
    const found = open.findLast((one) => one.user === reader.user && one.visit.name === reader.name);
    if (found && Date.parse(found.visit.from) - Date.parse(reader.at) <= VISIT_MS) {
      found.visit.from = reader.at;
      const same = found.visit.actions.find((one) => one.action === reader.action);
      if (same) same.count += 1;
      else found.visit.actions.push({ action: reader.action, count: 1 });
    } else {
      const visit = { key: `${reader.user ?? ""} ${reader.at} ${open.length}`, name: reader.name, actions: [{ action: reader.action, count: 1 }], from: reader.at, until: reader.at };
      open.push({ user: reader.user, visit });
    }
  }
  return open.map(({ visit }) => ({ ...visit, actions: visit.actions.toSorted((one, other) => other.count - one.count) }));
}
