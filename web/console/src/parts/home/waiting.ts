/** What waits for somebody's hand, each with the page where it is seen to. Pure. */
import type { RouteLocationRaw } from "vue-router";
import type home from "../../i18n/home";
import type { Values } from "../../i18n";
import type { Figures, Status } from "./status";

export interface Waiting {
  key: keyof (typeof home)["en"];
  values?: Values;
  to: RouteLocationRaw;
  tone: "bad" | "warn" | "calm";
}

export interface Known {
  figures?: Figures;
  status?: Status;
  may: (...permissions: string[]) => boolean;
  totpOff: boolean;
}

export function waitingOf({ figures, status, may, totpOff }: Known): Waiting[] {
  const list: Waiting[] = [];
  const channels: RouteLocationRaw = may("channel.manage") ? { name: "wecom" } : { name: "proof" };
  if (status && figures) {
    if (status.sources.length === 0 && may("channel.manage")) list.push({ key: "waiting.no_corp", to: { name: "set-up", query: { step: "company" } }, tone: "warn" });
    if (figures.missing > 0) list.push({ key: "waiting.missing", values: { count: figures.missing }, to: { name: "proof" }, tone: "bad" });
    if (status.last_report?.red) list.push({ key: "waiting.report", values: { day: status.last_report.day }, to: { name: "proof" }, tone: "bad" });
    if (figures.keysMissing.length > 0) list.push({ key: "waiting.keys", values: { versions: figures.keysMissing.join(", ") }, to: channels, tone: "bad" });
    if (figures.parked > 0) list.push({ key: "waiting.parked", values: { count: figures.parked }, to: channels, tone: "warn" });
    if (figures.media.failed > 0) list.push({ key: "waiting.media", values: { count: figures.media.failed }, to: channels, tone: "warn" });
    if (figures.seats && figures.seats.notPermitted > 0) list.push({ key: "waiting.seats", values: { count: figures.seats.notPermitted }, to: may("member.read") ? { name: "members", query: { seat: "not" } } : channels, tone: "calm" });
  }
  if (totpOff) list.push({ key: "waiting.totp", to: { name: "account" }, tone: "calm" });
  return list;
}
