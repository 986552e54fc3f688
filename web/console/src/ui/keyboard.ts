/**
 * Shortcuts: single keys (`j`), sequences (`g h`) and modified ones (`Ctrl+k`; Ctrl is also ⌘). They hold from the set-up of the
 * component that registers them until it goes, and the `?` sheet lists whatever holds now. The innermost comes first: a page's `/` is
 * its own, though the frame around it has one too. (Set-up runs from the outside in; being mounted would be the other way round.)
 *
 *   useKeys(() => t("keys.title"), [{ keys: "j", label: () => t("keys.next"), run: next }, …]);
 *
 * A key is passed over while somebody types or a dialog is open, unless `always` is set.
 */
import { onBeforeUnmount, shallowReactive } from "vue";

export interface KeyAction {
  keys: string;
  label: () => string;
  run: (event: KeyboardEvent) => void;
  /** Also while somebody types or a dialog is open. */
  always?: boolean;
  /** Not in the sheet: a second key for the same thing. */
  silent?: boolean;
}

export interface KeyGroup {
  title: () => string;
  actions: readonly KeyAction[];
}

const SEQUENCE_MS = 1_200;
const groups = shallowReactive(new Set<KeyGroup>());
let pending = "";
let pendingUntil = 0;

/** What holds now; the latest registered last. */
export function keyGroups(): KeyGroup[] {
  return [...groups];
}

export function useKeys(title: () => string, actions: readonly KeyAction[]): void {
  const group: KeyGroup = { title, actions };
  groups.add(group);
  onBeforeUnmount(() => groups.delete(group));
}

/** Starts listening; called once by the shell. */
export function startKeys(): () => void {
  const listener = (event: KeyboardEvent): void => handle(event);
  window.addEventListener("keydown", listener);
  return () => window.removeEventListener("keydown", listener);
}

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const stroke = strokeOf(event);
  const before = event.timeStamp < pendingUntil ? pending : "";
  const busy = isTyping(event.target) || isDialogOpen();
  const actions = [...groups].reverse().flatMap((group) => group.actions).filter((action) => !busy || action.always);
  const wanted = before === "" ? [stroke] : [`${before} ${stroke}`, stroke];
  pending = "";
  for (const keys of wanted) {
    const found = actions.find((action) => action.keys === keys);
    if (found) {
      event.preventDefault();
      found.run(event);
      return;
    }
  }
  if (actions.some((action) => action.keys.startsWith(`${stroke} `))) {
    pending = stroke;
    pendingUntil = event.timeStamp + SEQUENCE_MS;
  }
}

function strokeOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key;
  const prefix = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (event.shiftKey && key.length > 1 ? "Shift+" : "");
  return prefix + (key.length === 1 ? key.toLowerCase() === key || !event.shiftKey ? key.toLowerCase() : key : key);
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

function isDialogOpen(): boolean {
  return [...document.querySelectorAll<HTMLElement>("[aria-modal=true]")].some((one) => one.offsetParent !== null || one.getClientRects().length > 0);
}
