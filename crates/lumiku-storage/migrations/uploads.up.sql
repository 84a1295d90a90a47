-- Resumable uploads. offset_bytes is the truth: that many bytes are on the disk for certain.
CREATE TABLE uploads (
    id           UUID PRIMARY KEY,
    user_id      UUID NOT NULL,
    project_id   UUID NOT NULL,
    role         TEXT NOT NULL,
    group_id     UUID,
    name         TEXT NOT NULL,
    length_bytes BIGINT NOT NULL CHECK (length_bytes > 0),
    offset_bytes BIGINT NOT NULL CHECK (offset_bytes >= 0 AND offset_bytes <= length_bytes),
    state        TEXT NOT NULL CHECK (state IN ('open', 'finished')),
    -- Where the content went or is about to go, so that a finish can be taken up again after a crash.
    object_key   UUID,
    -- A finished upload is remembered until it expires: the answer with its asset may have been lost.
    asset_id     UUID,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX uploads_user_idx ON uploads (user_id, state);
CREATE INDEX uploads_expires_idx ON uploads (expires_at);
CREATE INDEX uploads_project_idx ON uploads (project_id);
