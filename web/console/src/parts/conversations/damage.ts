/** What is said in the place of a message that cannot be shown. */
import type { Speak } from "../../i18n";
import type table from "../../i18n/conversations";
import type { DamagedMessage } from "./types";

const ERASED = "archive.erased";

export function damageText(damaged: Pick<DamagedMessage, "code">, t: Speak<keyof (typeof table)["en"]>): { title: string; help: string } {
  return damaged.code === ERASED ? { title: t("row.erased"), help: t("row.erased_help") } : { title: t("row.damaged"), help: t("row.damaged_help") };
}
