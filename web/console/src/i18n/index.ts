/** Two languages, one small table each. Every text that people read comes from here. */
import { en } from "./en";
import { zhCn } from "./zh-CN";

export type Key = keyof typeof zhCn;
export type Language = "zh-CN" | "en";
export type Values = Record<string, string | number>;

export const TABLES: Record<Language, Record<Key, string>> = { "zh-CN": zhCn, en };

const STORED_AS = "xinlu.language";
let current: Language = "zh-CN";

/** Takes up the language chosen before; Chinese unless English was chosen. */
export function startLanguage(): void {
  useLanguage(localStorage.getItem(STORED_AS) === "en" ? "en" : "zh-CN");
}

export function language(): Language {
  return current;
}

export function useLanguage(wanted: Language): void {
  current = wanted;
  localStorage.setItem(STORED_AS, wanted);
  document.documentElement.lang = wanted;
}

/** The text of a key; `{name}` in it is filled from `values`. */
export function t(key: Key, values: Values = {}): string {
  return TABLES[current][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key that is put together at run time; `undefined` when there is none. */
export function find(key: string, values: Values = {}): string | undefined {
  return key in TABLES[current] ? t(key as Key, values) : undefined;
}
