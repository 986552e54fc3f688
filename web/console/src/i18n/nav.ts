/** Names of the pages, as the menu, the page titles and the shortcuts say them. */
import { texts } from "./index";

const table = texts({
  "zh-CN": {
    home: "首页",
    conversations: "会话",
    search: "搜索",
    proof: "可信日志",
    people: "人员",
    contacts: "客户",
    members: "成员",
    admin: "管理",
    users: "用户",
    roles: "角色与权限",
    departments: "部门与成员",
    "api-keys": "API 密钥",
    sessions: "登录会话",
    audit: "审计记录",
    wecom: "企业微信",
    licences: "第三方许可",
    account: "我的账户",
    "sign-in": "登录",
    "set-up": "首次设置",
    "not-found": "没有这个页面",
  },
  en: {
    home: "Home",
    conversations: "Conversations",
    search: "Search",
    proof: "Proof log",
    people: "People",
    contacts: "Contacts",
    members: "Members",
    admin: "Administration",
    users: "Users",
    roles: "Roles",
    departments: "Departments",
    "api-keys": "API keys",
    sessions: "Sessions",
    audit: "Audit trail",
    wecom: "WeCom",
    licences: "Licences",
    account: "My account",
    "sign-in": "Sign in",
    "set-up": "First set-up",
    "not-found": "No such page",
  },
});

export default table;
export type NavKey = keyof (typeof table)["en"];
