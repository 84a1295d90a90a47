//! The one door to ffmpeg and ffprobe.
//!
//! * [`sniff`] recognises a file by its own bytes; the answer forces the demuxer.
//! * [`Media::accept`] decides whether an upload may become an asset and returns [`MediaFacts`].
//! * [`Media::conform`] turns a stretch of a clip into a cached [`Segment`]: exact frames, exact samples,
//!   identical parameter sets for one [`Target`]. The dear step, done once per [`SegmentKey`].
//! * [`Media::join`] makes an output from segments by stream copy and one AAC encode.
//! * [`Media::trim_cache`] keeps the segments below a size.
//! * [`Media::thumbnail`] and [`Media::poster`] make JPEGs.
//! * [`estimate_cpu_seconds`] and [`estimate_size_bytes`] feed quotes.
//!
//! Every process gets an argument vector, a forced and whitelisted demuxer, an empty environment, kernel
//! limits, its own process group and a wall limit. [`Control`] cancels it by SIGKILL; dropping the future
//! does too; and the kernel kills it when this process dies. Nothing is believed because of an exit code:
//! frames and samples of every result are counted. Working files live in a locked directory per process
//! and are gone when the call ends; [`Media::sweep_scratch`] removes those of processes that were killed.
//!
//! Linux only: `prlimit` and `setpriv` of util-linux carry the limits, since unsafe code is denied here.
//! The shortest clip accepted is 250 ms and 5 frames ([`MediaLimits`]).

mod accept;
mod cache;
mod config;
mod conform;
mod control;
mod encoder;
mod error;
mod estimate;
mod facts;
mod filter;
mod join;
mod media;
mod mp4;
mod probe;
mod process;
mod scratch;
mod segment;
pub mod sniff;
mod target;
#[cfg(feature = "testing")]
pub mod testing;
mod thumbnail;
mod tools;
mod trim;

pub use config::{MediaConfig, MediaLimits};
pub use control::Control;
pub use error::MediaError;
pub use estimate::{conform_cpu_seconds, estimate_cpu_seconds, estimate_size_bytes};
pub use facts::{AudioFacts, FrameRate, ImageFacts, MediaFacts, MediaKind, VideoFacts};
pub use join::{AudioMode, OutputFacts, SEGMENTS_MAX};
pub use media::Media;
pub use scratch::WorkDir;
pub use segment::{Fit, PIPELINE_VERSION, Segment, SegmentKey, SegmentSpec, Speed};
pub use sniff::{Container, sniff};
pub use target::{AUDIO_BITRATE_BPS, AUDIO_RATE, Bitrate, Fps, Ratio, Resolution, Target};
pub use tokio_util::sync::CancellationToken;
