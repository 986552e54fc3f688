/** One message in a conversation. */
import type { MessageView } from "../../api/types";
import { t } from "../../i18n";
import { h } from "../../ui/dom";
import { formatClock, formatTime } from "../../ui/format";
import { icon } from "../../ui/icons";
import { messageBody } from "../../ui/message/body";
import { avatar, partyName } from "../../ui/party";
import { currentRoute, go, link, linkWith } from "../../ui/route";

export interface Manner {
  own: boolean;
  /** Whether the sender's name stands above. */
  named: boolean;
  /** Whether it is the record that was jumped to. */
  target: boolean;
}

const NOTES = new Set(["revoke", "agree", "disagree", "switch"]);

export function bubble(message: MessageView, manner: Manner): HTMLElement {
  if (NOTES.has(message.kind)) return note(message, manner);
  const classes = ["message", manner.own && "message--own", manner.target && "message--target", message.revoked_by && "message--revoked", !manner.named && "message--joined"];
  const name = manner.named && h("p", { class: "message__name" }, partyName(message.sender));
  const revoked = message.revoked_by ? h("p", { class: "message__revoked" }, icon("undo"), t("talk.revoked")) : undefined;
  return h(
    "li",
    { class: classes.filter(Boolean).join(" "), "data-record": message.record },
    manner.named ? avatar(message.sender) : h("span", { class: "avatar avatar--gap", "aria-hidden": "true" }),
    h("div", { class: "message__column" }, name, h("div", { class: `bubble bubble--${message.kind}` }, messageBody(message), revoked), foot(message)),
  );
}

/** Time and the way to the proof. */
function foot(message: MessageView): HTMLElement {
  const pending = message.proof?.state === "pending";
  const open = (): void => go(linkWith(currentRoute(), { proof: message.record }));
  return h(
    "p",
    { class: "message__foot" },
    h("time", { datetime: message.sent_at, title: formatTime(message.sent_at) }, formatClock(message.sent_at)),
    h("button", { class: "verify", type: "button", "data-proof": message.record, "aria-label": `${t("talk.proof_of")} ${formatTime(message.sent_at)}`, on: { click: open } }, icon(pending ? "clock" : "shield"), t("talk.proof")),
  );
}

function note(message: MessageView, manner: Manner): HTMLElement {
  const original = message.revokes ? h("a", { href: link(["conversations", message.conversation], { at: message.revokes }) }, t("talk.revoke_show")) : undefined;
  return h(
    "li",
    { class: manner.target ? "note message--target" : "note", "data-record": message.record },
    h("div", { class: "note__text" }, h("span", null, partyName(message.sender)), messageBody(message), original),
    foot(message),
  );
}
