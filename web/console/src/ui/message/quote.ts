/**
 * A quotation as WeCom archives it: plain text in a fixed shape, nothing else tells the two apart.
 *
 *   这是一条引用/回复消息：
 *   "NAME:
 *   QUOTED"
 *   ------
 *   ANSWER
 */
const OPENING = /^这是一条引用\/回复消息[:：]\s*["“]/;
const CLOSING = /["”]?\r?\n-{6,}\r?\n?/g;

export interface Quote {
  /** Who was quoted, when the text says so. */
  author: string | undefined;
  quoted: string;
  answer: string;
  /** Where the answer begins in the whole text, in UTF-16 units. */
  answerAt: number;
}

/** The last line of dashes ends the quotation: what is quoted may quote as well. */
export function quoteOf(text: string): Quote | undefined {
  const opening = OPENING.exec(text);
  if (opening === null) return undefined;
  const closing = [...text.matchAll(CLOSING)].at(-1);
  if (closing === undefined || closing.index < opening[0].length - 1) return undefined;
  const inside = text.slice(opening[0].length, Math.max(closing.index, opening[0].length));
  const answerAt = closing.index + closing[0].length;
  const author = /^([^\n:：]{1,64})[:：]\r?\n/.exec(inside);
  return { author: author?.[1], quoted: author ? inside.slice(author[0].length) : inside, answer: text.slice(answerAt), answerAt };
}

/** What a message says without what it quotes: the text to look for when it is quoted itself. */
export function ownWords(text: string): string {
  return quoteOf(text)?.answer ?? text;
}
