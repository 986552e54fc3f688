/** What to tell people of a fault: by its code if there is a text, else by its kind. */
import { ApiFault } from "../api/client";
import { useText } from "../i18n";
import common from "../i18n/common";
import identity from "../i18n/identityFaults";

const t = useText(common);
const identityTexts = useText(identity);
const KINDS: Record<number, string> = {
  0: "network", 400: "invalid", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 429: "too_many", 503: "unavailable",
};

export function faultText(cause: unknown): string {
  if (!(cause instanceof ApiFault)) return t("error.internal");
  return t.find(`error.${cause.code}`) ?? identityTexts.find(`error.${cause.code}`) ?? t.find(`error.${KINDS[cause.status] ?? "internal"}`) ?? t("error.internal");
}

/** Code and request number, for who has to find it in the log. */
export function faultDetail(cause: unknown): string | undefined {
  if (!(cause instanceof ApiFault) || cause.status === 0) return undefined;
  const request = cause.requestId === undefined ? "" : ` · ${t("error.request", { id: cause.requestId })}`;
  return t("error.code", { code: cause.code }) + request;
}
