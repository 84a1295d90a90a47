-- One row per user: what the entries below add up to, kept so that a reservation is one conditional update.
-- `posted` is the balance, `pending` the part of it that is held. `version` counts the account's entries.
-- The house's own accounts (sys:...) have no row: one that every charge updates would make every charge wait.
CREATE TABLE ledger_balances (
    account    TEXT        PRIMARY KEY,
    user_id    UUID        NOT NULL UNIQUE,
    posted     BIGINT      NOT NULL DEFAULT 0,
    pending    BIGINT      NOT NULL DEFAULT 0,
    version    BIGINT      NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CHECK (pending >= 0),
    CHECK (posted - pending >= 0)
);

-- Transfers from `debit` to `credit`, written once. `kind` has no list here, because SQLite cannot change
-- a CHECK later; the code's enum is the list.
CREATE TABLE ledger_entries (
    id              UUID        PRIMARY KEY,
    user_id         UUID        NOT NULL,
    seq             BIGINT      NOT NULL,
    debit           TEXT        NOT NULL,
    credit          TEXT        NOT NULL,
    amount          BIGINT      NOT NULL,
    kind            TEXT        NOT NULL,
    grant_kind      TEXT,
    hold_id         UUID,
    reference       UUID,
    balance_after   BIGINT      NOT NULL,
    description     TEXT        NOT NULL,
    idempotency_key TEXT        NOT NULL UNIQUE,
    created_at      TIMESTAMPTZ NOT NULL,
    CHECK (amount > 0),
    CHECK (debit <> credit),
    CHECK (balance_after >= 0)
);
CREATE UNIQUE INDEX ledger_entries_by_user_seq ON ledger_entries (user_id, seq);
CREATE INDEX ledger_entries_by_user ON ledger_entries (user_id, id);
CREATE UNIQUE INDEX ledger_entries_by_hold ON ledger_entries (hold_id, kind) WHERE hold_id IS NOT NULL;

CREATE TABLE ledger_holds (
    id              UUID        PRIMARY KEY,
    user_id         UUID        NOT NULL,
    amount          BIGINT      NOT NULL,
    state           TEXT        NOT NULL,
    captured        BIGINT      NOT NULL DEFAULT 0,
    released        BIGINT      NOT NULL DEFAULT 0,
    reference       UUID,
    description     TEXT        NOT NULL,
    idempotency_key TEXT        NOT NULL UNIQUE,
    created_at      TIMESTAMPTZ NOT NULL,
    resolved_at     TIMESTAMPTZ,
    CHECK (amount >= 0),
    CHECK (captured >= 0 AND released >= 0 AND captured + released <= amount)
);
CREATE INDEX ledger_holds_open ON ledger_holds (user_id, id) WHERE state = 'open';
CREATE INDEX ledger_holds_by_reference ON ledger_holds (reference) WHERE reference IS NOT NULL;
