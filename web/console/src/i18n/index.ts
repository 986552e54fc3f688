/**
 * Two languages, one small table for each part. Every text that people read comes from such a table:
 *
 *   // i18n/search.ts
 *   export default texts({ "zh-CN": { title: "搜索" }, en: { title: "Search" } });
 *   // in a component
 *   const t = useText(search);   {{ t("title") }}   t("count", { count: 3 })   t.find(`kind.${kind}`)
 *
 * Both languages hold the same keys: the compiler sees to it, and a test sees to the holes (`{count}`).
 */
import { readonly, ref } from "vue";

export type Language = "zh-CN" | "en";
export type Values = Record<string, string | number>;
export type Texts<K extends string> = Record<Language, Record<K, string>>;

export interface Speak<K extends string> {
  /** The text of a key; `{name}` in it is filled from `values`. */
  (key: K, values?: Values): string;
  /** The text of a key that is put together at run time; `undefined` when there is none. */
  find(key: string, values?: Values): string | undefined;
}

const STORED_AS = "xinlu.language";
const current = ref<Language>("zh-CN");

/** What is spoken now; templates follow it. */
export const language = readonly(current);

export function texts<Z extends Record<string, string>>(table: { "zh-CN": Z; en: Record<NoInfer<keyof Z>, string> }): Texts<keyof Z & string> {
  return table;
}

export function useText<K extends string>(table: Texts<K>): Speak<K> {
  const speak = (key: K, values: Values = {}): string => fill(table[current.value][key], values);
  const find = (key: string, values: Values = {}): string | undefined => {
    const found = (table[current.value] as Record<string, string | undefined>)[key];
    return found === undefined ? undefined : fill(found, values);
  };
  return Object.assign(speak, { find });
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Takes up the language chosen before; Chinese unless English was chosen. */
export function startLanguage(): void {
  chooseLanguage(localStorage.getItem(STORED_AS) === "en" ? "en" : "zh-CN");
}

export function chooseLanguage(wanted: Language): void {
  current.value = wanted;
  localStorage.setItem(STORED_AS, wanted);
  document.documentElement.lang = wanted;
}
