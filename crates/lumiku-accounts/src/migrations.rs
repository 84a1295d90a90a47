use lumiku_core::Migration;

/// Users, sessions and the setup token.
#[expect(clippy::inconsistent_digit_grouping, reason = "a version is a date and a counter")]
pub const MIGRATIONS: &[Migration] = &[Migration::new(
    2026_11_23_00,
    "accounts",
    include_str!("../migrations/accounts_up.sql"),
    include_str!("../migrations/accounts_down.sql"),
)];
