//! The roles every installation starts with. Their codes never change; their rules follow the version.

use xinlu_http::Level;

use super::permission::{Rule, Scope};

/// A role that comes with the program.
pub(crate) struct BuiltIn {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    rules: &'static [(&'static str, Scope, Level)],
}

impl BuiltIn {
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let rule = |&(permission, scope, level): &(&str, Scope, Level)| Rule {
            permission: permission.to_owned(),
            scope,
            level,
        };
        self.rules.iter().map(rule).collect()
    }
}

/// Users, roles, channels; sees no conversations.
pub const SYSTEM_ADMINISTRATOR: &str = "system_administrator";
/// Roles and who holds them.
pub const SECURITY_ADMINISTRATOR: &str = "security_administrator";
/// Reads the audit trail.
pub const AUDIT_ADMINISTRATOR: &str = "audit_administrator";
/// Reads all conversations.
pub const AUDITOR: &str = "auditor";
/// Reads what their departments say, masked, and their own in full.
pub const TEAM_LEADER: &str = "team_leader";
/// Reads their own conversations.
pub const EMPLOYEE: &str = "employee";
/// Sees who talked when, of everybody, and no text.
pub const OBSERVER: &str = "observer";

pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        code: SYSTEM_ADMINISTRATOR,
        name: "System administrator",
        description: "users, roles and channels; sees no conversations",
        rules: &[
            ("user.manage", Scope::All, Level::Text),
            ("role.manage", Scope::All, Level::Text),
            ("channel.manage", Scope::All, Level::Text),
            ("member.read", Scope::All, Level::Text),
            ("member.manage", Scope::All, Level::Text),
            ("archive.status", Scope::All, Level::Text),
            ("archive.verify", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: SECURITY_ADMINISTRATOR,
        name: "Security administrator",
        description: "roles, who holds them, and API keys; sees no conversations",
        rules: &[
            ("role.manage", Scope::All, Level::Text),
            ("api_key.manage", Scope::All, Level::Text),
            ("member.read", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: AUDIT_ADMINISTRATOR,
        name: "Audit administrator",
        description: "reads the audit trail and its proofs; sees no conversations",
        rules: &[
            ("audit.read", Scope::All, Level::Text),
            ("archive.verify", Scope::All, Level::Text),
            ("member.read", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: AUDITOR,
        name: "Compliance auditor",
        description: "reads and searches all conversations with their media and proofs",
        rules: &[
            ("conversation.read", Scope::All, Level::Text),
            ("archive.reveal", Scope::All, Level::Text),
            ("contact.read", Scope::All, Level::Text),
            ("consent.read", Scope::All, Level::Text),
            ("member.read", Scope::All, Level::Text),
            ("archive.status", Scope::All, Level::Text),
            ("archive.verify", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: TEAM_LEADER,
        name: "Team leader",
        description: "reads the conversations of the departments they lead, personal data masked, and their own in full",
        rules: &[
            ("conversation.read", Scope::Subtree, Level::Masked),
            ("conversation.read", Scope::Own, Level::Text),
            ("contact.read", Scope::Subtree, Level::Text),
            ("consent.read", Scope::Subtree, Level::Text),
            ("member.read", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: EMPLOYEE,
        name: "Employee",
        description: "reads their own conversations",
        rules: &[
            ("conversation.read", Scope::Own, Level::Text),
            ("contact.read", Scope::Own, Level::Text),
            ("member.read", Scope::All, Level::Text),
        ],
    },
    BuiltIn {
        code: OBSERVER,
        name: "Observer",
        description: "sees who talked with whom and when, of everybody, and no text",
        rules: &[
            ("conversation.read", Scope::All, Level::Metadata),
            ("member.read", Scope::All, Level::Text),
            ("archive.status", Scope::All, Level::Text),
        ],
    },
];
