//! The queue's one table. Every index is named for the query it serves.

use lumiku_core::Migration;

/// The text of the table with the engine's type for JSON. A column called JSONB is a numeric one to
/// SQLite, which would turn the text `5` into a number that no longer reads as JSON.
///
/// `fair_key` is the user, or all zeros for the studio's own work: an index cannot step over NULL.
macro_rules! up {
    ($json:literal) => {
        concat!(
            "
CREATE TABLE jobs (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  queue TEXT NOT NULL,
  args ", $json, " NOT NULL,
  user_id UUID,
  fair_key UUID NOT NULL,
  group_id UUID,
  state TEXT NOT NULL CHECK (state IN
    ('available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded')),
  priority BIGINT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0,
  max_attempts BIGINT NOT NULL,
  crashes BIGINT NOT NULL DEFAULT 0,
  fence BIGINT NOT NULL DEFAULT 0,
  worker UUID,
  lease_until TIMESTAMPTZ,
  scheduled_at TIMESTAMPTZ NOT NULL,
  unique_key TEXT,
  cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
  progress DOUBLE PRECISION NOT NULL DEFAULT 0,
  result ", $json, ",
  last_error TEXT,
  last_error_code TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  claimed_at TIMESTAMPTZ,
  finished_at TIMESTAMPTZ,
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('completed', 'cancelled', 'discarded')) = (finished_at IS NOT NULL))
);
CREATE INDEX jobs_next_of_owner ON jobs (fair_key, priority DESC, crashes, id) WHERE state = 'available';
CREATE INDEX jobs_running_of_owner ON jobs (fair_key) WHERE state = 'running';
CREATE INDEX jobs_last_served_of_owner ON jobs (fair_key, claimed_at DESC) WHERE claimed_at IS NOT NULL;
CREATE INDEX jobs_due ON jobs (scheduled_at) WHERE state IN ('scheduled', 'retryable');
CREATE INDEX jobs_lease_expired ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_of_group ON jobs (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX jobs_live_count ON jobs (state) WHERE state IN ('available', 'scheduled', 'running', 'retryable');
CREATE INDEX jobs_finished ON jobs (state, finished_at) WHERE state IN ('completed', 'cancelled', 'discarded');
CREATE UNIQUE INDEX jobs_live_unique_key ON jobs (unique_key)
  WHERE state IN ('available', 'scheduled', 'running', 'retryable')
"
        )
    };
}

pub const MIGRATIONS: &[Migration] = &[Migration {
    up_sqlite: Some(up!("JSON_TEXT")),
    ..Migration::new(2_026_112_320, "jobs", up!("JSONB"), "DROP TABLE jobs")
}];
