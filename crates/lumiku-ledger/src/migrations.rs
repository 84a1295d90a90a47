use lumiku_core::Migration;

/// The ledger's tables, and the triggers that make its entries immutable.
#[expect(clippy::inconsistent_digit_grouping, reason = "a version is a date and a counter")]
pub const MIGRATIONS: &[Migration] = &[
    Migration::new(
        2026_11_23_10,
        "ledger",
        include_str!("../migrations/ledger_up.sql"),
        include_str!("../migrations/ledger_down.sql"),
    ),
    Migration {
        version: 2026_11_23_11,
        name: "ledger entries are immutable",
        up: include_str!("../migrations/immutable_up_postgres.sql"),
        down: include_str!("../migrations/immutable_down_postgres.sql"),
        up_sqlite: Some(include_str!("../migrations/immutable_up_sqlite.sql")),
        down_sqlite: Some(include_str!("../migrations/immutable_down_sqlite.sql")),
    },
];
