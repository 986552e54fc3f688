/**
 * State in the address: reads and writes query parameters, so that every view can be sent to a colleague.
 *
 *   const query = useQuery();
 *   query.text("name")   query.number("dept")   query.set({ name: "王", after: undefined })
 */
import { type LocationQuery, useRoute, useRouter } from "vue-router";

export type QueryValue = string | number | boolean | undefined;

export interface Query {
  text(name: string): string;
  number(name: string): number | undefined;
  flag(name: string): boolean;
  /** A new entry in the history. */
  set(values: Record<string, QueryValue>): Promise<void>;
}

/** The query with these values put in; what is empty, `undefined` or `false` is taken out. */
export function queryWith(query: LocationQuery, values: Record<string, QueryValue>): LocationQuery {
  const changed: LocationQuery = { ...query };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === "" || value === false) delete changed[name];
    else changed[name] = value === true ? "1" : String(value);
  }
  return changed;
}

export function queryText(query: LocationQuery, name: string): string {
  const value = query[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

export function queryNumber(query: LocationQuery, name: string): number | undefined {
  const text = queryText(query, name);
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function useQuery(): Query {
  const route = useRoute();
  const router = useRouter();
  return {
    text: (name) => queryText(route.query, name),
    number: (name) => queryNumber(route.query, name),
    flag: (name) => queryText(route.query, name) === "1",
    async set(values) {
      await router.push({ query: queryWith(route.query, values), params: route.params });
    },
  };
}
