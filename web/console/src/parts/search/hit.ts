/** One hit: who, where, when, and the text with what matched marked in place. */
import type { MessageView, SearchHit } from "../../api/types";
import { t } from "../../i18n";
import { h } from "../../ui/dom";
import { formatTime } from "../../ui/format";
import { marked, snippet, toUnits } from "../../ui/highlight";
import { kindName } from "../../ui/message/content";
import { avatar, partyName } from "../../ui/party";
import { link } from "../../ui/route";

const PIECES_MAX = 3;

export function hitRow(hit: SearchHit): HTMLElement {
  const { message } = hit;
  const recipients = message.recipients.map(partyName).slice(0, 2).join("、");
  const where = hit.conversation.title || recipients;
  return h(
    "li",
    null,
    h(
      "a",
      { class: "hit", href: link(["conversations", hit.conversation.id], { at: message.record }), "data-record": message.record },
      avatar(message.sender),
      h(
        "div",
        { class: "hit__text" },
        h("p", { class: "hit__head" }, h("span", { class: "hit__sender" }, partyName(message.sender)), h("span", { class: "hit__where" }, where), message.kind !== "text" && h("span", { class: "chip" }, kindName(message.kind)), h("time", { datetime: message.sent_at }, formatTime(message.sent_at))),
        pieces(message, hit),
        message.revoked_by ? h("p", { class: "muted" }, t("talk.revoked")) : undefined,
      ),
    ),
  );
}

function pieces(message: MessageView, hit: SearchHit): HTMLElement[] {
  if (message.level === "metadata") return [h("p", { class: "muted" }, t("talk.hidden"))];
  const all = (message.pieces ?? []).map((piece, at) => ({ text: piece.text, ranges: toUnits(piece.text, hit.highlights.filter((mark) => mark.piece === at)) }));
  const found = all.filter((piece) => piece.ranges.length > 0);
  const shown = (found.length > 0 ? found : all).slice(0, PIECES_MAX);
  if (shown.length === 0) return [h("p", { class: "muted" }, kindName(message.kind))];
  return shown.map((piece) => {
    const cut = snippet(piece.text, piece.ranges);
    return h("p", { class: "hit__piece" }, marked(cut.text, cut.ranges));
  });
}
