/** What the sources of members and contacts are called. */
import { useText } from "../../i18n";
import people from "../../i18n/people";
import { LOCAL_SOURCE } from "../../ui/tree/departments";
import { channelOf } from "./tags";

const t = useText(people);

/** `企业微信` of `wecom:ww123`. */
export function channelName(source: string): string {
  if (source === LOCAL_SOURCE) return t("field.source_local");
  return t.find(`channel.${channelOf(source)}`) ?? t("channel.other", { source });
}

/** `企业微信 · wecom:ww123`. */
export function sourceName(source: string): string {
  return source === LOCAL_SOURCE ? channelName(source) : `${channelName(source)} · ${source}`;
}
