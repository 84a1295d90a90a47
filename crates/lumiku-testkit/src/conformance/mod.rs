//! One suite that every app passes: what the platform promises about any tool, whatever it makes.
//!
//! An app's integration test is one line, [`app_conformance!`](crate::app_conformance), with the app
//! and a function that makes a project with enough material for a small run.

mod access;
mod document;
mod manifest;
mod runs;
mod things;

pub use access::{other_peoples_things_do_not_exist, strangers_are_refused};
pub use document::{Operation, operations};
pub use manifest::{codes_carry_the_prefix, manifest_is_complete, migrations_go_up_and_down};
pub use runs::{
    broken_runs_cost_nothing, cancelled_runs_cost_nothing, killed_runs_cost_nothing, killed_runs_recover,
    running_twice_changes_nothing,
};

use serde_json::Value;

/// A project ready for a small run of two outputs or more.
#[derive(Clone, Debug)]
pub struct Material {
    pub project_id: String,
    /// On top of the project's settings: whatever makes the run quick.
    pub settings: Value,
    pub count: u32,
}

/// The suite for one app: `app_conformance!(Arc::new(MyApp), material)` with
/// `async fn material(actor: &Actor) -> Material`.
#[macro_export]
macro_rules! app_conformance {
    ($app:expr, $material:path) => {
        mod app_conformance {
            use super::*;
            use std::sync::Arc;
            use $crate::conformance::{self, Material};
            use $crate::{Actor, Behaviour, Steered, TestStudio, on_postgres, on_sqlite};

            fn app() -> Arc<dyn lumiku_sdk::App> {
                $app
            }

            fn steered(behaviour: Behaviour) -> Vec<Arc<dyn lumiku_sdk::App>> {
                vec![Steered::over(app(), move |_| behaviour)]
            }

            async fn fixture(actor: Actor) -> Material {
                $material(&actor).await
            }

            #[tokio::test]
            async fn the_manifest_is_complete() {
                conformance::manifest_is_complete(app().as_ref());
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn its_migrations_go_up_and_down_and_up_again() {
                conformance::migrations_go_up_and_down(app()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn every_code_it_answers_carries_its_name() {
                on_sqlite(vec![app()], |studio| conformance::codes_carry_the_prefix(studio, app())).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn strangers_are_refused_by_every_route() {
                on_sqlite(vec![app()], conformance::strangers_are_refused).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn other_peoples_things_do_not_exist() {
                on_postgres(vec![app()], |studio| {
                    conformance::other_peoples_things_do_not_exist(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_failed_run_costs_nothing_and_leaves_nothing() {
                on_postgres(steered(Behaviour::Fail), |studio| {
                    conformance::broken_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_panicking_run_costs_nothing_and_leaves_nothing() {
                on_sqlite(steered(Behaviour::Panic), |studio| {
                    conformance::broken_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_run_that_stumbles_every_time_costs_nothing_and_leaves_nothing() {
                on_sqlite(steered(Behaviour::Stumble), |studio| {
                    conformance::broken_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_cancelled_run_costs_nothing_and_leaves_nothing_on_sqlite() {
                on_sqlite(steered(Behaviour::Hang), |studio| {
                    conformance::cancelled_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_cancelled_run_costs_nothing_and_leaves_nothing_on_postgres() {
                on_postgres(steered(Behaviour::Hang), |studio| {
                    conformance::cancelled_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_run_whose_workers_keep_dying_costs_nothing() {
                on_sqlite(vec![app()], |studio| {
                    conformance::killed_runs_cost_nothing(studio, app(), fixture)
                })
                .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn a_run_whose_worker_died_once_is_made_whole() {
                on_postgres(vec![app()], |studio| conformance::killed_runs_recover(studio, app(), fixture))
                    .await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn running_a_job_twice_changes_nothing() {
                on_sqlite(vec![app()], |studio| {
                    conformance::running_twice_changes_nothing(studio, app(), fixture)
                })
                .await;
            }
        }
    };
}
