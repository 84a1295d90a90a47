//! Every hot query is answered from the index that is named for it, as SQLite plans it.

use lumiku_core::Query;
use lumiku_testdb::TestDb;
use sea_orm::FromQueryResult;

use crate::queue::SCHEMA;

#[derive(FromQueryResult)]
struct Step {
    detail: String,
}

#[tokio::test]
async fn no_hot_query_scans_the_table() {
    let db = TestDb::sqlite(SCHEMA).await;
    let final_states = "state IN ('completed', 'cancelled', 'discarded')";
    let hot = [
        (
            "SELECT id FROM jobs WHERE state = 'available' AND fair_key = x'00' ORDER BY priority DESC, crashes, id LIMIT 1",
            "jobs_next_of_owner",
        ),
        (
            "SELECT fair_key FROM jobs WHERE state = 'available' AND fair_key > x'00' ORDER BY fair_key LIMIT 1",
            "jobs_next_of_owner",
        ),
        ("SELECT COUNT(*) FROM jobs WHERE state = 'running' AND fair_key = x'00'", "jobs_running_of_owner"),
        (
            "SELECT claimed_at FROM jobs WHERE fair_key = x'00' AND claimed_at IS NOT NULL ORDER BY claimed_at DESC LIMIT 1",
            "jobs_last_served_of_owner",
        ),
        (
            "SELECT id FROM jobs WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= 'x' ORDER BY scheduled_at LIMIT 200",
            "jobs_due",
        ),
        (
            "SELECT * FROM jobs WHERE state = 'running' AND lease_until < 'x' ORDER BY lease_until LIMIT 100",
            "jobs_lease_expired",
        ),
        ("SELECT * FROM jobs WHERE group_id = x'00' ORDER BY id", "jobs_of_group"),
        (
            &format!("SELECT id FROM jobs WHERE {final_states} AND finished_at < 'x' LIMIT 500"),
            "jobs_finished",
        ),
        (&format!("SELECT state, COUNT(*) FROM jobs WHERE {final_states} GROUP BY state"), "jobs_finished"),
    ];
    for (sql, index) in hot {
        let plan: Vec<Step> = db.all(&format!("EXPLAIN QUERY PLAN {sql}"), vec![]).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|step| step.detail).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{sql}\n{plan:#?}");
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE") && !sql.contains("group_id")),
            "{sql}\n{plan:#?}"
        );
    }
}
