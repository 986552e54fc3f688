/** Changing one's own password: the rules said before the server says them. All other sessions end with it. */
import { type ComputedRef, type Ref, computed, ref } from "vue";
import { type Schemas, api, ask } from "../api/client";

export const PASSWORD_LENGTH_MIN = 12;
const DIFFERENT_MIN = 5;

export interface PasswordChange {
  old: Ref<string>;
  fresh: Ref<string>;
  again: Ref<string>;
  busy: Ref<boolean>;
  fault: Ref<unknown>;
  differs: ComputedRef<boolean>;
  strong: ComputedRef<boolean>;
  /** True when it is done. */
  send: () => Promise<boolean>;
}

export function isStrong(password: string): boolean {
  return Array.from(password).length >= PASSWORD_LENGTH_MIN && new Set(password).size >= DIFFERENT_MIN;
}

export function usePasswordChange(known = ""): PasswordChange {
  const [old, fresh, again, busy, fault] = [ref(known), ref(""), ref(""), ref(false), ref<unknown>()];
  const differs = computed(() => again.value !== "" && fresh.value !== again.value);
  const strong = computed(() => isStrong(fresh.value));
  const send = async (): Promise<boolean> => {
    if (fresh.value !== again.value) return false;
    busy.value = true;
    fault.value = undefined;
    const body: Schemas["ChangePassword"] = { old: old.value, new: fresh.value };
    try {
      await ask(api.PUT("/api/v1/sessions/password", { body }));
      old.value = fresh.value = again.value = "";
      return true;
    } catch (cause) {
      fault.value = cause;
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { old, fresh, again, busy, fault, differs, strong, send };
}
