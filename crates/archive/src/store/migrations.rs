//! The archive's tables.
//!
//! `archive_records` has as few indexes as uniqueness and timelines need, for each costs intake dearly.

use xinlu_db::Migration;

use super::consents::AGREEMENTS;

/// The tables of the archive.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "archive",
    number: 1,
    sql: "CREATE TABLE archive_sources (id BIGKEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, cursor BIGINT NOT NULL,
    received_at BIGINT, polled_at BIGINT, poll_failed_at BIGINT, poll_error TEXT, created_at BIGINT NOT NULL);
CREATE TABLE archive_intake (id BIGKEY, source_id BIGINT NOT NULL, observed_at BIGINT NOT NULL,
    envelope_count BIGINT NOT NULL, envelopes BYTES NOT NULL);
CREATE TABLE archive_gaps (source_id BIGINT NOT NULL, first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL,
    found_at BIGINT NOT NULL, PRIMARY KEY (source_id, first_seq));
CREATE TABLE archive_records (id BIGKEY, source_id BIGINT NOT NULL, identity BIGINT NOT NULL UNIQUE, seq BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL, kind BIGINT NOT NULL, sent_at BIGINT NOT NULL, sender BIGINT NOT NULL,
    subject BIGINT NOT NULL, header BYTES NOT NULL, body BYTES NOT NULL);
CREATE INDEX archive_records_timeline ON archive_records (conversation_id, sent_at);
CREATE TABLE archive_conversations (id BIGKEY, source_id BIGINT NOT NULL, key TEXT NOT NULL, kind BIGINT NOT NULL,
    title TEXT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, messages BIGINT NOT NULL,
    UNIQUE (source_id, key));
CREATE INDEX archive_conversations_recent ON archive_conversations (last_at, id);
CREATE TABLE archive_parties (conversation_id BIGINT NOT NULL, party BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, party));
CREATE INDEX archive_parties_party ON archive_parties (party, conversation_id);
CREATE TABLE archive_titles (source_id BIGINT NOT NULL, room TEXT NOT NULL, title TEXT NOT NULL,
    PRIMARY KEY (source_id, room));
CREATE TABLE archive_revocations (target BIGINT NOT NULL, record_id BIGINT NOT NULL, PRIMARY KEY (target, record_id));
CREATE TABLE archive_consents (record_id BIGKEY, source_id BIGINT NOT NULL, contact BIGINT NOT NULL,
    consent BIGINT NOT NULL, changed_at BIGINT NOT NULL, conversation_id BIGINT NOT NULL);
CREATE INDEX archive_consents_contact ON archive_consents (contact, changed_at);
CREATE TABLE archive_media (id BIGKEY, source_id BIGINT NOT NULL, record_id BIGINT NOT NULL, ordinal BIGINT NOT NULL,
    kind BIGINT NOT NULL, queued_at BIGINT NOT NULL, state BIGINT NOT NULL, reason BIGINT, attempts BIGINT NOT NULL,
    claim BIGINT NOT NULL, next_at BIGINT NOT NULL, resume_index BYTES, received BIGINT NOT NULL, partial_size BIGINT NOT NULL, object BYTES,
    object_size BIGINT, size BIGINT, stored_at BIGINT, UNIQUE (record_id, ordinal));
CREATE INDEX archive_media_due ON archive_media (source_id, next_at) WHERE state < 2;
CREATE INDEX archive_media_open ON archive_media (source_id, state) WHERE state <> 2;
CREATE TABLE archive_parked (id BIGKEY, source_id BIGINT NOT NULL, seq BIGINT NOT NULL, msgid TEXT NOT NULL,
    key_version BIGINT NOT NULL, reason BIGINT NOT NULL, detail TEXT NOT NULL, envelope BYTES, raw BYTES, subject BIGINT,
    attempts BIGINT NOT NULL, observed_at BIGINT NOT NULL, parked_at BIGINT NOT NULL);
CREATE INDEX archive_parked_reason ON archive_parked (source_id, reason, id);
CREATE TABLE archive_days (source_id BIGINT NOT NULL, day BIGINT NOT NULL, received BIGINT NOT NULL,
    archived BIGINT NOT NULL, duplicates BIGINT NOT NULL, first_record BIGINT NOT NULL, last_record BIGINT NOT NULL,
    PRIMARY KEY (source_id, day));
CREATE TABLE archive_stages (stage TEXT NOT NULL PRIMARY KEY, upto BIGINT NOT NULL, reported_at BIGINT NOT NULL);
CREATE TABLE archive_alarms (name TEXT NOT NULL, source_id BIGINT NOT NULL, severity BIGINT NOT NULL,
    since BIGINT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (name, source_id));
CREATE TABLE archive_reports (id BIGKEY, day BIGINT NOT NULL, made_at BIGINT NOT NULL, red BIGINT NOT NULL,
    report BYTES NOT NULL);
CREATE TABLE archive_checkpoints (id BIGKEY, leaf BYTES NOT NULL, carried_at BIGINT NOT NULL);",
}, AGREEMENTS, TITLED];

const TITLED: Migration = Migration {
    part: "archive",
    number: 3,
    sql: "CREATE INDEX archive_conversations_titled ON archive_conversations (title, id) WHERE title <> '';",
};
