/** Light, dark or as the system has it. Sets `data-theme` (our tokens) and the class `dark` (Element Plus) on the page. */
import { reactive } from "vue";

export type ThemeChoice = "system" | "light" | "dark";
const STORED_AS = "xinlu.theme";
const system = (): MediaQueryList => matchMedia("(prefers-color-scheme: dark)");

export const theme = reactive({ choice: "system" as ThemeChoice, dark: false });

export function startTheme(): void {
  const stored = localStorage.getItem(STORED_AS);
  chooseTheme(stored === "light" || stored === "dark" ? stored : "system");
  system().addEventListener("change", () => chooseTheme(theme.choice));
}

export function chooseTheme(choice: ThemeChoice): void {
  theme.choice = choice;
  theme.dark = choice === "dark" || (choice === "system" && system().matches);
  localStorage.setItem(STORED_AS, choice);
  document.documentElement.dataset["theme"] = theme.dark ? "dark" : "light";
  document.documentElement.classList.toggle("dark", theme.dark);
}
