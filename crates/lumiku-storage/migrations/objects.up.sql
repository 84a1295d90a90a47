-- Every file below the object store has a row here for as long as it exists: the row is written before the
-- file and deleted after it, so a crash at any point leaves nothing that nobody knows of.
CREATE TABLE stored_objects (
    key          UUID PRIMARY KEY,
    user_id      UUID NOT NULL,
    size_bytes   BIGINT NOT NULL CHECK (size_bytes >= 0),
    content_type TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    -- Thumbnails can be made again and are not on the user's bill.
    counted      BOOLEAN NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'stored', 'doomed')),
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX stored_objects_user_idx ON stored_objects (user_id);
CREATE INDEX stored_objects_unsettled_idx ON stored_objects (state, created_at) WHERE state <> 'stored';

-- Who needs an object. It is doomed in the transaction that takes its last reference away.
CREATE TABLE object_references (
    object_key  UUID NOT NULL REFERENCES stored_objects (key),
    holder_id   UUID NOT NULL,
    holder_kind TEXT NOT NULL,
    PRIMARY KEY (object_key, holder_id)
);
CREATE INDEX object_references_holder_idx ON object_references (holder_id);

-- One row per user who stores anything: the lock that makes check-and-reserve of the quota one step.
CREATE TABLE storage_accounts (
    user_id      UUID PRIMARY KEY,
    -- Room of this user where it differs from the configuration.
    quota_bytes  BIGINT,
    reservations BIGINT NOT NULL
);
