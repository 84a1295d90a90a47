CREATE TABLE video_mixer_groups (
    id UUID PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    hue BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
-- The groups of a project in the order of the video.
CREATE INDEX video_mixer_groups_by_project ON video_mixer_groups (project_id, position);
