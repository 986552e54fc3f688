//! The tables of this part, forward only.

use xinlu_db::Migration;

/// Journal, queue and leases.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "jobs",
    number: 1,
    sql: "CREATE TABLE jobs_journal (position BIGKEY, at BIGINT NOT NULL, event TEXT NOT NULL);
CREATE TABLE jobs_queue (id BIGKEY, kind TEXT NOT NULL, dedupe TEXT NOT NULL, payload TEXT NOT NULL,
    run_at BIGINT NOT NULL, attempts BIGINT NOT NULL, state TEXT NOT NULL, reason TEXT, UNIQUE (kind, dedupe));
CREATE INDEX jobs_queue_due ON jobs_queue (state, kind, run_at);
CREATE TABLE jobs_leases (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, fence BIGINT NOT NULL, ends_at BIGINT NOT NULL);",
}];
