/** What a media item is called, where its bytes are, and in which form it can be shown. Pure. */
import type { Say } from "./cards";
import type { MediaView } from "./types";

export type Preview = "image" | "pdf" | "document" | "text" | "audio" | "video" | "none";

const PICTURES = new Set(["image", "emotion"]);
const VOICES = new Set(["voice", "meeting_voice_call"]);
const DOCUMENTS = new Set(["docx", "xlsx", "xls", "doc", "pptx"]);
const TEXTS = new Set(["txt", "csv", "tsv", "json", "xml", "log", "md", "yaml", "yml", "ini", "html", "htm", "eml"]);
const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "bmp"]);
const AUDIO = new Set(["amr", "wav", "mp3", "m4a", "ogg"]);
const VIDEO = new Set(["mp4", "webm", "mov"]);

/** Larger pictures are fetched when they are asked for. */
export const EAGER_BYTES_MAX = 20 * 1024 * 1024;
/** Larger files are for a program on the reader's own machine. */
export const PREVIEW_BYTES_MAX = 50 * 1024 * 1024;

export function mediaAddress(media: number): string {
  return `/api/v1/media/${media}`;
}

export function extensionOf(name: string | null | undefined): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(name ?? "")?.[1]?.toLowerCase() ?? "";
}

export function mediaName(media: MediaView, t: Say): string {
  return media.name || (t.find(`kind.${media.kind}`) ?? t("kind.file"));
}

/** In which form the item stands in the message. */
export function shapeOf(media: MediaView): "picture" | "voice" | "video" | "file" {
  if (PICTURES.has(media.kind)) return "picture";
  if (VOICES.has(media.kind)) return "voice";
  return media.kind === "video" ? "video" : "file";
}

/** How a file can be looked at; its name counts before the type that was told. */
export function previewOf(media: MediaView): Preview {
  const extension = extensionOf(media.name);
  const type = media.content_type ?? "";
  if (extension === "pdf" || type === "application/pdf") return "pdf";
  if (DOCUMENTS.has(extension)) return "document";
  if (TEXTS.has(extension)) return "text";
  if (IMAGES.has(extension) || /^image\/(png|jpeg|gif|webp|bmp)$/.test(type)) return "image";
  if (AUDIO.has(extension)) return "audio";
  if (VIDEO.has(extension) || type.startsWith("video/")) return "video";
  return type.startsWith("text/") ? "text" : "none";
}

/** How far it is and why it is not here, in words. */
export function stateText(media: MediaView, t: Say): string {
  const state = t(`media.${media.state}`);
  return media.reason ? `${state} · ${t.find(`media.reason.${media.reason}`) ?? media.reason}` : state;
}
