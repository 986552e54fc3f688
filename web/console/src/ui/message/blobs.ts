/**
 * Bytes of pictures as object addresses. A picture that is scrolled away and back is not fetched again: each fetch is an
 * entry in the audit trail. What nothing shows is let go when more than `KEPT_BYTES_MAX` is held.
 */
import { type Ref, type ShallowRef, onScopeDispose, ref, shallowRef } from "vue";
import { call, isAbort } from "../../api/client";
import { mediaAddress } from "./media";

const KEPT_BYTES_MAX = 96 * 1024 * 1024;

interface Held {
  url: string;
  blob: Blob;
  users: number;
}

/** In the order of their last use. */
const held = new Map<number, Held>();
const underWay = new Map<number, Promise<Held>>();

async function hold(media: number): Promise<Held> {
  const known = held.get(media) ?? (await (underWay.get(media) ?? fetchOne(media)));
  known.users += 1;
  held.delete(media);
  held.set(media, known);
  return known;
}

function fetchOne(media: number): Promise<Held> {
  const asked = call<Blob>("GET", mediaAddress(media), { as: "blob" })
    .then((blob) => {
      const found = { url: URL.createObjectURL(blob), blob, users: 0 };
      held.set(media, found);
      return found;
    })
    .finally(() => underWay.delete(media));
  underWay.set(media, asked);
  return asked;
}

function release(one: Held): void {
  one.users -= 1;
  let bytes = [...held.values()].reduce((sum, other) => sum + other.blob.size, 0);
  for (const [media, other] of held) {
    if (bytes <= KEPT_BYTES_MAX) return;
    if (other.users > 0) continue;
    URL.revokeObjectURL(other.url);
    held.delete(media);
    bytes -= other.blob.size;
  }
}

/** Lets everything go: whoever signs in next must not find it. */
export function forgetBlobs(): void {
  for (const one of held.values()) URL.revokeObjectURL(one.url);
  held.clear();
}

export interface UsedBlob {
  url: Ref<string | undefined>;
  blob: ShallowRef<Blob | undefined>;
  fault: ShallowRef<unknown>;
  loading: Ref<boolean>;
  load(): Promise<void>;
}

/** The bytes of a media item for the life of the component that calls it; `load` asks for them. */
export function useBlob(media: number): UsedBlob {
  const url = ref<string>();
  const blob = shallowRef<Blob>();
  const fault = shallowRef<unknown>();
  const loading = ref(false);
  let mine: Held | undefined;
  let gone = false;
  const load = async (): Promise<void> => {
    if (loading.value || mine) return;
    loading.value = true;
    fault.value = undefined;
    try {
      const found = await hold(media);
      if (gone) return release(found);
      mine = found;
      url.value = found.url;
      blob.value = found.blob;
    } catch (cause) {
      if (!isAbort(cause)) fault.value = cause;
    } finally {
      loading.value = false;
    }
  };
  onScopeDispose(() => {
    gone = true;
    if (mine) release(mine);
  });
  return { url, blob, fault, loading, load };
}
