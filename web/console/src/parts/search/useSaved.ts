/** Saved and shared searches. `list` is undefined where the server has none. */
import { type ShallowRef, shallowRef } from "vue";
import { type SavedBody, type SavedSearch, changeSearch, forgetSearch, saveSearch, savedSearches } from "../../api/search";

export interface Saved {
  list: ShallowRef<SavedSearch[] | undefined>;
  load: () => Promise<void>;
  create: (body: SavedBody) => Promise<void>;
  update: (search: SavedSearch, changed: Partial<SavedBody>) => Promise<void>;
  remove: (search: SavedSearch) => Promise<void>;
}

export function useSaved(): Saved {
  const list = shallowRef<SavedSearch[]>();
  const bodyOf = ({ name, query, shared }: SavedBody): SavedBody => ({ name, query, shared });
  const load = async (): Promise<void> => void (list.value = await savedSearches());
  return {
    list,
    load,
    async create(body) {
      await saveSearch(bodyOf(body));
      await load();
    },
    async update(search, changed) {
      await changeSearch(search.id, bodyOf({ ...search, ...changed }));
      await load();
    },
    async remove(search) {
      await forgetSearch(search.id);
      list.value = list.value?.filter((one) => one.id !== search.id);
    },
  };
}
