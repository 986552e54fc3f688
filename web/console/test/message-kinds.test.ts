/**
 * Every kind of message is shown as what it is. The bodies are those the server's parser makes of the samples of
 * PROTOCOL.md 3.2 (its golden file), so page and server agree on what a message holds.
 */
import { mount } from "@vue/test-utils";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import kindTexts from "../src/i18n/message";
import { chooseLanguage } from "../src/i18n";
import MessageBody from "../src/ui/message/MessageBody.vue";
import { KIND_ICONS, formOf } from "../src/ui/message/kinds";
import { parseExact } from "../src/ui/message/exact";
import type { JsonObject, MediaView, MessageKind, MessageView } from "../src/ui/message/types";

const GOLDEN = resolve(import.meta.dirname, "../../../crates/channels/testdata/archive_messages.golden");
const words = kindTexts["zh-CN"];

interface Sample {
  msgid: string;
  kind: MessageKind;
  pieces: { role: "text"; text: string }[];
  media: MediaView[];
  body: JsonObject;
}

function samples(): Sample[] {
  const found: Sample[] = [];
  for (const line of readFileSync(GOLDEN, "utf8").split("\n")) {
    const head = /^(\S+) (\S+) (?:Send|Recall|Switch) /.exec(line);
    const piece = /^ {2}[A-Z]\w* (".*")$/.exec(line);
    const media = /^ {2}media (\d+) (\S+) /.exec(line);
    const last = found.at(-1);
    if (head) found.push({ msgid: head[1] ?? "", kind: head[2] as MessageKind, pieces: [], media: [], body: {} });
    else if (last && piece) last.pieces.push({ role: "text", text: JSON.parse(piece[1] ?? '""') as string });
    else if (last && media) last.media.push({ media: 100 + found.length, ordinal: Number(media[1]), kind: media[2] as MessageKind, state: "pending", name: /Some\("([^"]*)"\)$/.exec(line)?.[1] });
    else if (last && line.startsWith("  {")) last.body = parseExact<JsonObject>(line);
  }
  return found;
}

const person = { kind: "member" as const, id: 1, name: "王芳", external_id: "wangfang" };

function view(sample: Partial<Sample>, over: Partial<MessageView> = {}): MessageView {
  return {
    record: 1, conversation: 1, source: 1, seq: 1, msgid: sample.msgid ?? "m", kind: sample.kind ?? "text", action: "send", sender: person, recipients: [],
    sent_at: "2026-01-01T00:00:00Z", observed_at: "2026-01-01T00:00:00Z", level: "text", proof: { state: "logged", leaf_index: 1 },
    pieces: sample.pieces, media: sample.media ?? [], body: sample.body as MessageView["body"], ...over,
  };
}

const shown = (message: MessageView, highlights?: { piece: number; start: number; end: number }[]) => mount(MessageBody, { props: { message, highlights } });
const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

beforeAll(() => {
  chooseLanguage("zh-CN");
  // Nothing here may ask a server; what would, waits for ever.
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
});

describe("the samples of the protocol", () => {
  const all = samples();
  it("are all there", () => {
    expect(all).toHaveLength(37);
    expect(new Set(all.map((sample) => sample.kind)).size).toBe(34);
  });

  it.each(all.map((sample, index) => [`${sample.kind} ${index + 1}`, sample] as const))("%s shows every text and medium", async (_name, sample) => {
    const wrapper = shown(view(sample));
    for (const button of wrapper.findAll("[data-primary][aria-expanded=false]")) await button.trigger("click");
    const text = flat(wrapper.text());
    // A quotation is shown in its parts.
    const pieces = sample.pieces.flatMap((piece) => (piece.text.startsWith("这是一条引用") ? ["@nick777"] : [piece.text]));
    for (const piece of pieces) expect(text).toContain(flat(piece));
    expect(wrapper.findAll(".m-file")).toHaveLength(sample.media.length);
    if (formOf(view(sample)) === "card") expect(text).toContain(words[`kind.${sample.kind}` as keyof typeof words]);
    expect(wrapper.text()).not.toMatch(/undefined|NaN|\[object/);
    expect(wrapper.findAll("a[href^=http], img[src^=http], script, iframe")).toHaveLength(0);
  });

  it("show numbers exactly and facts in words", () => {
    const text = (kind: MessageKind, index = 0): string => flat(shown(view(all.filter((sample) => sample.kind === kind)[index] ?? {})).text());
    expect(text("meeting", 1)).toContain("11101571002822706744");
    expect(text("meeting")).toContain("2020-10-28 17:30:00 至 2020-10-28 18:30:00");
    expect(text("meeting")).toContain("参加会议");
    expect(text("redpacket")).toContain("共 30.00 元，1 个");
    expect(text("external_redpacket")).toContain("共 0.20 元，2 个");
    expect(text("vote")).toContain("发起投票");
    expect(text("collect")).toContain("表项2，数字（数字）");
    expect(text("voiptext")).toContain("单人视频通话");
    expect(text("voiptext")).toContain("通话时长 1:05");
    expect(text("sphfeed")).toContain("视频");
    expect(text("location")).toContain("经度 116.586285899，纬度 39.911125799");
    expect(text("link")).toContain("https://work.weixin.qq.com/wework_admin/external_room/join/exceed?vcode=xxx");
    expect(text("calendar")).toContain("aaa、bbb");
    expect(text("agree")).toBe("同意会话存档");
    expect(text("disagree")).toBe("不同意会话存档");
    expect(text("revoke")).toBe("撤回了一条消息");
    expect(text("switch")).toBe("切换了当前企业");
    expect(text("chatrecord")).toContain("2 条记录");
  });
});

it("every kind has an icon and a name in both languages", () => {
  for (const kind of Object.keys(KIND_ICONS)) {
    for (const language of ["zh-CN", "en"] as const) expect(kindTexts[language]).toHaveProperty([`kind.${kind}`]);
  }
});

it("an unknown kind shows its texts, its media and the folded object", () => {
  const wrapper = shown(view({ kind: "unknown", pieces: [{ role: "text", text: "题" }], media: [{ media: 5, ordinal: 0, kind: "file", state: "lost", reason: "expired" }], body: { title: "题", x: { y: 1 } } }, { unknown_kind: "hologram" }));
  expect(wrapper.text()).toContain("hologram");
  expect(wrapper.text()).toContain("题");
  expect(wrapper.find("details").attributes("open")).toBeUndefined();
  expect(JSON.parse(wrapper.find("pre").text())).toEqual({ title: "题", x: { y: 1 } });
  expect(wrapper.text()).toContain("文件已无法取得 · 来源已过期（超过五天）");
});

it("at level metadata nothing is said but the kind; at masked media stay closed", () => {
  expect(flat(shown(view({ kind: "text", body: { content: "秘密" } }, { level: "metadata", body: null, pieces: null })).text())).toBe("文本 · 内容不在你的查看级别内");
  const masked = shown(view({ kind: "file", media: [{ media: 5, ordinal: 0, kind: "file", state: "stored", name: "合同.pdf" }] }, { level: "masked" }));
  expect(masked.text()).toContain("没有查看媒体的权限");
  expect(masked.find("a[download]").exists()).toBe(false);
});

describe("media", () => {
  const stored = (kind: MessageKind, over: Partial<MediaView> = {}): MessageView => view({ kind, media: [{ media: 7, ordinal: 0, kind, state: "stored", size: 2_048, ...over }], body: { play_length: 65 } });
  it("have the form that suits them, and fetch nothing foreign", () => {
    expect(shown(stored("image")).find(".m-picture").exists()).toBe(true);
    expect(shown(stored("emotion")).find(".m-picture--emotion").exists()).toBe(true);
    expect(flat(shown(stored("voice")).find(".m-voice").text())).toContain("1:05");
    expect(shown(stored("voice")).findAll("rect").length).toBeGreaterThan(20);
    expect(shown(stored("video")).find(".m-video--cover").exists()).toBe(true);
    const file = shown(stored("file", { name: "报价单.xlsx" }));
    expect(file.find(".m-file__open").text()).toBe("报价单.xlsx");
    expect(file.find("a[download]").attributes()).toMatchObject({ href: "/api/v1/media/7", download: "报价单.xlsx" });
    expect(shown(stored("file", { name: "a.exe" })).find(".m-file__open").exists()).toBe(false);
    expect(flat(shown(stored("meeting_voice_call")).text())).toContain("1:05");
  });
  it.each([["pending", "等待下载"], ["fetching", "正在下载"], ["failed", "下载失败"], ["lost", "文件已无法取得"]] as const)("%s is said", (state, text) => {
    expect(shown(stored("image", { state })).text()).toContain(text);
    expect(shown(stored("image", { state, reason: "md5_mismatch" })).text()).toContain("校验值与声明不符");
  });
});

describe("marks and nesting", () => {
  it("marks exactly what was found, also in titles, answers and nested items", async () => {
    const marks = (message: MessageView, piece: number, start: number, end: number): string[] => shown(message, [{ piece, start, end }]).findAll("mark").map((mark) => mark.text());
    expect(marks(view({ kind: "text", body: { content: "我要退款😀谢谢" }, pieces: [{ role: "text", text: "我要退款😀谢谢" }] }), 0, 6, 12)).toEqual(["退款"]);
    const quote = '这是一条引用/回复消息：\n"李四:\n退款吗"\n------\n退款';
    const bytes = (text: string): number => new TextEncoder().encode(text).length;
    expect(marks(view({ kind: "text", body: { content: quote }, pieces: [{ role: "text", text: quote }] }), 0, bytes(quote) - 6, bytes(quote))).toEqual(["退款"]);
    const record = view({ kind: "chatrecord", body: { title: "群聊", item: [{ type: "ChatRecordText", content: { content: "甲" } }, { type: "ChatRecordText", content: { content: "乙方" } }] }, pieces: ["群聊", "甲", "乙方"].map((text) => ({ role: "text", text })) });
    expect(marks(record, 2, 0, 3)).toEqual(["乙"]);
    expect(shown(record).findAll(".m-nested__item")).toHaveLength(0);
  });

  it("opens merged messages in place, however they are nested, down to a depth", async () => {
    let body: JsonObject = { content: "最里面" };
    for (let depth = 0; depth < 5; depth += 1) body = { title: `第${depth}层`, item: [{ type: "chatrecord", msgtime: 1_603_875_610_000, content: body }] };
    const wrapper = shown(view({ kind: "chatrecord", body }));
    await wrapper.find("[data-primary]").trigger("click");
    expect(wrapper.text()).toContain("最里面");
    expect(wrapper.text()).toContain("2020-10-28 17:00:10");
    for (let depth = 0; depth < 20; depth += 1) body = { item: [{ type: "mixed", content: body }] };
    expect(shown(view({ kind: "mixed", body })).text()).toContain("嵌套过深");
  });
});
