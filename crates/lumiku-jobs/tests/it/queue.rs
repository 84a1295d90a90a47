//! A queue to test with: a clock that is moved by hand, a handler that does what the test says,
//! and a table of effects that can hold each job's end only once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use futures::future::BoxFuture;
use lumiku_core::bus::LocalBus;
use lumiku_core::config::JobsConfig;
use lumiku_core::{Ambient, Db, ManualClock, Migration, Query, Tx, params};
use lumiku_jobs::{
    End, Handler, Job, JobContext, JobId, Jobs, JobsError, MIGRATIONS, NewJob, Outcome, State, WorkerId,
};
use lumiku_testdb::TestDb;
use serde_json::json;

const EFFECTS: Migration = Migration::new(
    2_026_112_329,
    "effects",
    "CREATE TABLE effects (job_id UUID PRIMARY KEY, ending TEXT NOT NULL)",
    "DROP TABLE effects",
);

pub const SCHEMA: &[Migration] = &[MIGRATIONS[0], EFFECTS];

/// Bounds a failing test; a passing one never waits for it.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// As the product has it, for clocks moved by hand.
pub const CONFIG: JobsConfig = JobsConfig { workers: 2, lease_s: 30, heartbeat_s: 10, sweep_s: 5 };

/// A clock moved by hand and the queue that goes by it.
pub fn by_hand(db: &Db) -> (Jobs, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)));
    let ambient = Ambient::seeded(clock.clone(), 7);
    let jobs = Jobs::new(db.clone(), ambient, Arc::new(LocalBus::default()), CONFIG);
    jobs.register(&[Scripted::completing()]);
    (jobs, clock)
}

/// A queue on the real clock.
pub fn live(db: &Db, config: JobsConfig) -> Jobs {
    Jobs::new(db.clone(), Ambient::system(), Arc::new(LocalBus::default()), config)
}

pub async fn enqueue(jobs: &Jobs, job: NewJob) -> JobId {
    enqueue_all(jobs, vec![job]).await[0]
}

pub async fn enqueue_all(jobs: &Jobs, new: Vec<NewJob>) -> Vec<JobId> {
    let tx = jobs.store().db().write_tx().await.unwrap();
    let ids = jobs.enqueue_many(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
    jobs.wake().await;
    ids
}

pub fn job() -> NewJob {
    NewJob::new("test", json!({"n": 1}))
}

pub fn worker() -> WorkerId {
    WorkerId(Ambient::system().uuid())
}

pub async fn claim(jobs: &Jobs, worker: WorkerId, slots: usize) -> Vec<Job> {
    jobs.store().claim(worker, &["test".to_owned()], slots).await.unwrap()
}

pub async fn claim_one(jobs: &Jobs) -> Job {
    claim(jobs, worker(), 1).await.pop().expect("a job to claim")
}

pub async fn find(jobs: &Jobs, id: JobId) -> Job {
    jobs.find(id).await.unwrap().expect("the job is there")
}

/// Waits until the job is in this state.
pub async fn reaches(jobs: &Jobs, id: JobId, state: State) -> Job {
    until(async || {
        let job = find(jobs, id).await;
        (job.state == state).then_some(job)
    })
    .await
}

/// Waits until `look` sees something.
pub async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(tokio::time::Instant::now() < deadline, "it did not happen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The recorded ends of all jobs.
pub async fn effects(db: &TestDb) -> Vec<(JobId, String)> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        job_id: JobId,
        ending: String,
    }
    let rows: Vec<Row> = db.all("SELECT job_id, ending FROM effects ORDER BY job_id", vec![]).await.unwrap();
    rows.into_iter().map(|row| (row.job_id, row.ending)).collect()
}

type Body = Box<dyn Fn(JobContext) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// A handler of kind `test` that runs a closure and records how its jobs end.
pub struct Scripted {
    body: Body,
    timeout: Duration,
}

impl Scripted {
    pub fn running<F>(body: impl Fn(JobContext) -> F + Send + Sync + 'static) -> Arc<dyn Handler>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self::with_timeout(Duration::from_mins(10), body)
    }

    pub fn with_timeout<F>(
        timeout: Duration,
        body: impl Fn(JobContext) -> F + Send + Sync + 'static,
    ) -> Arc<dyn Handler>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Arc::new(Self { body: Box::new(move |context| Box::pin(body(context))), timeout })
    }

    pub fn completing() -> Arc<dyn Handler> {
        Self::running(async |_| Outcome::Completed(json!({"made": 1})))
    }
}

#[async_trait]
impl Handler for Scripted {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    async fn run(&self, context: JobContext) -> Outcome {
        (self.body)(context).await
    }

    async fn ended(&self, tx: &Tx, job: &Job, end: &End) -> Result<(), JobsError> {
        let ending = match end {
            End::Completed(_) => "completed".to_owned(),
            End::Cancelled => "cancelled".to_owned(),
            End::Discarded { code, .. } => format!("discarded: {code}"),
        };
        let sql = "INSERT INTO effects (job_id, ending) VALUES ($1, $2)";
        tx.execute(sql, params![job.id, ending]).await?;
        Ok(())
    }
}
