//! One running studio: the platform's context, its apps, and whether it is shutting down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lumiku_core::DateTime;
use lumiku_core::Utc;
use lumiku_sdk::{ApiError, App, AppContext};
use tokio_util::sync::CancellationToken;

use crate::edge::limits::Limits;
use crate::streams::Streams;

/// State of every handler. Cheap to clone.
#[derive(Clone)]
pub struct Studio {
    pub context: AppContext,
    pub apps: Arc<[Arc<dyn App>]>,
    pub limits: Limits,
    pub streams: Streams,
    pub drain: Drain,
    pub started_at: DateTime<Utc>,
    /// Where people reach us, for links, cookies and same-origin checks.
    pub public_url: Arc<str>,
}

impl Studio {
    pub fn new(context: AppContext, apps: Vec<Arc<dyn App>>, public_url: &str) -> Self {
        Self {
            limits: Limits::new(context.ambient.clone()),
            streams: Streams::default(),
            drain: Drain::default(),
            started_at: context.ambient.now(),
            public_url: public_url.into(),
            apps: apps.into(),
            context,
        }
    }

    pub fn app(&self, id: &str) -> Result<&Arc<dyn App>, ApiError> {
        self.apps.iter().find(|app| app.manifest().id == id).ok_or_else(|| ApiError::not_found("app"))
    }

    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Tells the parts of the server that it is going down.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    not_ready: Arc<AtomicBool>,
    streams: CancellationToken,
}

impl Drain {
    /// From now on readiness answers 503, so that a load balancer looks elsewhere.
    pub fn begin(&self) {
        self.not_ready.store(true, Ordering::SeqCst);
    }

    pub fn has_begun(&self) -> bool {
        self.not_ready.load(Ordering::SeqCst)
    }

    /// Ends open event streams with a hint to come back.
    pub fn close_streams(&self) {
        self.streams.cancel();
    }

    pub fn streams_closed(&self) -> CancellationToken {
        self.streams.clone()
    }
}
