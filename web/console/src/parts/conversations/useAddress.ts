/** The address of the page, read and changed. Every view of this part can be sent to a colleague as a link. */
import { computed } from "vue";
import { type LocationQueryRaw, useRoute, useRouter } from "vue-router";
import { changed, keptQuery, wantedOf } from "./route";

export function useAddress() {
  const route = useRoute();
  const router = useRouter();
  const wanted = computed(() => wantedOf(route));

  return {
    wanted,
    /** Changes the query and leaves a step to come back to. */
    go: (changes: LocationQueryRaw) => router.push({ query: changed(route.query, changes) }),
    /** Changes the query without a step: typing, or what closes by itself. */
    amend: (changes: LocationQueryRaw) => router.replace({ query: changed(route.query, changes) }),
    /** Where a conversation is; the filter of the list stays. */
    to: (id: number | string | undefined, query: LocationQueryRaw = {}) => ({ name: "conversations", params: { id: id === undefined ? "" : String(id) }, query: { ...keptQuery(route.query), ...query } }),
    /** A link for others: the place alone. */
    link: (id: number | string, record?: number) => new URL(router.resolve({ name: "conversations", params: { id: String(id) }, query: record === undefined ? {} : { record: String(record) } }).href, location.origin).href,
    router,
  };
}
