use lumiku_core::Migration;

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration::new(
        2_026_112_330,
        "stored objects",
        include_str!("../migrations/objects.up.sql"),
        include_str!("../migrations/objects.down.sql"),
    ),
    Migration::new(
        2_026_112_331,
        "assets",
        include_str!("../migrations/assets.up.sql"),
        include_str!("../migrations/assets.down.sql"),
    ),
    Migration::new(
        2_026_112_332,
        "uploads",
        include_str!("../migrations/uploads.up.sql"),
        include_str!("../migrations/uploads.down.sql"),
    ),
];
