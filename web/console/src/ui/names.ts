/** Names of members by their number, each asked for once while a page is open. */
import { type ShallowReactive, shallowReactive } from "vue";
import { type Schemas, api, ask, available, permitted } from "../api/client";

export interface Names {
  /** The name as far as it is known; asks for it otherwise. */
  of: (id: number) => string;
  known: ShallowReactive<Map<number, Schemas["MemberView"]>>;
}

export function useNames(): Names {
  const known = shallowReactive(new Map<number, Schemas["MemberView"]>());
  const asked = new Set<number>();

  async function find(id: number): Promise<void> {
    const found = await permitted(available(ask(api.GET("/api/v1/members/{id}", { params: { path: { id: String(id) } } })))).catch(() => undefined);
    if (found) known.set(id, found);
  }
  return {
    known,
    of(id) {
      if (!asked.has(id)) {
        asked.add(id);
        void find(id);
      }
      const member = known.get(id);
      return member ? member.name || member.userid : `#${id}`;
    },
  };
}
