/** Reading texts of messages: quotations, Markdown, marks, waves, documents of others. Plain functions. */
import { describe, expect, it } from "vitest";
import { yuan } from "../src/ui/message/cards";
import { parseExact } from "../src/ui/message/exact";
import { blocksOf, spansOf } from "../src/ui/message/markdown";
import { marksOf, runsOf, toUnits, within } from "../src/ui/message/marks";
import { extensionOf, previewOf } from "../src/ui/message/media";
import { pdfAddress } from "../src/ui/message/pdf";
import { ownWords, quoteOf } from "../src/ui/message/quote";
import { NODES_MAX, type SafeNode, safeDocument } from "../src/ui/message/safeHtml";
import { decodeText } from "../src/ui/message/textFile";
import type { MediaView } from "../src/ui/message/types";
import { waveOf } from "../src/ui/message/wave";

describe("JSON without loss", () => {
  it("keeps every digit of ids beyond 2^53 and leaves all else alone", () => {
    const text = '{"a":11101571002822706744,"b":9007199254740991,"c":1234567890.1234567890123456789,"d":"11101571002822706744 \\" 99999999999999999999","e":-9223372036854775808,"f":[1e20]}';
    expect(parseExact(text)).toEqual({ a: "11101571002822706744", b: 9007199254740991, c: 1234567890.1234567, d: '11101571002822706744 " 99999999999999999999', e: "-9223372036854775808", f: [1e20] });
  });
});

describe("quotations", () => {
  it("takes author, quoted words and answer apart", () => {
    const text = '这是一条引用/回复消息：\n"王芳:\n明天\n能发货吗"\n------\n可以的';
    expect(quoteOf(text)).toEqual({ author: "王芳", quoted: "明天\n能发货吗", answer: "可以的", answerAt: text.length - 3 });
    expect(ownWords(text)).toBe("可以的");
  });
  it("reads the sample of the protocol, nested quotations, and no other text", () => {
    expect(quoteOf('这是一条引用/回复消息："\n------\n@nick777')).toMatchObject({ author: undefined, quoted: "", answer: "@nick777" });
    const nested = '这是一条引用/回复消息：\n"A:\n这是一条引用/回复消息：\n"B:\n一"\n------\n二"\n------\n三';
    expect(quoteOf(nested)).toMatchObject({ author: "A", answer: "三" });
    expect(quoteOf("这是一条引用")).toBeUndefined();
    expect(quoteOf('这是一条引用/回复消息：\n"没有结尾')).toBeUndefined();
    expect(ownWords("你好")).toBe("你好");
  });
});

describe("marks", () => {
  it("turns bytes into units, across emoji, and drops what fits no character", () => {
    expect(toUnits("退款😀好", [{ start: 0, end: 6 }, { start: 6, end: 10 }])).toEqual([{ start: 0, end: 4 }]);
    expect(toUnits("a😀b", [{ start: 5, end: 6 }])).toEqual([{ start: 3, end: 4 }]);
    expect(toUnits("退款", [{ start: 1, end: 3 }, { start: 3, end: 99 }])).toEqual([]);
  });
  it("cuts runs and finds the marks of a shown text by its piece", () => {
    expect(runsOf("abcd", [{ start: 1, end: 2 }])).toEqual([{ text: "a", marked: false }, { text: "b", marked: true }, { text: "cd", marked: false }]);
    expect(runsOf("", [])).toEqual([{ text: "", marked: false }]);
    expect(within([{ start: 2, end: 6 }], 4, 9)).toEqual([{ start: 0, end: 2 }]);
    const found = marksOf({ pieces: [{ role: "title", text: "合同" }, { role: "text", text: "退款" }] }, [{ piece: 1, start: 3, end: 6 }]);
    expect([...found]).toEqual([["退款", [{ start: 1, end: 2 }]]]);
  });
});

describe("Markdown of robots", () => {
  it("is read into plain data", () => {
    expect(blocksOf("## 标题\n> 引用\n- 一\n普通").map((block) => block.kind)).toEqual(["heading", "quote", "item", "line"]);
    expect(spansOf('A **B** `C` [D](https://x) <font color="warning">E</font>')).toEqual([
      { text: "A " }, { text: "B", bold: true }, { text: " " }, { text: "C", code: true }, { text: " " }, { text: "D", address: "https://x" }, { text: " " }, { text: "E", colour: "warning" },
    ]);
    expect(spansOf('<img src=x onerror="a">')).toEqual([{ text: '<img src=x onerror="a">' }]);
  });
});

/** 16-bit PCM, one channel, 8 000 a second. */
function wav(samples: number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const put = (at: number, text: string): void => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  put(0, "RIFF"), put(8, "WAVE"), put(12, "fmt "), put(36, "data");
  view.setUint32(16, 16, true), view.setUint16(20, 1, true), view.setUint16(22, 1, true), view.setUint32(24, 8_000, true), view.setUint16(34, 16, true);
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => view.setInt16(44 + index * 2, sample, true));
  return view.buffer;
}

describe("waves", () => {
  it("gives peaks of each bar, the loudest being 1, and the length", () => {
    const wave = waveOf(wav([...Array<number>(4_000).fill(100), ...Array<number>(4_000).fill(-400)]), 4);
    expect(wave?.seconds).toBe(1);
    expect(wave?.peaks).toEqual([0.25, 0.25, 1, 1]);
  });
  it("reads no other bytes", () => {
    expect(waveOf(new ArrayBuffer(3), 4)).toBeUndefined();
    expect(waveOf(new TextEncoder().encode("#!AMR\n and then some more bytes").buffer as ArrayBuffer, 4)).toBeUndefined();
    expect(waveOf(wav([1]).slice(0, 36), 4)).toBeUndefined();
  });
});

describe("documents of others", () => {
  it("keep text and structure, and nothing that acts", () => {
    const { nodes, cut } = safeDocument('<h1 onclick="x()">标题</h1><script>alert(1)</script><p style="x">一<img src=x onerror=a><a href="javascript:x">链接</a></p><object data=x></object><table><tr><td colspan="2" rowspan="9999" onload=x>甲</td></tr></table><form><input></form>');
    const tags: string[] = [];
    const walk = (node: SafeNode | string): void => void (typeof node === "string" || (tags.push(node.tag), node.children.forEach(walk)));
    nodes.forEach(walk);
    expect(tags).toEqual(["h1", "p", "table", "tbody", "tr", "td"]);
    expect(JSON.stringify(nodes)).not.toMatch(/alert|javascript|onclick|onload|style/);
    expect(JSON.stringify(nodes)).toContain('"columns":2,"rows":100');
    expect(JSON.stringify(nodes)).toContain("链接");
    expect(cut).toBe(false);
  });
  it("have an end", () => {
    expect(safeDocument("<i>x</i>".repeat(NODES_MAX)).cut).toBe(true);
    const deep = safeDocument("<div>".repeat(500) + "底" + "</div>".repeat(500));
    expect(JSON.stringify(deep.nodes)).toContain("底");
  });
  it("are decoded as UTF-8, UTF-16 or GB18030", () => {
    const bytes = (...numbers: number[]): ArrayBuffer => new Uint8Array(numbers).buffer;
    expect(decodeText(new TextEncoder().encode("退款").buffer as ArrayBuffer)).toBe("退款");
    expect(decodeText(bytes(0xcd, 0xcb, 0xbf, 0xee))).toBe("退款");
    expect(decodeText(bytes(0xff, 0xfe, 0x00, 0x90))).toBe("退");
  });
  it("are PDF only when they begin so", async () => {
    expect(await pdfAddress(new Blob(["<html><script>x</script>"]))).toBeUndefined();
    expect(await pdfAddress(new Blob(["%PDF-1.7 …"]))).toMatch(/^blob:/);
  });
  it("are shown by their name before their declared type", () => {
    const media = (name: string | null, type?: string): MediaView => ({ media: 1, ordinal: 0, kind: "file", state: "stored", name, content_type: type });
    expect(["a.PDF", "a.docx", "a.xlsx", "a.csv", "a.exe", "a.jpg", "a.amr", "a"].map((name) => previewOf(media(name)))).toEqual(["pdf", "document", "document", "text", "none", "image", "audio", "none"]);
    expect(previewOf(media("a.txt", "application/pdf"))).toBe("pdf");
    expect(previewOf(media(null, "image/svg+xml"))).toBe("none");
    expect(extensionOf("archive.tar.gz")).toBe("gz");
  });
});

it("money is whole fen", () => {
  expect([yuan(3_000), yuan(5), yuan(20), yuan(1_234_567)]).toEqual(["30.00", "0.05", "0.20", "12345.67"]);
});
