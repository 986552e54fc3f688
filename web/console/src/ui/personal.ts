/**
 * Covers what looks like personal data in short texts such as remarks, for those who read below the level `text`.
 * It is a courtesy of the page: what somebody must not have, the server does not send. Pure.
 */

const MAIL = /([\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]*@([\p{L}\p{N}.-]+\.[A-Za-z]{2,})/gu;
const IDENTITY = /(?<!\d)(\d{3})\d{11}(\d{3}[\dXx])(?![\dXx])/g;
const CARD = /(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)/g;
const MOBILE = /(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)/g;

export function coverPersonal(text: string): string {
  return text
    .replace(MAIL, "$1***@$2")
    .replace(IDENTITY, "$1***********$2")
    .replace(CARD, "$1********$2")
    .replace(MOBILE, "$1****$2");
}
