/** What browser and system a `User-Agent` names, for people to tell their devices apart. A guess; never for decisions. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/wxwork\/([\d.]+)/i, "WeCom"], [/MicroMessenger/i, "WeChat"], [/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"],
  [/HeadlessChrome\/|Chrome\//, "Chrome"], [/Safari\//, "Safari"], [/curl\//, "curl"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony/i, "HarmonyOS"], [/Windows/, "Windows"], [/iPhone|iPad/, "iOS"], [/Android/, "Android"], [/Mac OS X/, "macOS"], [/Linux|X11/, "Linux"],
];

export function readAgent(agent: string): { browser?: string; system?: string } {
  const first = (list: typeof BROWSERS): string | undefined => list.find(([pattern]) => pattern.test(agent))?.[1];
  return { browser: first(BROWSERS), system: first(SYSTEMS) };
}
