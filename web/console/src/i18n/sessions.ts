/** Sign-in sessions of users. */
import { texts } from "./index";

export default texts({
  "zh-CN": {
    "title": "登录会话",
    "lead": "谁在何时登录过。结束会话后，该用户在所有设备上立即退出，API 密钥不受影响。",
    "own": "我的会话",
    "others": "其他用户",
    "col.user": "用户",
    "col.roles": "角色",
    "col.signed_in": "上次登录",
    "end_all": "结束登录会话",
    "end_all.title": "结束 {name} 的全部会话？",
    "end_all.text": "{name} 在所有设备上立即退出，需要重新登录。API 密钥不受影响。",
    "ended_all": "已结束 {name} 的全部会话",
    "filter": "筛选用户",
    "filter.name": "用户名",
  },
  en: {
    "title": "Sessions",
    "lead": "Who signed in when. Ending sessions signs a user out on all devices at once; API keys go on working.",
    "own": "My sessions",
    "others": "Other users",
    "col.user": "User",
    "col.roles": "Roles",
    "col.signed_in": "Last sign-in",
    "end_all": "End sessions",
    "end_all.title": "End all sessions of {name}?",
    "end_all.text": "{name} is signed out on all devices at once and has to sign in again. API keys go on working.",
    "ended_all": "Ended all sessions of {name}",
    "filter": "Filter users",
    "filter.name": "User name",
  },
});
