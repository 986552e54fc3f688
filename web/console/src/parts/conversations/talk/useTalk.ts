/** Loads a conversation's messages around the reader: opens it at a place, goes on in both directions, follows what comes in. */
import { type Ref, type ShallowRef, computed, nextTick, onScopeDispose, ref, shallowRef } from "vue";
import { ApiFault, available, isAbort } from "../../../api/client";
import { type Place, loadMessages, revealMessage } from "../api";
import type { MessagePage, MessageView } from "../types";
import { EMPTY, type Side, type TalkWindow, caughtUp, entriesOf, extended, keyOf, messagesOf, opened, replaced, trimmed } from "./window";

/** Enough for the tallest window, so that opening asks once. */
const FIRST_ITEMS = 60;
const MORE_ITEMS = 100;

interface State {
  held: ShallowRef<TalkWindow>;
  loading: Ref<boolean>;
  fault: ShallowRef<unknown>;
  /** The side on which a page is being loaded, and the side on which that failed. */
  busy: Ref<Side | undefined>;
  stuck: Ref<Side | undefined>;
  /** Told to the list: rows are added to or taken from the start. */
  shift: Ref<boolean>;
  /** Counts openings: the list starts anew. */
  opening: Ref<number>;
  conversation: string;
  abort: AbortController;
}

export function useTalk() {
  const state: State = {
    held: shallowRef(EMPTY), loading: ref(false), fault: shallowRef<unknown>(), busy: ref<Side>(), stuck: ref<Side>(), shift: ref(false), opening: ref(0), conversation: "", abort: new AbortController(),
  };
  const { held, loading, fault, busy, stuck, shift, opening } = state;
  onScopeDispose(() => state.abort.abort());
  return {
    loading, fault, busy, stuck, shift, opening,
    messages: computed(() => messagesOf(held.value)),
    /** The same with what stands in the place of those that cannot be shown. */
    entries: computed(() => entriesOf(held.value.chunks)),
    atStart: computed(() => keyOf(held.value, "before") === undefined),
    atEnd: computed(() => keyOf(held.value, "after") === undefined),
    /** `missing`: the record to open at is not in this conversation. */
    open: (id: string, place: Place) => open(state, id, place),
    more: (side: Side) => more(state, side),
    /** After messages came in; `false` where there is nothing to catch up with. */
    catchUp: () => catchUp(state),
    /** Asks for a message in full; `false`: this server does not have that. */
    reveal: (message: MessageView) => reveal(state, message),
  };
}

export type Talk = ReturnType<typeof useTalk>;

async function open(state: State, id: string, place: Place): Promise<"opened" | "missing" | "failed"> {
  state.abort.abort();
  const mine = (state.abort = new AbortController());
  [state.conversation, state.loading.value, state.fault.value, state.busy.value, state.stuck.value] = [id, true, undefined, undefined, undefined];
  try {
    const found = await loadMessages(id, place, FIRST_ITEMS, mine.signal);
    // After the last message there is nothing to show: the newest ones are nearest.
    const page = place.at === "time" && found.items.length + (found.damaged?.length ?? 0) === 0 ? await loadMessages(id, { at: "end" }, FIRST_ITEMS, mine.signal) : found;
    if (mine.signal.aborted) return "failed";
    state.held.value = opened(page);
    state.opening.value += 1;
    return "opened";
  } catch (cause) {
    if (mine.signal.aborted || isAbort(cause)) return "failed";
    if (place.at === "record" && cause instanceof ApiFault && cause.code === "archive.record_not_found") return "missing";
    state.held.value = EMPTY;
    state.fault.value = cause;
    return "failed";
  } finally {
    if (state.abort === mine) state.loading.value = false;
  }
}

async function more(state: State, side: Side): Promise<void> {
  const key = keyOf(state.held.value, side);
  if (key === undefined || state.busy.value || state.loading.value) return;
  const mine = state.abort;
  [state.busy.value, state.stuck.value] = [side, undefined];
  try {
    const page = await loadMessages(state.conversation, { at: side, key }, MORE_ITEMS, mine.signal);
    if (!mine.signal.aborted) await put(state, side, page);
  } catch (cause) {
    if (!mine.signal.aborted && !isAbort(cause)) state.stuck.value = side;
  } finally {
    if (state.abort === mine) state.busy.value = undefined;
  }
}

/** Adding at one side and letting go at the other are two steps for the list, which measures from one end at a time. */
async function put(state: State, side: Side, page: MessagePage): Promise<void> {
  state.shift.value = side === "before";
  state.held.value = extended(state.held.value, side, page);
  await nextTick();
  const less = trimmed(state.held.value, side);
  state.shift.value = less !== state.held.value && side === "after";
  state.held.value = less;
  await nextTick();
  state.shift.value = false;
}

/** Only at the newest end; elsewhere messages come when the reader gets there. */
async function catchUp(state: State): Promise<boolean> {
  if (state.loading.value || state.busy.value || state.fault.value || keyOf(state.held.value, "after") !== undefined) return false;
  const mine = state.abort;
  const page = await loadMessages(state.conversation, { at: "end" }, FIRST_ITEMS, mine.signal).catch(() => undefined);
  if (!page || mine.signal.aborted || state.busy.value) return false;
  const next = caughtUp(state.held.value, page);
  state.shift.value = false;
  if (next) state.held.value = next;
  else [state.held.value, state.opening.value] = [opened(page), state.opening.value + 1];
  return true;
}

async function reveal(state: State, message: MessageView): Promise<boolean> {
  const shown = await available(revealMessage(message.record));
  if (shown) state.held.value = replaced(state.held.value, shown);
  return shown !== undefined;
}
