//! Tables every app shares: projects, generations, outputs, events and idempotency keys.

use lumiku_core::Migration;

pub const MIGRATIONS: &[Migration] = &[Migration::new(
    2_026_112_340,
    "projects and generations",
    include_str!("../migrations/2026112340_projects_and_generations.up.sql"),
    include_str!("../migrations/2026112340_projects_and_generations.down.sql"),
)];
