/** What happened with a contact, over all channels, out of what the server gives. Pure. */

export interface Followed {
  member: number;
  added_at?: string | null;
}

export interface Talked {
  id: number;
  kind: "pair" | "group" | "thread";
  title: string;
  source: number;
  first_at: string;
  last_at: string;
  messages: number;
}

export interface Consented {
  record: number;
  conversation: number;
  consent: "agree" | "disagree";
  changed_at: string;
}

export type TimelineEvent =
  | { kind: "added"; at: string; member: number }
  | { kind: "began" | "latest"; at: string; talk: Talked }
  | { kind: "consent"; at: string; answer: Consented };

export interface TimelineInput {
  followers?: readonly Followed[];
  talks?: readonly Talked[];
  consents?: readonly Consented[];
}

/** The newest first. A conversation of a single message is told of once. */
export function timelineOf(input: TimelineInput): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  for (const one of input.followers ?? []) {
    if (one.added_at) events.push({ kind: "added", at: one.added_at, member: one.member });
  }
  for (const talk of input.talks ?? []) {
    events.push({ kind: "began", at: talk.first_at, talk });
    if (talk.last_at !== talk.first_at) events.push({ kind: "latest", at: talk.last_at, talk });
  }
  for (const answer of input.consents ?? []) events.push({ kind: "consent", at: answer.changed_at, answer });
  return events.sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
}

/** Events by day, in the order they came; `dayOf` says which day a time is in. */
export function byDay(events: readonly TimelineEvent[], dayOf: (at: string) => string): { day: string; events: TimelineEvent[] }[] {
  const days = new Map<string, TimelineEvent[]>();
  for (const event of events) {
    const day = dayOf(event.at);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return [...days].map(([day, own]) => ({ day, events: own }));
}

/** The consent in force: the last word. */
export function lastConsent(consents: readonly Consented[]): Consented | undefined {
  return [...consents].sort((left, right) => Date.parse(right.changed_at) - Date.parse(left.changed_at))[0];
}
