//! What can go wrong with the queue, and how it is told.

use lumiku_core::{DbError, Explain, JobId, Problem};

#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("there is no job {0}")]
    NotFound(JobId),
    /// Ending a job without its handler would leave its hold open, so it is refused.
    #[error("this process has no handler for jobs of kind {0}")]
    NoHandler(String),
    #[error("a unique job could not be enqueued: its key kept changing hands")]
    Contended,
    #[error("the end of a job could not be recorded: {0}")]
    Handler(Box<dyn std::error::Error + Send + Sync>),
}

impl JobsError {
    /// Wraps an error of a handler's own, for [`crate::Handler::ended`].
    pub fn handler(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Handler(error.into())
    }
}

impl Explain for JobsError {
    fn problem(&self) -> Problem {
        match self {
            Self::NotFound(_) => Problem::not_found("job"),
            Self::Contended => Problem::new(
                409,
                "jobs.contended",
                "The same work was started and finished several times at this moment. Try again.",
            ),
            Self::Db(_) | Self::NoHandler(_) | Self::Handler(_) => Problem::internal(self),
        }
    }
}
