/**
 * A form: what is typed, whether it differs from the beginning, what is wrong beside which field, and saving.
 *
 *   const form = useForm({ name: "" }, (typed) => ({ name: typed.name === "" ? t("needed") : undefined }));
 *   await form.save(async (typed) => ask(api.POST(…)), { "identity.user_exists": "name" });
 *
 * What is wrong is said once somebody tried to save; a fault of the server whose code is known goes to its field.
 */
import { type ComputedRef, type Ref, computed, reactive, ref } from "vue";
import { ApiFault } from "../../api/client";
import { faultText } from "../faults";
import { toldFault } from "../toast";

export type Wrongs<T> = { [K in keyof T]?: string | undefined };

export interface Form<T extends object> {
  typed: T;
  wrong: ComputedRef<Wrongs<T>>;
  dirty: ComputedRef<boolean>;
  saving: Ref<boolean>;
  /** The answer of `send`, or `undefined` when something was wrong. */
  save: <R>(send: (typed: T) => Promise<R>, places?: Record<string, keyof T>) => Promise<R | undefined>;
}

/** Plain, without what Vue wraps it in. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function useForm<T extends object>(start: T, check: (typed: T) => Wrongs<T>): Form<T> {
  const typed = reactive(copied(start)) as T;
  const before = JSON.stringify(start);
  const tried = ref(false);
  const saving = ref(false);
  const refused = ref<{ field: keyof T; text: string; typed: string }>();

  const wrong = computed<Wrongs<T>>(() => {
    const own = tried.value ? check(typed) : {};
    const said = refused.value;
    // What the server refused is said until the field changes.
    if (said && JSON.stringify(typed[said.field]) === said.typed) return { ...own, [said.field]: said.text };
    return own;
  });

  async function save<R>(send: (typed: T) => Promise<R>, places: Record<string, keyof T> = {}): Promise<R | undefined> {
    tried.value = true;
    if (saving.value || Object.values(check(typed)).some((one) => one !== undefined)) return undefined;
    saving.value = true;
    try {
      return await send(copied(typed));
    } catch (cause) {
      const field = cause instanceof ApiFault ? places[cause.code] : undefined;
      if (field === undefined) toldFault(cause);
      else refused.value = { field, text: faultText(cause), typed: JSON.stringify(typed[field]) };
      return undefined;
    } finally {
      saving.value = false;
    }
  }
  return { typed, wrong, dirty: computed(() => JSON.stringify(typed) !== before), saving, save };
}
