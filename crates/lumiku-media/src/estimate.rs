//! What work will cost, for quotes and for scheduling. The constants were measured with grainy clips on one
//! core of a 2-core machine; they are right within a third, not to the second.

use crate::target::{AUDIO_BITRATE_BPS, Target};

/// Decoding one second of a 1080p clip, whatever the target.
const DECODE: f64 = 0.26;
/// Scaling and encoding one second at 30 frames per second: a base and a part per megapixel.
const ENCODE_BASE: f64 = 0.18;
const ENCODE_PER_MEGAPIXEL: f64 = 0.44;
/// Starting ffmpeg and ffprobe, and the AAC encode per second of output.
const JOIN_BASE: f64 = 0.15;
const JOIN_PER_SECOND: f64 = 0.03;

/// Processor seconds for a run: `conform_ms` of distinct segments (each made once), then `outputs` outputs
/// of `output_ms` each.
pub fn estimate_cpu_seconds(target: Target, conform_ms: u64, outputs: u64, output_ms: u64) -> f64 {
    let seconds = |ms: u64| ms as f64 / 1000.0;
    conform_cpu_seconds(target, conform_ms)
        + outputs as f64 * (JOIN_BASE + JOIN_PER_SECOND * seconds(output_ms))
}

/// Processor seconds to conform one stretch of this length.
pub fn conform_cpu_seconds(target: Target, output_ms: u64) -> f64 {
    let megapixels = target.pixels() as f64 / 1e6;
    let rate = f64::from(target.fps.get()) / 30.0;
    output_ms as f64 / 1000.0 * (DECODE + (ENCODE_BASE + ENCODE_PER_MEGAPIXEL * megapixels) * rate)
}

/// Bytes of one output of this length: the most it will be, since quality is capped by the bitrate.
pub fn estimate_size_bytes(target: Target, duration_ms: u64, has_audio: bool) -> u64 {
    let audio = if has_audio { AUDIO_BITRATE_BPS } else { 0 };
    let payload = u128::from(target.bitrate_bps_max() + audio) * u128::from(duration_ms) / 8_000;
    // The index costs about a hundred bytes per packet table entry at most; one part in fifty covers it.
    u64::try_from(payload + payload / 50).unwrap_or(u64::MAX).saturating_add(4_096)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Bitrate, Fps, Ratio, Resolution};

    #[test]
    fn the_estimate_meets_the_measurements() {
        let at = |resolution| Target::new(resolution, Ratio::Portrait9x16, Fps::F30, Bitrate::Medium);
        let per_second = |resolution| conform_cpu_seconds(at(resolution), 1000);
        assert!((per_second(Resolution::P720) - 0.85).abs() < 0.05);
        assert!((per_second(Resolution::P1080) - 1.36).abs() < 0.05);
        let join = estimate_cpu_seconds(at(Resolution::P720), 0, 1, 15_000);
        assert!((join - 0.60).abs() < 0.05);
    }

    #[test]
    fn a_minute_at_medium_is_about_twenty_megabytes() {
        let target = Target::new(Resolution::P720, Ratio::Portrait9x16, Fps::F30, Bitrate::Medium);
        let bytes = estimate_size_bytes(target, 60_000, true);
        assert!((19_000_000..21_500_000).contains(&bytes), "{bytes}");
    }
}
