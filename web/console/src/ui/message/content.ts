/** What a message says, out of its body: the source's own object under its own names (PROTOCOL.md 3.2), masked or not. */
import { isObject, textAt } from "../../api/read";
import type { JsonObject, MessageView } from "../../api/types";
import { find, t } from "../../i18n";

export function contentOf(body: MessageView["body"]): JsonObject {
  return isObject(body) ? body : {};
}

/** What was written, of a text or markdown message. */
export function writtenText(message: MessageView): string {
  return textAt(contentOf(message.body), "content") ?? (message.pieces ?? []).map((piece) => piece.text).join("\n");
}

export function kindName(kind: string): string {
  return find(`kind.${kind}`) ?? t("talk.unknown_kind", { kind });
}
