-- Immutable stored files of a project. Only name, group, position and deleted_at ever change.
CREATE TABLE assets (
    id            UUID PRIMARY KEY,
    user_id       UUID NOT NULL,
    project_id    UUID NOT NULL,
    role          TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('video', 'image', 'audio')),
    -- For people to read; never a part of a path or a command.
    name          TEXT NOT NULL,
    object_key    UUID NOT NULL REFERENCES stored_objects (key),
    content_type  TEXT NOT NULL,
    size_bytes    BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    facts         JSONB NOT NULL,
    thumbnail_key UUID REFERENCES stored_objects (key),
    group_id      UUID,
    position      BIGINT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    deleted_at    TIMESTAMPTZ
);
CREATE INDEX assets_project_idx ON assets (project_id, position, id);
CREATE INDEX assets_user_idx ON assets (user_id);
CREATE INDEX assets_trash_idx ON assets (deleted_at) WHERE deleted_at IS NOT NULL;
