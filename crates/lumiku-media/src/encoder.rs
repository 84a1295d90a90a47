//! The x264 settings of segments. Everything a decoder configuration (avcC) is made of is pinned: profile,
//! level, colour, reference structure and initial quantiser (`stitchable`), so that segments of any two clips
//! of one target have identical parameter sets and join without re-encoding.

use std::ffi::OsString;

use crate::target::Target;

/// Ticks per second of the video track: divisible by 24, 30 and 60, so a frame is a whole number of ticks.
pub(crate) const TIMESCALE: u32 = 15_360;

pub(crate) fn video_args(target: Target, frames: u64) -> Vec<OsString> {
    let fps = target.fps.get();
    let maxrate = target.bitrate_bps_max();
    let keyint = keyframe_interval(fps, frames);
    let x264 = format!(
        "stitchable=1:keyint={keyint}:min-keyint={keyint}:scenecut=0:open-gop=0:\
         colorprim=bt709:transfer=bt709:colormatrix=bt709"
    );
    let (rate, crf) = (fps.to_string(), target.crf().to_string());
    let (maxrate, bufsize) = (maxrate.to_string(), (maxrate * 2).to_string());
    let timescale = TIMESCALE.to_string();
    let args = [
        &["-r", &rate, "-c:v", "libx264", "-preset", "veryfast", "-crf", &crf][..],
        &["-maxrate", &maxrate, "-bufsize", &bufsize, "-profile:v", "high", "-level:v", target.level()],
        &["-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709"],
        &["-color_primaries", "bt709", "-color_trc", "bt709", "-threads", "1", "-x264-params", &x264],
        &["-video_track_timescale", &timescale, "-map_metadata", "-1", "-map_chapters", "-1"],
        // The encoder's banner (SEI) would be copied into every output.
        &["-bsf:v", "filter_units=remove_types=6", "-fflags", "+bitexact", "-flags:v", "+bitexact"],
    ];
    args.concat().into_iter().map(OsString::from).collect()
}

/// Two seconds, or the next shorter interval with which the segment does not end in a key frame: the next
/// segment begins with one, and two neighbouring IDR pictures with the same id are against the standard.
fn keyframe_interval(fps: u32, frames: u64) -> u32 {
    let last = frames.saturating_sub(1);
    (2..=fps * 2).rev().find(|interval| !last.is_multiple_of(u64::from(*interval))).unwrap_or(fps * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_segment_ends_in_a_key_frame() {
        for fps in [24, 30, 60] {
            for frames in 2..5_000 {
                let interval = u64::from(keyframe_interval(fps, frames));
                assert_ne!((frames - 1) % interval, 0, "{frames} frames at {fps}");
            }
        }
    }
}
