/** Names of people by the source's ids, as far as this page has met them: a chip says 张三 and not wmno9lej…. */
import { shallowReactive } from "vue";

const KEPT_MAX = 5_000;
const names = shallowReactive(new Map<string, string>());

export function learn(parties: readonly { external_id: string; name: string }[]): void {
  if (names.size > KEPT_MAX) names.clear();
  for (const { external_id: id, name } of parties) if (name && names.get(id) !== name) names.set(id, name);
}

export function nameOf(id: string): string | undefined {
  return names.get(id);
}
