/** Believable conversations, the same at each start. All people and numbers are made up. */
import { crc32, deflateSync } from "node:zlib";

const START = Date.parse("2026-09-03T01:12:00Z");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const MEMBERS = ["王芳", "李建国", "陈思远", "周雅琴", "赵一鸣"];
const CONTACTS = ["刘女士", "张伟", "孙晓梅", "何先生", "林佳怡", "黄俊杰", "吴老师", "郑太太", "冯启航", "Emily Chen", "蒋文博", "沈月"];

const SCRIPTS = [
  ["您好，我上周买的净水器想退款，订单号 20260829-7741", "您好，已经查到订单，请问是什么原因呢？", "滤芯漏水，昨天又漏了一次，地板都泡了", "非常抱歉给您带来不便，退款今天就可以提交，三个工作日内原路退回", "好的，麻烦尽快，电话 138****2091", "已提交退款申请，进度会发到您的微信"],
  ["请问家庭医疗险的等待期是多久？", "等待期是 90 天，意外伤害没有等待期", "我妈妈有高血压可以投保吗？", "需要做健康告知，我先把告知书发给您看一下", "合同里哪一条写了免责？", "第十二条第三款，我圈出来发您"],
  ["老师，孩子这周的数学作业没看懂第 7 题", "没关系，我录一段讲解发给您", "太感谢了，周六的课还是上午九点吗？", "是的，九点，教室换到 302"],
  ["服务器凌晨两点报警，磁盘 92%", "看到了，日志没有轮转，我先清理旧归档", "下次能不能提前预警？", "阈值已调到 80%，同时加了每日巡检"],
];

const iso = (ms) => new Date(ms).toISOString();
const member = (at) => ({ kind: "member", id: at + 1, name: MEMBERS[at % MEMBERS.length], external_id: `member${at + 1}` });
const contact = (at) => ({ kind: "contact", id: at + 1, name: CONTACTS[at], external_id: `wmMock${String(at + 1).padStart(4, "0")}` });

const EXTRA = [
  ["image", { md5sum: "50de8e5a", filesize: 20961, media_ordinal: 0 }, [], { kind: "image", content_type: "image/png" }],
  ["file", { filename: "退款协议（盖章版）.pdf", fileext: "pdf", filesize: 181_811, media_ordinal: 0 }, [["file_name", "退款协议（盖章版）.pdf"]], { kind: "file", name: "退款协议（盖章版）.pdf", content_type: "application/pdf" }],
  ["voice", { voice_size: 6810, play_length: 10, media_ordinal: 0 }, [], { kind: "voice", content_type: "audio/amr" }],
  ["location", { longitude: 116.58628, latitude: 39.911125, address: "北京市朝阳区建国路 88 号", title: "客户服务中心", zoom: 15 }, [["title", "客户服务中心"], ["place", "北京市朝阳区建国路 88 号"]]],
  ["link", { title: "退款流程说明", description: "提交、审核、到账三步", link_url: "https://example.com/refund", image_url: "" }, [["title", "退款流程说明"], ["description", "提交、审核、到账三步"]]],
  ["chatrecord", { title: "售后群的聊天记录", item: [{ type: "ChatRecordText", msgtime: 1788390000000, content: { content: "漏水的是哪一批？" }, from_chatroom: true }, { type: "ChatRecordText", msgtime: 1788390060000, content: { content: "八月那批，编号 B-0817" }, from_chatroom: true }] }, [["title", "售后群的聊天记录"], ["nested", "漏水的是哪一批？"]]],
  ["mixed", { item: [{ type: "text", content: { content: "现场照片如下" } }, { type: "image", content: { media_ordinal: 0, filesize: 2000 } }] }, [["nested", "现场照片如下"]], { kind: "image", content_type: "image/png" }],
  ["video", { filesize: 15_169_724, play_length: 108, media_ordinal: 0 }, [], { kind: "video", state: "failed", reason: "md5_mismatch" }],
  ["redpacket", { type: 1, wish: "恭喜发财，大吉大利", totalcnt: 1, totalamount: 3000 }, []],
  ["card", { corpname: "微信联系人", userid: "wmMock0007" }, [["name", "微信联系人"]]],
  ["future_kind", { something: ["新类型", 1] }, [], undefined, "future_kind"],
  ["meeting", { topic: "售后复盘会", starttime: 1788400000, endtime: 1788403600, address: "三号会议室" }, [["title", "售后复盘会"]]],
];

let records = 0;
let items = 0;

function message(conversation, parties, at, kind, body, pieces, media, unknown) {
  records += 1;
  const file = media && { media: (items += 1), ordinal: 0, state: "stored", size: 20_961, ...media };
  return {
    record: records, conversation, source: 1, seq: records + 1000, msgid: `${8_891_446_340_739 + records}_1788390000_external`, kind: unknown ? "unknown" : kind, action: kind === "revoke" ? "recall" : "send",
    sender: parties[0], recipients: parties.slice(1), sent_at: iso(at), observed_at: iso(at + 900), level: "text", body,
    pieces: pieces.map(([role, text]) => ({ role, text })), media: file ? [file] : [], ...(unknown ? { unknown_kind: unknown } : {}), proof: { state: "logged" },
  };
}

function talkOf(id) {
  const own = member(id % MEMBERS.length);
  const other = contact(id % CONTACTS.length);
  const script = SCRIPTS[id % SCRIPTS.length];
  const made = [];
  let at = START + id * 7 * MINUTE_MS + (id % 9) * DAY_MS;
  for (let round = 0; round < 4; round += 1) {
    script.forEach((text, line) => {
      at += (line + 1) * MINUTE_MS + 13_000;
      const parties = line % 2 === 0 ? [other, own] : [own, other];
      made.push(message(id, parties, at, "text", { content: text }, [["text", text]]));
      const extra = EXTRA[(round * 3 + line + id) % EXTRA.length];
      if (line % 2 === 1) made.push(message(id, parties, at + 20_000, ...extra));
    });
    at += DAY_MS * (2 + round * 5);
  }
  const wrong = message(id, [own, other], at, "text", { content: "发错了，请忽略" }, [["text", "发错了，请忽略"]]);
  const taken = { ...message(id, [own, other], at + 30_000, "revoke", { pre_msgid: wrong.msgid }, []), revokes: wrong.record };
  made.push({ ...wrong, revoked_by: taken.record }, taken);
  return made;
}

/** Everything there is: messages in the order of records, and their conversations. */
export function makeData(count) {
  const messages = Array.from({ length: count }, (_, at) => talkOf(at + 1)).flat();
  const conversations = Array.from({ length: count }, (_, at) => {
    const own = messages.filter((one) => one.conversation === at + 1);
    const group = at % 5 === 3;
    return {
      id: at + 1, kind: group ? "group" : "pair", title: group ? `${CONTACTS[(at + 1) % CONTACTS.length]}服务群` : null, source: 1, members: [member((at + 1) % MEMBERS.length)], contacts: [contact((at + 1) % CONTACTS.length)],
      first_at: own[0].sent_at, last_at: own.at(-1).sent_at, messages: own.length,
    };
  });
  conversations.sort((one, other) => other.last_at.localeCompare(one.last_at));
  return { messages, conversations };
}

function chunk(type, body) {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  const named = Buffer.concat([Buffer.from(type), body]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([head, named, check]);
}

/** A picture of soft stripes. */
export function makePicture(width, height) {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x += 1) row.set([90 + ((x * 60) / width), 140 + ((y * 70) / height), 130 + 30 * Math.sin((x + y) / 24)].map(Math.round), 1 + x * 3);
    return row;
  });
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", size), chunk("IDAT", deflateSync(Buffer.concat(rows))), chunk("IEND", Buffer.alloc(0))]);
}
