//! Conform: every awkward source gives exact counts and the same decoder configuration.

use std::fs;
use std::time::Duration;

use crate::testing::{ClipAudio, ClipSpec, Pattern};
use lumiku_media::{Bitrate, Control, Fit, Fps, MediaError, Segment, Speed, Target};
use proptest::prelude::*;

use crate::studio::{Studio, clip, decode, ffprobe, small_target};

/// (what is awkward, spec, extension)
fn awkward() -> Vec<(&'static str, ClipSpec, &'static str)> {
    let base = ClipSpec::default();
    let hlg: &[&str] =
        &["-color_trc", "arib-std-b67", "-colorspace", "bt2020nc", "-color_primaries", "bt2020"];
    vec![
        ("plain", base.clone(), "mp4"),
        ("rotated phone clip", ClipSpec { size: (640, 360), rotation: 90, ..base.clone() }, "mov"),
        ("upside down", ClipSpec { rotation: 180, ..base.clone() }, "mp4"),
        (
            "variable frame rate, mono 44.1 kHz",
            ClipSpec { audio: ClipAudio::Mono44, filter: "select='not(eq(mod(n,7),3))'", ..base.clone() },
            "mkv",
        ),
        (
            "VP9 without sound",
            ClipSpec { codec: "libvpx-vp9", audio: ClipAudio::None, ..base.clone() },
            "webm",
        ),
        (
            "HEVC 10-bit HLG at 59.94",
            ClipSpec {
                codec: "libx265",
                pixel_format: "yuv420p10le",
                fps: "60000/1001",
                frames: 60,
                extra: hlg,
                ..base.clone()
            },
            "mp4",
        ),
        ("5.1 sound", ClipSpec { audio: ClipAudio::Surround48, ..base.clone() }, "mp4"),
        ("odd size, 4:4:4", ClipSpec { size: (251, 333), pixel_format: "yuv444p", ..base.clone() }, "mkv"),
        ("oblong pixels", ClipSpec { filter: "setsar=4/3", ..base.clone() }, "mp4"),
        ("25 fps MPEG-4", ClipSpec { codec: "mpeg4", fps: "25", frames: 25, ..base.clone() }, "mp4"),
        ("one frame a second", ClipSpec { fps: "5", frames: 5, ..base }, "mp4"),
    ]
}

/// The decoder configuration, as ffprobe hashes it.
fn parameter_sets(segment: &Segment) -> String {
    ffprobe(&["-show_entries", "stream=extradata_hash", "-show_data_hash", "sha256"], &segment.video)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_awkward_source_conforms_to_exact_counts_and_one_parameter_set() {
    let studio = Studio::new();
    let mut sets = Vec::new();
    for (index, (what, spec, extension)) in awkward().into_iter().enumerate() {
        let mut order = studio.spec(&clip(&spec, extension), small_target()).await;
        order.fit = [Fit::Blur, Fit::Pad, Fit::Crop][index % 3];

        let segment = studio.conform(&order).await;

        assert!((28..=31).contains(&segment.frames), "{what}: {} frames", segment.frames);
        let counted = ffprobe(
            &["-count_frames", "-show_entries", "stream=width,height,pix_fmt,nb_read_frames"],
            &segment.video,
        );
        assert_eq!(counted, format!("180,320,yuv420p,{}", segment.frames), "{what}");
        assert_eq!(fs::metadata(&segment.audio).unwrap().len(), segment.frames * 1600 * 4, "{what}");
        sets.push((what, parameter_sets(&segment)));
    }
    let first = sets[0].1.clone();
    assert!(!first.is_empty());
    for (what, set) in sets {
        assert_eq!(set, first, "{what}");
    }
    assert_eq!(studio.leftovers(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn speed_trim_and_length_are_exact_to_the_frame_and_keep_the_parameter_sets() {
    let studio = Studio::new();
    let source = clip(&ClipSpec { frames: 60, ..ClipSpec::default() }, "mp4");
    let base = studio.spec(&source, small_target()).await;
    // 61 frames would end in a key frame with the usual interval, which the encoder must avoid.
    let orders = [(50, 0, 119), (125, 0, 48), (200, 300, 20), (100, 500, 45), (50, 0, 61), (100, 0, 5)];
    let mut sets = Vec::new();
    for (speed, trim_in_ms, frames) in orders {
        let mut order = base.clone();
        (order.speed, order.trim_in_ms, order.frames) = (Speed::new(speed).unwrap(), trim_in_ms, frames);

        let segment = studio.conform(&order).await;

        let counted = ffprobe(&["-count_frames", "-show_entries", "stream=nb_read_frames"], &segment.video);
        assert_eq!(counted, frames.to_string());
        assert_eq!(fs::metadata(&segment.audio).unwrap().len(), frames * 1600 * 4);
        let last = ffprobe(&["-show_entries", "packet=flags", "-select_streams", "v"], &segment.video);
        assert!(!last.lines().last().unwrap().starts_with('K'), "{frames} frames end in a key frame");
        sets.push(parameter_sets(&segment));
    }
    sets.dedup();
    assert_eq!(sets.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_frame_rate_gives_whole_samples_per_frame() {
    let studio = Studio::new();
    for (fps, samples) in [(Fps::F24, 2000), (Fps::F30, 1600), (Fps::F60, 800)] {
        let target = Target { fps, ..small_target() };
        let order = studio.spec(&clip(&ClipSpec::default(), "mp4"), target).await;

        let segment = studio.conform(&order).await;

        assert_eq!(segment.frames, u64::from(fps.get()));
        assert_eq!(fs::metadata(&segment.audio).unwrap().len(), segment.frames * samples * 4);
        let rate = ffprobe(&["-show_entries", "stream=r_frame_rate"], &segment.video);
        assert_eq!(rate, format!("{}/1", fps.get()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fits_differ_where_the_shapes_do() {
    let studio = Studio::new();
    let white = ClipSpec { pattern: Pattern::Color("white"), frames: 10, ..ClipSpec::default() };
    let base = studio.spec(&clip(&white, "mp4"), small_target()).await;
    // The luma of the first pixel: a bar is black, a blurred or cropped white clip is white.
    for (fit, bright) in [(Fit::Pad, false), (Fit::Blur, true), (Fit::Crop, true)] {
        let segment = studio.conform(&lumiku_media::SegmentSpec { fit, ..base.clone() }).await;
        let picture = decode(&["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray"], &segment.video);
        assert_eq!(picture.len(), 180 * 320);
        assert_eq!(picture[0] > 200, bright, "{fit:?}: {}", picture[0]);
        assert!(picture[picture.len() / 2 + 90] > 200, "{fit:?}: the middle shows the clip");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_clip_stands_upright() {
    let studio = Studio::new();
    // Left half white; turned a quarter clockwise the top half is white.
    let half = "drawbox=x=0:y=0:w=iw/2:h=ih:c=white:t=fill";
    let spec = ClipSpec {
        pattern: Pattern::Color("black"),
        filter: half,
        rotation: 90,
        size: (320, 180),
        frames: 10,
        ..ClipSpec::default()
    };
    let order = studio.spec(&clip(&spec, "mp4"), small_target()).await;
    assert_eq!(order.facts.dimensions(), Some((180, 320)));
    let segment = studio.conform(&order).await;
    let picture = decode(&["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray"], &segment.video);
    assert!(picture[180 * 40 + 90] > 200 && picture[180 * 280 + 90] < 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_segment_starts_no_program() {
    let studio = Studio::new();
    let order = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    let (first, second) = tokio::join!(studio.conform(&order), studio.conform(&order));
    assert_eq!(first, second);
    let made = fs::metadata(&first.video).unwrap().modified().unwrap();

    // Without its source no program could make it again.
    let mut gone = order.clone();
    gone.source_path = studio.path("no-such-clip.mp4");
    let third = studio.conform(&gone).await;

    assert_eq!(third, first);
    assert_eq!(fs::metadata(&third.video).unwrap().modified().unwrap(), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_cache_entry_is_made_again() {
    let studio = Studio::new();
    let order = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    let segment = studio.conform(&order).await;
    fs::write(&segment.video, b"not a film").unwrap();
    let again = studio.conform(&order).await;
    assert!(fs::metadata(&again.video).unwrap().len() > 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cache_gives_up_what_was_not_used_for_longest_and_never_what_is_in_use() {
    let studio = Studio::new();
    let base = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    let order = |frames| lumiku_media::SegmentSpec { frames, ..base.clone() };
    let (old, young) = (studio.conform(&order(10)).await, studio.conform(&order(11)).await);
    let card = |segment: &Segment| fs::File::open(segment.video.with_file_name("segment.json")).unwrap();
    let used = |segment: &Segment| card(segment).metadata().unwrap().modified().unwrap();
    let yesterday = used(&old) - Duration::from_hours(24);
    for segment in [&old, &young] {
        card(segment).set_modified(yesterday).unwrap();
    }
    studio.conform(&order(10)).await;
    assert!(used(&old) > yesterday, "finding a segment counts as using it");

    assert_eq!(studio.media.trim_cache(0, yesterday).await.unwrap(), 0, "all of it is in use");
    let freed = studio.media.trim_cache(0, used(&old)).await.unwrap();

    assert!(freed > 0);
    assert!(old.video.exists() && !young.video.exists());
    studio.conform(&order(11)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_frames_than_the_clip_has_is_refused_before_any_work() {
    let studio = Studio::new();
    let mut order = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    order.frames = 300;
    let error = studio.media.conform(&order, &Control::default()).await.unwrap_err();
    assert!(matches!(error, MediaError::TooShort { .. }), "{error}");
    order.frames = 2;
    let error = studio.media.conform(&order, &Control::default()).await.unwrap_err();
    assert_eq!(error.code(), "media.invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_whose_middle_is_lost_is_named_not_padded() {
    let studio = Studio::new();
    let source = clip(&ClipSpec { frames: 90, audio: ClipAudio::None, ..ClipSpec::default() }, "mkv");
    let order = studio.spec(&source, small_target()).await;
    let whole = fs::read(&source).unwrap();
    let cut = studio.path("cut.mkv");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();

    let error = studio
        .media
        .conform(&lumiku_media::SegmentSpec { source_path: cut, ..order }, &Control::default())
        .await
        .unwrap_err();

    assert!(matches!(error, MediaError::Truncated { .. }), "{error}");
    assert_eq!(studio.leftovers(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test]
async fn the_key_changes_with_every_field_that_changes_bytes_and_with_no_other() {
    let studio = Studio::new();
    let base = studio.spec(&clip(&ClipSpec::default(), "mp4"), small_target()).await;
    let changes: Vec<fn(&mut lumiku_media::SegmentSpec)> = vec![
        |spec| spec.source_sha256.push('0'),
        |spec| spec.trim_in_ms += 1,
        |spec| spec.frames += 1,
        |spec| spec.speed = Speed::new(101).unwrap(),
        |spec| spec.fit = Fit::Crop,
        |spec| spec.target.width += 2,
        |spec| spec.target.height += 2,
        |spec| spec.target.fps = Fps::F60,
        |spec| spec.target.bitrate = Bitrate::High,
        |spec| spec.mute = true,
        |spec| spec.facts.video.as_mut().unwrap().hdr = true,
        |spec| spec.facts.video.as_mut().unwrap().rotation = 90,
        |spec| spec.facts.audio = None,
    ];
    let mut keys = vec![base.key()];
    for change in changes {
        let mut spec = base.clone();
        change(&mut spec);
        keys.push(spec.key());
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);

    let mut same = base.clone();
    same.source_path = "/elsewhere.mp4".into();
    same.file_name = "renamed.mp4".into();
    assert_eq!(same.key(), base.key());
    // Every field is in one of the two lists above; a new one must be put into the key and here.
    let lumiku_media::SegmentSpec {
        source_sha256: _,
        source_path: _,
        file_name: _,
        facts: _,
        trim_in_ms: _,
        frames: _,
        speed: _,
        fit: _,
        target: _,
        mute: _,
    } = base;
}

proptest! {
    #[test]
    fn speeds_outside_half_and_double_do_not_exist(hundredths in 0u16..1000) {
        prop_assert_eq!(Speed::new(hundredths).is_some(), (50..=200).contains(&hundredths));
    }
}
