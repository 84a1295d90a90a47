CREATE TABLE projects (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    settings JSONB NOT NULL,
    sample BOOLEAN NOT NULL,
    archived BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
-- A user's projects of one app, newest first.
CREATE INDEX projects_by_user_and_app ON projects (user_id, app, id) WHERE deleted_at IS NULL;
-- One sample project per user and app, also when the button is pressed twice at once.
CREATE UNIQUE INDEX projects_one_sample ON projects (user_id, app) WHERE sample AND deleted_at IS NULL;

CREATE TABLE generations (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    app TEXT NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'completed', 'partially_completed', 'failed', 'cancelled')),
    seed BIGINT NOT NULL,
    settings JSONB NOT NULL,
    -- The hold that pays for the outputs now under way; earlier ones are resolved.
    hold_id UUID NOT NULL,
    credits_held BIGINT NOT NULL,
    credits_captured BIGINT NOT NULL,
    credits_released BIGINT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    -- Room its outputs may take; spoken for until they are finished.
    size_bytes_estimated BIGINT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ
);
-- My Work: a user's runs, newest first.
CREATE INDEX generations_by_user ON generations (user_id, id) WHERE deleted_at IS NULL;
-- A project's runs, newest first.
CREATE INDEX generations_by_project ON generations (project_id, id) WHERE deleted_at IS NULL;
-- What an open event stream asks every second: does this user have something running?
CREATE INDEX generations_live ON generations (user_id) WHERE state IN ('queued', 'running');

CREATE TABLE outputs (
    id UUID PRIMARY KEY,
    generation_id UUID NOT NULL REFERENCES generations (id),
    user_id UUID NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    progress DOUBLE PRECISION NOT NULL,
    recipe JSONB NOT NULL,
    hold_id UUID NOT NULL,
    credits BIGINT NOT NULL,
    object_key UUID,
    thumbnail_key UUID,
    content_type TEXT,
    size_bytes BIGINT,
    crc32 BIGINT,
    width BIGINT,
    height BIGINT,
    duration_ms BIGINT,
    frame_count BIGINT,
    frame_rate TEXT,
    review TEXT NOT NULL CHECK (review IN ('none', 'approved', 'rejected')),
    stars BIGINT NOT NULL CHECK (stars BETWEEN 0 AND 5),
    error_code TEXT,
    error_message TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);
-- The outputs of a run in posting order.
CREATE UNIQUE INDEX outputs_by_generation ON outputs (generation_id, position);
-- Which output published a file.
CREATE INDEX outputs_by_object ON outputs (object_key) WHERE object_key IS NOT NULL;
-- Recent outputs on the dashboard.
CREATE INDEX outputs_recent ON outputs (user_id, finished_at) WHERE state = 'completed';

CREATE TABLE events (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    data JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
-- Resuming a stream after Last-Event-ID.
CREATE INDEX events_by_user ON events (user_id, id);
-- Forgetting old events.
CREATE INDEX events_by_time ON events (created_at);

CREATE TABLE idempotency_keys (
    user_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status BIGINT NOT NULL,
    body JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, key)
);
