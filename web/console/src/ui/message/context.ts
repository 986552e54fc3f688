/** What a message may ask of the page around it. Without a page (a search's preview) it does what it can alone. */
import type { ComputedRef, InjectionKey } from "vue";
import type { Range } from "./marks";
import type { Quote } from "./quote";
import type { MediaView, MessageView } from "./types";

export interface MessageHost {
  /** Opens the picture among the others of the page. */
  openImage(media: MediaView): void;
  openFile(media: MediaView): void;
  /** Goes to the message that a quotation took its words from. */
  findQuoted?(message: MessageView, quote: Quote): void;
}

export const HOST: InjectionKey<MessageHost> = Symbol("message host");
/** The marks of the message's texts, by the text. */
export const MARKS: InjectionKey<ComputedRef<Map<string, Range[]>>> = Symbol("marks");
/** The message that is being shown, for what is nested in it. */
export const MESSAGE: InjectionKey<ComputedRef<MessageView>> = Symbol("message");
