/** A body of each kind for the mock API, as the server opens them (PROTOCOL.md 3.2). */
import type { Schemas } from "../api/client";

type Kind = Schemas["MessageKind"];
type Body = Record<string, unknown>;

export const WORDS = ["您好，请问发货了吗", "已经发了，单号稍后发您", "好的，谢谢", "这个价格能再优惠一点吗", "我问一下主管", "合同明天寄出", "收到", "麻烦看下附件，有三处需要确认：数量、单价和交货时间"] as const;

export const BODIES: readonly (readonly [Kind, Body])[] = [
  ["agree", { userid: "wm11", agree_time: 1603875826656 }],
  ["text", { content: "您好，我想退款" }],
  ["text", { content: "这是一条引用/回复消息：\n\"小谭:\n您好，我想退款\"\n------\n可以的，请提供单号" }],
  ["image", {}],
  ["emotion", { type: 1, width: 120, height: 120 }],
  ["voice", { play_length: 12 }],
  ["video", { play_length: 65 }],
  ["file", { filename: "报价单.xlsx" }],
  ["location", { longitude: 116.586285899, latitude: 39.911125799, address: "北京市朝阳区建国路 1 号", title: "安和大厦" }],
  ["link", { title: "邀请你加入群聊", description: "技术支持群", link_url: "https://work.weixin.qq.com/x" }],
  ["weapp", { title: "服务须知", description: "客户需同意存档", username: "gh_x@app", displayname: "服务须知" }],
  ["card", { corpname: "微信联系人", userid: "wm12" }],
  ["chatrecord", { title: "群聊", item: [{ type: "ChatRecordText", msgtime: 1603875610000, content: { content: "第一条" } }, { type: "ChatRecordText", msgtime: 1603875620000, content: { content: "第二条" } }, { type: "chatrecord", content: { title: "里层", item: [{ type: "ChatRecordText", content: { content: "里层的话" } }] } }] }],
  ["mixed", { item: [{ type: "text", content: { content: "你好[微笑]" } }, { type: "image", content: { media_ordinal: 0 } }] }],
  ["vote", { votetitle: "团建去哪儿", voteitem: ["爬山", "农家乐"], votetype: 101 }],
  ["collect", { room_name: "产品内测群", creator: "王芳", create_time: "2019-12-11 11:21:22", title: "体温登记", details: [{ id: 1, ques: "姓名", type: "Text" }, { id: 2, ques: "体温", type: "Number" }] }],
  ["redpacket", { type: 1, wish: "恭喜发财", totalcnt: 1, totalamount: 3000 }],
  ["external_redpacket", { type: 2, wish: "开业大吉", totalcnt: 2, totalamount: 20 }],
  ["meeting", { topic: "夕会", starttime: 1603877400, endtime: 1603881000, meetingtype: 102, meetingid: "11101571002822706744", status: 1 }],
  ["meeting_notification", { content: "会议即将开始", meeting_id: 1210342560 }],
  ["meeting_voice_call", { demofiledata: [{ filename: "方案.docx" }], sharescreendata: [{}] }],
  ["voip_doc_share", { filename: "欢迎使用.pdf" }],
  ["docmsg", { title: "需求清单", doc_creator: "王芳", link_url: "https://doc.weixin.qq.com/x" }],
  ["markdown", { content: "## 工单提醒\n> 工单 **2408** 已超过 8 小时\n- 请尽快处理" }],
  ["news", { item: [{ title: "集团月报", description: "十一月", url: "https://example.invalid/1" }] }],
  ["calendar", { title: "业绩复盘会", creatorname: "王芳", attendeename: ["陈志强", "周雨桐"], starttime: 1603882800, endtime: 1603886400, place: "三号会议室" }],
  ["todo", { title: "会前准备", content: "打印材料三份" }],
  ["sphfeed", { feed_type: 4, sph_name: "云游天地旅行家", feed_desc: "盖尔默缆车" }],
  ["voiptext", { callduration: 65, invitetype: 2 }],
  ["qydiskfile", { filename: "培训.mp4", url: "https://drive.example.invalid/x" }],
  ["solitaire", { solitaire_content: "接龙\n1. 张三\n2. 李四" }],
  ["note", { items: [{ msg_type: "text", content: { content: "会议纪要" } }] }],
  ["switch", { user: "wangfang", time: 1554119421840 }],
  ["unknown", { title: "全息消息", parts: [{ content: "新的内容" }] }],
  ["text", { content: "发错了" }],
  ["revoke", { pre_msgid: "x" }],
  ["disagree", { userid: "wm11", disagree_time: 1603875944122 }],
];

const WITH_MEDIA = new Set<Kind>(["image", "emotion", "voice", "video", "file", "meeting_voice_call", "voip_doc_share", "mixed"]);
const NAMES: Partial<Record<Kind, string>> = { file: "报价单.xlsx", voip_doc_share: "欢迎使用.pdf" };

export function mediaOf(kind: Kind, record: number): Schemas["MediaView"][] {
  if (!WITH_MEDIA.has(kind)) return [];
  return [{ media: record, ordinal: 0, kind: kind === "mixed" ? "image" : kind, name: NAMES[kind], size: 48_000, state: "stored" }];
}

export function piecesOf(body: Body): Schemas["Piece"][] {
  return ["content", "title", "description", "filename"].flatMap((name) => (typeof body[name] === "string" ? [{ role: "text" as const, text: body[name] }] : []));
}
