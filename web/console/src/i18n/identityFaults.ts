/** What the server refuses when users, roles, keys and members are changed, by its code; `ui/faults.ts` looks here after `common`. */
import { texts } from "./index";

export default texts({
  "zh-CN": {
    "error.identity.not_found": "没有找到，可能已被删除。",
    "error.identity.user_exists": "已有同名用户。移除的用户也保留名字，请换一个。",
    "error.identity.member_bound": "这个成员已绑定到另一个用户。",
    "error.identity.duties_joined": "这些职责须由不同的人承担：系统管理、安全管理、审计管理与阅读他人会话不能集于一身。",
    "error.identity.own_roles": "不能更改自己的账户或自己持有的角色，请另一位管理员操作。",
    "error.identity.last_administrator": "这是最后一位能管理用户的人，请先任命另一位。",
    "error.identity.role_built_in": "内置角色不能更改，请复制为新角色。",
    "error.identity.role_in_use": "还有用户持有这个角色，请先从他们那里收回。",
    "error.identity.role_exists": "已有同名角色。",
    "error.identity.rule_invalid": "权限规则不成立，请检查范围与级别。",
    "error.identity.key_by_key": "API 密钥不能用来创建密钥，请登录后操作。",
    "error.identity.key_roles": "密钥只能携带你自己持有的角色。",
    "error.identity.value_invalid": "有一项内容过长、过短或不被接受，请检查。",
    "error.channels.archive_not_configured": "这家企业没有配置会话存档。",
  },
  en: {
    "error.identity.not_found": "Not found; it may have been deleted.",
    "error.identity.user_exists": "A user of this name exists. Removed users keep theirs; choose another.",
    "error.identity.member_bound": "Another user is bound to this member already.",
    "error.identity.duties_joined": "These duties belong to different people: system, security and audit administration, and reading others' conversations, stay apart.",
    "error.identity.own_roles": "Nobody changes their own account or a role they hold. Ask another administrator.",
    "error.identity.last_administrator": "This is the last person who can manage users. Appoint another first.",
    "error.identity.role_built_in": "A built-in role cannot be changed. Copy it to a role of your own.",
    "error.identity.role_in_use": "Somebody holds this role. Take it from them first.",
    "error.identity.role_exists": "A role of this name exists already.",
    "error.identity.rule_invalid": "The rules do not hold together. Check scopes and levels.",
    "error.identity.key_by_key": "An API key cannot make keys. Sign in to do so.",
    "error.identity.key_roles": "A key carries only roles that you hold.",
    "error.identity.value_invalid": "Something is too long, too short or not accepted. Check what was entered.",
    "error.channels.archive_not_configured": "No conversation archive is configured for this corp.",
  },
});
