//! The tables of this part. A migration that ever ran is never edited; the next one is added below.

use xinlu_db::Migration;

/// The tables of this part, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { part: "identity", number: 1, sql: DIRECTORY },
    Migration { part: "identity", number: 2, sql: ACCESS },
    Migration { part: "identity", number: 3, sql: AUDIT },
    Migration { part: "identity", number: 4, sql: READINGS },
    Migration { part: "identity", number: 5, sql: SECOND_FACTOR },
    Migration { part: "identity", number: 6, sql: TAGS },
];

const DIRECTORY: &str = "
CREATE TABLE identity_versions (name TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL);
CREATE TABLE identity_departments (id BIGKEY, source TEXT NOT NULL, external_id BIGINT NOT NULL, parent_id BIGINT,
    name TEXT NOT NULL, sort_order BIGINT NOT NULL, removed BIGINT NOT NULL, UNIQUE (source, external_id));
CREATE TABLE identity_members (id BIGKEY, source TEXT NOT NULL, external_id TEXT NOT NULL, name TEXT NOT NULL,
    avatar TEXT NOT NULL, position TEXT NOT NULL, status BIGINT NOT NULL, archived_seat BIGINT,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, UNIQUE (source, external_id));
CREATE TABLE identity_memberships (member_id BIGINT NOT NULL, department_id BIGINT NOT NULL, leads BIGINT NOT NULL,
    PRIMARY KEY (member_id, department_id));
CREATE TABLE identity_contacts (id BIGKEY, source TEXT NOT NULL, kind BIGINT NOT NULL, external_id TEXT NOT NULL,
    name TEXT NOT NULL, search_name TEXT NOT NULL, search_text TEXT NOT NULL, avatar TEXT NOT NULL,
    company TEXT NOT NULL, origin BIGINT NOT NULL, gender BIGINT NOT NULL, unionid TEXT,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, UNIQUE (source, kind, external_id));
CREATE INDEX identity_contacts_name ON identity_contacts (search_name);
CREATE TABLE identity_follows (contact_id BIGINT NOT NULL, member_id BIGINT NOT NULL, remark TEXT NOT NULL,
    added_at BIGINT, PRIMARY KEY (contact_id, member_id));
";

const ACCESS: &str = "
CREATE TABLE identity_setup (id BIGKEY, token_hash BYTES NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE identity_users (id BIGKEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    password_due BIGINT NOT NULL, member_id BIGINT, state BIGINT NOT NULL, created_at BIGINT NOT NULL,
    password_at BIGINT NOT NULL, signed_in_at BIGINT);
CREATE TABLE identity_roles (id BIGKEY, code TEXT UNIQUE, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL,
    rules TEXT NOT NULL);
CREATE TABLE identity_user_roles (user_id BIGINT NOT NULL, role_id BIGINT NOT NULL, PRIMARY KEY (user_id, role_id));
CREATE INDEX identity_user_roles_role ON identity_user_roles (role_id);
CREATE TABLE identity_sessions (token_hash BYTES NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, address TEXT NOT NULL);
CREATE INDEX identity_sessions_user ON identity_sessions (user_id);
CREATE INDEX identity_sessions_end ON identity_sessions (ends_at);
CREATE TABLE identity_api_keys (id BIGKEY, token_hash BYTES NOT NULL UNIQUE, hint TEXT NOT NULL, name TEXT NOT NULL,
    user_id BIGINT NOT NULL, created_at BIGINT NOT NULL, ends_at BIGINT, used_at BIGINT, revoked_at BIGINT);
CREATE INDEX identity_api_keys_user ON identity_api_keys (user_id);
CREATE TABLE identity_api_key_roles (api_key_id BIGINT NOT NULL, role_id BIGINT NOT NULL,
    PRIMARY KEY (api_key_id, role_id));
CREATE TABLE identity_attempts (name TEXT NOT NULL PRIMARY KEY, attempts BIGINT NOT NULL, last_at BIGINT NOT NULL);
CREATE INDEX identity_attempts_last ON identity_attempts (last_at);
";

const AUDIT: &str = "
CREATE TABLE identity_audit (id BIGKEY, at BIGINT NOT NULL, user_id BIGINT, user_name TEXT NOT NULL,
    action TEXT NOT NULL, target TEXT NOT NULL, outcome BIGINT NOT NULL, detail TEXT NOT NULL,
    request_id TEXT NOT NULL, blind BYTES NOT NULL);
CREATE INDEX identity_audit_user ON identity_audit (user_id, id);
CREATE INDEX identity_audit_action ON identity_audit (action, id);
CREATE INDEX identity_audit_at ON identity_audit (at, id);
";

/// Which entries read which conversation; made of the entries, so of older ones only what their target says.
const READINGS: &str = "
CREATE TABLE identity_readings (conversation_id BIGINT NOT NULL, audit_id BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, audit_id));
INSERT INTO identity_readings (conversation_id, audit_id) SELECT CAST(SUBSTR(target, 14) AS BIGINT), id
    FROM identity_audit WHERE action = 'conversation.read' AND outcome = 1 AND target LIKE 'conversation %';
";

/// Second factors, what a session was begun with, and whom a member looks after.
const SECOND_FACTOR: &str = "
CREATE TABLE identity_totp (user_id BIGINT NOT NULL PRIMARY KEY, secret BYTES NOT NULL, enabled_at BIGINT,
    step BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE identity_recovery_codes (user_id BIGINT NOT NULL, code_hash BYTES NOT NULL,
    PRIMARY KEY (user_id, code_hash));
ALTER TABLE identity_sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX identity_follows_member ON identity_follows (member_id);
";

/// Tags of contacts: what a source calls them, and which member gave which to whom.
const TAGS: &str = "
CREATE TABLE identity_tags (id BIGKEY, source TEXT NOT NULL, external_id TEXT NOT NULL, group_name TEXT NOT NULL,
    name TEXT NOT NULL, kind BIGINT NOT NULL, UNIQUE (source, external_id));
CREATE TABLE identity_follow_tags (contact_id BIGINT NOT NULL, member_id BIGINT NOT NULL, tag_id BIGINT NOT NULL,
    PRIMARY KEY (contact_id, member_id, tag_id));
CREATE INDEX identity_follow_tags_tag ON identity_follow_tags (tag_id, contact_id);
CREATE INDEX identity_follow_tags_member ON identity_follow_tags (member_id, tag_id, contact_id);
";
