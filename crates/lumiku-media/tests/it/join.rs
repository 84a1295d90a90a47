//! Join: exact frames, sound that ends with the picture, and lips that stay in step after six joins.

use std::fs;
use std::path::Path;

use crate::testing::{ClipAudio, ClipSpec, Pattern};
use lumiku_media::{AudioMode, Control, Fps, Segment, SegmentSpec, Target};

use crate::studio::{Studio, clip, decode, ffprobe, small_target};

/// Six clips that have nothing in common but the flash and the beep at this time.
fn flash_clips(at_ms: u32) -> Vec<(ClipSpec, &'static str)> {
    let base = ClipSpec { pattern: Pattern::FlashBeep { at_ms }, ..ClipSpec::default() };
    vec![
        (ClipSpec { frames: 31, ..base.clone() }, "mp4"),
        (ClipSpec { frames: 37, size: (640, 360), rotation: 90, ..base.clone() }, "mov"),
        (ClipSpec { frames: 41, audio: ClipAudio::Mono44, ..base.clone() }, "mkv"),
        (
            ClipSpec { frames: 66, fps: "60", size: (251, 333), pixel_format: "yuv444p", ..base.clone() },
            "mkv",
        ),
        (ClipSpec { frames: 29, codec: "libvpx-vp9", audio: ClipAudio::None, ..base.clone() }, "webm"),
        (ClipSpec { frames: 33, codec: "mpeg4", audio: ClipAudio::Surround48, ..base }, "mp4"),
    ]
}

async fn segments(studio: &Studio, clips: &[(ClipSpec, &'static str)], target: Target) -> Vec<Segment> {
    let mut made = Vec::new();
    for (spec, extension) in clips {
        let order = studio.spec(&clip(spec, extension), target).await;
        made.push(studio.conform(&order).await);
    }
    made
}

/// Times at which the picture turns white, by the average luma of each decoded frame.
fn flashes(video: &Path, target: Target) -> Vec<f64> {
    let gray = decode(&["-an", "-f", "rawvideo", "-pix_fmt", "gray", "-fps_mode", "passthrough"], video);
    let pixels = target.pixels() as usize;
    let centre = pixels / 2 + target.width as usize / 2;
    let bright: Vec<bool> = gray.chunks(pixels).map(|frame| frame[centre] > 128).collect();
    let rising = (0..bright.len()).filter(|&i| bright[i] && (i == 0 || !bright[i - 1]));
    rising.map(|i| i as f64 / f64::from(target.fps.get())).collect()
}

/// Times at which a beep begins: the first loud sample after at least 50 ms of quiet.
fn beeps(video: &Path) -> Vec<f64> {
    let pcm = decode(&["-vn", "-f", "s16le", "-ac", "1", "-ar", "48000"], video);
    let (mut found, mut quiet) = (Vec::new(), 2400);
    for (i, sample) in pcm.chunks_exact(2).enumerate() {
        let loud = i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > 4000;
        if loud && quiet >= 2400 {
            found.push(i as f64 / 48_000.0);
        }
        quiet = if loud { 0 } else { quiet + 1 };
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_clips_with_nothing_in_common_join_with_every_frame_and_the_sound_in_step() {
    let studio = Studio::new();
    let target = small_target();
    let six = segments(&studio, &flash_clips(500), target).await;
    let out = studio.path("output.mp4");

    let facts = studio.media.join(&six, AudioMode::Keep, &out, &Control::default()).await.unwrap();

    let frames: u64 = six.iter().map(|segment| segment.frames).sum();
    assert_eq!((facts.width, facts.height, facts.frame_count), (180, 320, frames));
    let counted =
        ffprobe(&["-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames"], &out);
    assert_eq!(counted, frames.to_string());
    assert!(pts_steps_are_even(&out, target.fps));

    let seen = flashes(&out, target);
    assert_eq!(seen.len(), 6, "{seen:?}");
    let heard = beeps(&out);
    assert_eq!(heard.len(), 5, "one clip is silent: {heard:?}");
    let with_sound = [0, 1, 2, 3, 5].map(|index: usize| seen[index]);
    for (seen, heard) in with_sound.iter().zip(&heard) {
        assert!((seen - heard).abs() <= 0.005, "seen at {seen}, heard at {heard}");
    }
    assert_eq!(studio.leftovers(), [] as [std::path::PathBuf; 0]);
}

fn pts_steps_are_even(video: &Path, fps: Fps) -> bool {
    let text = ffprobe(&["-select_streams", "v", "-show_entries", "packet=pts"], video);
    let mut pts: Vec<i64> = text.lines().map(|line| line.trim_matches(',').parse().unwrap()).collect();
    pts.sort_unstable();
    let step = 15_360 / i64::from(fps.get());
    pts[0] == 0 && pts.windows(2).all(|pair| pair[1] - pair[0] == step)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_ends_within_twenty_milliseconds_of_the_picture_whatever_the_length() {
    let studio = Studio::new();
    let order = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    // 1600 n mod 1024 walks through all its sixteen phases, the awkward 64 among them.
    for frames in [5, 9, 14, 16, 17, 30] {
        let segment = studio.conform(&SegmentSpec { frames, ..order.clone() }).await;
        let out = studio.path(&format!("{frames}.mp4"));
        let facts = studio.media.join(&[segment], AudioMode::Keep, &out, &Control::default()).await.unwrap();
        assert_eq!((facts.frame_count, facts.has_audio), (frames, true));
        let decoded = decode(&["-vn", "-f", "s16le"], &out).len() as f64 / 4.0 / 48_000.0;
        let picture = frames as f64 / 30.0;
        assert!((decoded - picture).abs() <= 0.020, "{frames} frames: sound {decoded}, picture {picture}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_muted_output_has_no_sound_track_and_no_output_has_metadata() {
    let studio = Studio::new();
    let tagged = ClipSpec {
        extra: &["-metadata", "location=+52.5/13.4/", "-metadata", "title=secret"],
        ..ClipSpec::default()
    };
    let made = segments(&studio, &[(tagged.clone(), "mp4"), (tagged, "mp4")], small_target()).await;
    for audio in [AudioMode::Keep, AudioMode::Mute] {
        let out = studio.path("output.mp4");
        let facts = studio.media.join(&made, audio, &out, &Control::default()).await.unwrap();
        assert_eq!(facts.has_audio, audio == AudioMode::Keep);
        assert_eq!(facts.size_bytes, fs::metadata(&out).unwrap().len());
        let bytes = fs::read(&out).unwrap();
        for word in [&b"secret"[..], b"52.5", b"Lavf", b"x264 - core"] {
            let found = bytes.windows(word.len()).any(|window| window == word);
            assert!(!found, "{} in the output", String::from_utf8_lossy(word));
        }
        let order: Vec<_> = [&b"moov"[..], b"mdat"]
            .iter()
            .map(|name| bytes.windows(4).position(|window| window == *name).unwrap())
            .collect();
        assert!(order[0] < order[1], "the index comes first");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_of_different_targets_are_refused_by_name() {
    let studio = Studio::new();
    let plain = [(ClipSpec::default(), "mp4")];
    let mut both = segments(&studio, &plain, small_target()).await;
    both.extend(segments(&studio, &plain, Target { fps: Fps::F24, ..small_target() }).await);
    let out = studio.path("output.mp4");
    let error = studio.media.join(&both, AudioMode::Keep, &out, &Control::default()).await.unwrap_err();
    assert_eq!(error.code(), "media.invalid");
    assert!(error.to_string().contains(&both[1].file_name));

    // The same lie with the label changed: the parameter sets tell.
    both[1].target = both[0].target;
    both[1].audio = both[0].audio.clone();
    let error = studio.media.join(&both, AudioMode::Mute, &out, &Control::default()).await.unwrap_err();
    assert_eq!(error.code(), "media.mismatch");
    assert!(!out.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poster_is_made_of_a_finished_output() {
    let studio = Studio::new();
    let made = segments(&studio, &[(ClipSpec::default(), "mp4")], small_target()).await;
    let (out, poster) = (studio.path("output.mp4"), studio.path("poster.jpg"));
    studio.media.join(&made, AudioMode::Keep, &out, &Control::default()).await.unwrap();
    studio.media.poster(&out, 160, &poster).await.unwrap();
    assert_eq!(ffprobe(&["-show_entries", "stream=width,height"], &poster), "90,160");
}
