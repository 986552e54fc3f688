/** Media of a message: picture with a viewer, player where the browser can, else a card to download. */
import { mediaAddress } from "../../api/messages";
import type { MediaView, MessageView } from "../../api/types";
import { find, t } from "../../i18n";
import { h } from "../dom";
import { formatBytes, formatPlayLength } from "../format";
import { type IconName, icon } from "../icons";
import { partyName } from "../party";

export interface MediaText {
  name?: string | undefined;
  /** Seconds. */
  length?: number | undefined;
}

const PICTURES = new Set(["image", "emotion"]);
const VOICES = new Set(["voice", "meeting_voice_call"]);

/** One item in the form that suits it. */
export function mediaItem(message: MessageView, media: MediaView, text: MediaText = {}): HTMLElement {
  if (message.level !== "text") return notice(media, t("media.hidden"), "lock");
  if (media.state !== "stored") return notice(media, stateText(media), media.state === "pending" || media.state === "fetching" ? "clock" : "alarm");
  if (PICTURES.has(media.kind)) return picture(message, media, text);
  if (VOICES.has(media.kind)) return playable(media, "audio", text);
  if (media.kind === "video") return playable(media, "video", text);
  return downloadCard(media, text);
}

function stateText(media: MediaView): string {
  const reason = media.reason ? (find(`media.reason.${media.reason}`) ?? media.reason) : undefined;
  const state = t(`media.${media.state === "stored" ? "broken" : media.state}`);
  return reason === undefined ? state : `${state} · ${reason}`;
}

function notice(media: MediaView, text: string, mark: IconName): HTMLElement {
  const bad = media.state === "failed" || media.state === "lost";
  return h("div", { class: bad ? "attachment attachment--bad" : "attachment attachment--quiet" }, h("span", { class: "attachment__icon" }, icon(mark)), h("div", { class: "attachment__text" }, h("p", { class: "attachment__name" }, nameOf(media, {})), h("p", { class: "attachment__note" }, text)));
}

function nameOf(media: MediaView, text: MediaText): string {
  return media.name || text.name || (find(`kind.${media.kind}`) ?? t("media.file"));
}

function picture(message: MessageView, media: MediaView, text: MediaText): HTMLElement {
  const label = t("media.image_of", { name: partyName(message.sender) });
  const image = h("img", { class: media.kind === "emotion" ? "picture__image picture__image--emotion" : "picture__image", src: mediaAddress(media.media), alt: label, loading: "lazy", decoding: "async" });
  const button = h("button", { class: "picture", type: "button", title: t("media.open"), on: { click: () => openViewer(media, label) } }, image);
  image.addEventListener("error", () => button.replaceWith(downloadCard(media, text)));
  return button;
}

/** The picture over the page; Escape, the button or a click beside it closes. */
function openViewer(media: MediaView, label: string): void {
  const dialog = h(
    "dialog",
    { class: "viewer", "aria-label": label },
    h("div", { class: "viewer__bar" }, downloadLink(media, nameOf(media, {})), h("button", { class: "button", type: "button", on: { click: () => dialog.close() } }, icon("cross"), t("media.close"))),
    h("img", { class: "viewer__image", src: mediaAddress(media.media), alt: label }),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function playable(media: MediaView, tag: "audio" | "video", text: MediaText): HTMLElement {
  const probe = document.createElement(tag);
  const type = media.content_type ?? (tag === "video" ? "video/mp4" : "audio/amr");
  if (probe.canPlayType(type) === "") return downloadCard(media, text, t("media.unplayable"));
  const player = h(tag, { class: `player player--${tag}`, controls: true, preload: tag === "video" ? "metadata" : "none", src: mediaAddress(media.media), "aria-label": nameOf(media, text) });
  player.addEventListener("error", () => player.replaceWith(downloadCard(media, text)));
  return player;
}

const ICONS: Record<string, IconName> = { image: "image", emotion: "image", voice: "voice", meeting_voice_call: "phone", video: "video" };

function downloadCard(media: MediaView, text: MediaText, note?: string): HTMLElement {
  const name = nameOf(media, text);
  const facts = [text.length !== undefined && formatPlayLength(text.length), media.size ? formatBytes(media.size) : undefined, media.content_type].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "attachment" },
    h("span", { class: "attachment__icon" }, icon(ICONS[media.kind] ?? "file")),
    h("div", { class: "attachment__text" }, h("p", { class: "attachment__name" }, name), h("p", { class: "attachment__note" }, facts), note !== undefined && h("p", { class: "attachment__note" }, note)),
    downloadLink(media, name),
  );
}

function downloadLink(media: MediaView, name: string): HTMLElement {
  return h("a", { class: "button button--icon", href: mediaAddress(media.media), download: name, title: t("media.download"), "aria-label": `${t("media.download")} ${name}` }, icon("download"));
}
