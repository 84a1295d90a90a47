//! What the caller keeps in hand while media work runs: a way to stop it and a way to watch it.

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

type ProgressFn = Arc<dyn Fn(f32) + Send + Sync>;

/// Cancellation and progress of one call. Cancelling kills the process group with SIGKILL at once (SIGTERM
/// makes ffmpeg flush its encoder for seconds and leave a playable stump); temporary files are removed.
#[derive(Clone, Default)]
pub struct Control {
    pub cancel: CancellationToken,
    /// Called with a fraction from 0.0 to 1.0, a few times a second, from the task that does the work.
    pub progress: Option<ProgressFn>,
}

impl Control {
    pub fn new(cancel: CancellationToken) -> Self {
        Self { cancel, progress: None }
    }

    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(f32) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    pub(crate) fn report(&self, fraction: f32) {
        if let Some(progress) = &self.progress {
            progress(fraction.clamp(0.0, 1.0));
        }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancelled", &self.cancel.is_cancelled())
            .field("watched", &self.progress.is_some())
            .finish()
    }
}
