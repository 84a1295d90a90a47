//! What tests of apps and of the server stand on: a whole studio in process, on either database,
//! people who call it over HTTP, clips, and the laws that must hold when a test is over.

mod actor;
pub mod clips;
mod studio;

pub use actor::{Actor, Answer};
pub use lumiku_testdb::{TestDb, TestRedis};
pub use studio::{TestStudio, on_postgres, on_sqlite};

/// Runs each test body, `async fn(TestStudio)`, in a studio of these apps on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! studio_tests {
    ($apps:expr; $($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { $crate::on_sqlite($apps, super::$test).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { $crate::on_postgres($apps, super::$test).await; })+
        }
    };
}
