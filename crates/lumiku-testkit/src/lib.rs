//! What tests of apps and of the server stand on: a whole studio in process, on either database,
//! people who call it over HTTP, clips, and the laws that must hold when a test is over.

mod actor;
pub mod clips;
pub mod conformance;
mod events;
mod laws;
mod steered;
mod stub;
mod studio;
mod upload;
pub mod witness;
pub mod zip;

pub use actor::{Actor, Answer};
pub use events::{EventStream, SentEvent};
pub use lumiku_testdb::{TestDb, TestRedis};
pub use steered::{Behaviour, Steered};
pub use stub::StubApp;
pub use studio::{Setup, TestStudio, on_postgres, on_sqlite};

/// Runs each test body, `async fn(Arc<TestStudio>)`, in a studio of these apps (or of this
/// [`Setup`]) on SQLite and on PostgreSQL. Use it once per module.
#[macro_export]
macro_rules! studio_tests {
    ($setup:expr; $($test:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { $crate::on_sqlite($setup, super::$test).await; })+
        }
        mod postgres {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { $crate::on_postgres($setup, super::$test).await; })+
        }
    };
}

/// Runs each test body once, on SQLite: for what no database can change, such as what ffmpeg makes.
#[macro_export]
macro_rules! studio_tests_on_sqlite {
    ($setup:expr; $($test:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { $crate::on_sqlite($setup, super::$test).await; })+
        }
    };
}
