/** How signing in went wrong lately, in a sentence. */
import { useText } from "../../../i18n";
import users from "../../../i18n/users";
import { formatTime } from "../../../ui/format";
import type { User } from "./actions";

const t = useText(users);

export function lockText(user: Pick<User, "failed_attempts" | "locked_until">): string {
  const failed = t("failures", { count: user.failed_attempts });
  return user.locked_until ? t("failures.locked", { failed, time: formatTime(user.locked_until) }) : failed;
}
