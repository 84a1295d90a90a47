//! Where the tools and directories are, and every limit the crate enforces, each with a name.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Path of ffmpeg, or a bare name looked up in the system's own directories.
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// Working files of running calls; emptied when a call ends, swept at start-up. Keep it on the file
    /// system of the results, so that publishing one is a rename.
    pub scratch_dir: PathBuf,
    /// Finished segments, addressed by content. May be deleted while nothing runs.
    pub cache_dir: PathBuf,
    /// How many encoding processes may run at once: the number of cores, because each uses one thread.
    pub process_slots: usize,
    pub limits: MediaLimits,
}

impl MediaConfig {
    /// Tools from the system, directories below `root`, one slot per core.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self {
            ffmpeg: "ffmpeg".into(),
            ffprobe: "ffprobe".into(),
            scratch_dir: root.join("scratch"),
            cache_dir: root.join("cache"),
            process_slots: std::thread::available_parallelism().map_or(2, usize::from),
            limits: MediaLimits::default(),
        }
    }
}

/// What an input may be and what a process may use.
#[derive(Clone, Debug)]
pub struct MediaLimits {
    pub file_size_bytes_max: u64,
    pub duration_ms_max: u64,
    /// Below this a clip is refused: encoders and players misbehave on a handful of frames.
    pub duration_ms_min: u64,
    /// Fewest frames of a clip, and of a segment.
    pub frames_min: u64,
    /// Longest side of a video; the short side is bounded by `pixels_max`.
    pub side_px_max: u32,
    /// Pixels of one video frame, so that 3840 x 2160 and 2160 x 3840 pass and 3840 x 3840 does not.
    pub pixels_max: u64,
    pub image_side_px_max: u32,
    pub image_pixels_max: u64,
    pub frame_rate_max: u32,
    pub streams_max: usize,
    /// Wall time of ffprobe, of decoding one frame and of a thumbnail.
    pub probe_wall_time: Duration,
    /// Wall time of one conform or join, counted from the moment it has a slot.
    pub encode_wall_time: Duration,
    /// Processor seconds of one process (RLIMIT_CPU).
    pub cpu_seconds_max: u64,
    /// Address space of one process (RLIMIT_AS). 512 MB is too little for the loader and 4K frames.
    pub address_space_bytes_max: u64,
    /// Largest file one process may write (RLIMIT_FSIZE).
    pub output_bytes_max: u64,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self {
            file_size_bytes_max: 500_000_000,
            duration_ms_max: 10 * 60 * 1000,
            duration_ms_min: 250,
            frames_min: 5,
            side_px_max: 3840,
            pixels_max: 3840 * 2160,
            image_side_px_max: 16_384,
            image_pixels_max: 50_000_000,
            // 59.94 and 60 pass; phones write averages such as 60.04.
            frame_rate_max: 61,
            streams_max: 8,
            probe_wall_time: Duration::from_secs(15),
            encode_wall_time: Duration::from_hours(1),
            cpu_seconds_max: 2 * 60 * 60,
            address_space_bytes_max: 4 << 30,
            output_bytes_max: 16 << 30,
        }
    }
}
