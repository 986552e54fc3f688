//! All SQL of this part.

use xinlu_db::sql;

sql!(pub(crate) APPEND = "INSERT INTO jobs_journal (position, at, event) VALUES ($1, $2, $3)");
sql!(pub(crate) READ = "SELECT position, event FROM jobs_journal WHERE position > $1 ORDER BY position LIMIT $2"
    => position: Int, event: Text);
sql!(pub(crate) END = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) AS position FROM jobs_journal" => position: Int);

sql!(pub(crate) ENQUEUE = "INSERT INTO jobs_queue (id, kind, dedupe, payload, run_at, attempts, state)
    VALUES ($1, $2, $3, $4, $5, 0, 'waiting') ON CONFLICT (kind, dedupe) DO NOTHING");
sql!(pub(crate) DUE = "SELECT id, kind, payload, attempts FROM jobs_queue
    WHERE state = 'waiting' AND kind = $1 AND run_at <= $2 ORDER BY run_at, id LIMIT $3"
    => id: Int, kind: Text, payload: Text, attempts: Int);
sql!(pub(crate) DONE = "UPDATE jobs_queue SET state = 'done', payload = '' WHERE id = $1");
sql!(pub(crate) RETRY = "UPDATE jobs_queue SET attempts = attempts + 1, run_at = $2, reason = $3 WHERE id = $1");
sql!(pub(crate) FAILED = "UPDATE jobs_queue SET attempts = attempts + 1, state = 'failed', reason = $2 WHERE id = $1");
sql!(pub(crate) FORGET = "DELETE FROM jobs_queue WHERE state = 'done' AND run_at < $1");
sql!(pub(crate) COUNT = "SELECT state, CAST(COUNT(*) AS BIGINT) AS jobs FROM jobs_queue GROUP BY state" => state: Text, jobs: Int);

sql!(pub(crate) HOLD = "INSERT INTO jobs_leases (name, holder, fence, ends_at) VALUES ($1, $2, 1, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at,
        fence = CASE WHEN jobs_leases.holder = excluded.holder THEN jobs_leases.fence ELSE jobs_leases.fence + 1 END
    WHERE jobs_leases.holder = excluded.holder OR jobs_leases.ends_at <= $4
    RETURNING fence" => fence: Int);
sql!(pub(crate) LET_GO = "UPDATE jobs_leases SET ends_at = 0 WHERE name = $1 AND holder = $2");
