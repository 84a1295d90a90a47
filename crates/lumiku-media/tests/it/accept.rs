//! The gate: hostile and broken files are refused by name, quickly; honest ones are described rightly.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::testing::{ClipAudio, ClipSpec, run_ffmpeg};
use lumiku_media::{Container, MediaKind};

use crate::studio::{Studio, cached, clip, container_of};

type Tighten = fn(&mut lumiku_media::MediaLimits);

fn png_bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(50_000u32.to_be_bytes());
    png.extend(50_000u32.to_be_bytes());
    png.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    png
}

fn half_of(path: PathBuf) -> Vec<u8> {
    let whole = fs::read(path).unwrap();
    whole[..whole.len() / 2].to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_and_broken_files_are_refused_by_name_in_well_under_a_second() {
    let studio = Studio::new();
    let base = ClipSpec::default();
    let front = ClipSpec { extra: &["-movflags", "+faststart"], ..base.clone() };
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.mp4", Vec::new(), "media.empty"),
        ("one-byte.mp4", vec![0], "media.not_media"),
        ("zeros.mp4", vec![0; 100_000], "media.not_media"),
        ("notes.mp4", b"Buy milk.\n".repeat(100), "media.not_media"),
        ("hls.mp4", b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n".to_vec(), "media.not_media"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec(), "media.not_media"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "media.unsupported"),
        ("page.jpg", b"<!DOCTYPE html><html></html>".to_vec(), "media.not_media"),
        ("subtitles.avi", b"RIFF\xff\xff\0\0AVI LIST".to_vec(), "media.unsupported"),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "media.unsupported"),
        ("program.mp4", b"\x7fELF\x02\x01\x01\0".repeat(50), "media.not_media"),
        ("bomb.png", png_bomb(), "media.too_many_pixels"),
        ("cut.mp4", half_of(clip(&base, "mp4")), "media.truncated"),
        ("cut-front.mp4", half_of(clip(&front, "mp4")), "media.truncated"),
        ("cut.mkv", half_of(clip(&base, "mkv")), "media.truncated"),
        ("hollow.mp4", b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov".to_vec(), "media.damaged"),
        (
            "three.mp4",
            fs::read(clip(&ClipSpec { frames: 3, ..base.clone() }, "mp4")).unwrap(),
            "media.too_short",
        ),
        (
            "three-slow.mp4",
            fs::read(clip(&ClipSpec { frames: 3, fps: "5", ..base }, "mp4")).unwrap(),
            "media.too_short",
        ),
    ];
    for (name, bytes, code) in table {
        let path = studio.path("upload");
        fs::write(&path, bytes).unwrap();
        let begun = Instant::now();

        let error = studio.media.accept(&path, name).await.expect_err(name);

        assert_eq!(error.code(), code, "{name}: {error}");
        let sentence = error.to_string();
        assert!(sentence.contains(name), "{sentence}");
        assert!(!sentence.contains(studio.dir.path().to_str().unwrap()), "{sentence}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{name} took {:?}", begun.elapsed());
    }
    assert_eq!(studio.leftovers(), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_applied_and_named() {
    let clip = clip(&ClipSpec::default(), "mp4");
    let tight: [(Tighten, &str); 6] = [
        (|limits| limits.file_size_bytes_max = 1000, "media.too_large"),
        (|limits| limits.duration_ms_max = 900, "media.too_long"),
        (|limits| limits.side_px_max = 319, "media.too_many_pixels"),
        (|limits| limits.frame_rate_max = 25, "media.frame_rate_too_high"),
        (|limits| limits.streams_max = 1, "media.too_many_streams"),
        (|limits| limits.duration_ms_min = 1500, "media.too_short"),
    ];
    for (tighten, code) in tight {
        let studio = Studio::with_config(|config| tighten(&mut config.limits));
        let error = studio.media.accept(&clip, "my clip.mp4").await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_files_are_described_as_a_player_shows_them() {
    let studio = Studio::new();
    let base = ClipSpec::default();
    let facts = studio.media.accept(&clip(&base, "mp4"), "plain").await.unwrap();
    assert_eq!(
        (facts.kind, facts.container, facts.duration_ms),
        (MediaKind::Video, Container::Mp4, Some(1000))
    );
    let video = facts.video.clone().unwrap();
    assert_eq!((video.codec.as_str(), video.frame_rate.num, video.frame_count), ("h264", 30, Some(30)));
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<lumiku_media::MediaFacts>(&text).unwrap(), facts);

    let rotated = clip(&ClipSpec { size: (640, 360), rotation: 90, ..base.clone() }, "mov");
    let facts = studio.media.accept(&rotated, "rotated").await.unwrap();
    assert_eq!((facts.dimensions(), facts.container), (Some((360, 640)), Container::Quicktime));
    assert_eq!(facts.video.unwrap().rotation, 90);

    let oblong = clip(&ClipSpec { filter: "setsar=4/3", ..base.clone() }, "mp4");
    let facts = studio.media.accept(&oblong, "oblong").await.unwrap();
    assert_eq!(facts.dimensions(), Some((427 - 1, 240)));

    let webm = clip(&ClipSpec { codec: "libvpx-vp9", audio: ClipAudio::None, ..base }, "webm");
    let facts = studio.media.accept(&webm, "webm").await.unwrap();
    assert_eq!((facts.container, facts.audio), (Container::Webm, None));
    assert!((990..=1010).contains(&facts.duration_ms.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_and_sounds_are_accepted_too() {
    let studio = Studio::new();
    let cases = [
        ("png", MediaKind::Image, Container::Png),
        ("jpg", MediaKind::Image, Container::Jpeg),
        ("webp", MediaKind::Image, Container::Webp),
        ("gif", MediaKind::Image, Container::Gif),
        ("wav", MediaKind::Audio, Container::Wav),
        ("mp3", MediaKind::Audio, Container::Mp3),
        ("ogg", MediaKind::Audio, Container::Ogg),
        ("m4a", MediaKind::Audio, Container::M4a),
    ];
    for (extension, kind, container) in cases {
        let path = cached("small", extension, |path| {
            let picture = kind == MediaKind::Image;
            let source = if picture { "testsrc=s=64x48:d=1" } else { "sine=d=1" };
            let frames: &[&str] = if picture { &["-frames:v", "1"] } else { &[] };
            let path = path.to_str().unwrap();
            run_ffmpeg(&[&["-f", "lavfi", "-i", source], frames, &[path]].concat());
        });
        assert_eq!(container_of(&path), container);
        let facts =
            studio.media.accept(&path, extension).await.unwrap_or_else(|e| panic!("{extension}: {e}"));
        assert_eq!((facts.kind, facts.container), (kind, container));
        match kind {
            MediaKind::Image => assert_eq!(facts.dimensions(), Some((64, 48))),
            _ => assert!(facts.audio.is_some() && facts.duration_ms.is_some(), "{extension}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_without_a_duration_is_measured() {
    let studio = Studio::new();
    let live = cached("live-webm", "webm", |path| {
        let path = path.to_str().unwrap();
        let source =
            ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=1", "-c:v", "libvpx-vp9", "-cpu-used", "8"];
        run_ffmpeg(&[&source[..], &["-deadline", "realtime", "-live", "1", path]].concat());
    });
    let facts = studio.media.accept(&live, "recording.webm").await.unwrap();
    assert!((960..=1040).contains(&facts.duration_ms.unwrap()), "{facts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_orientation_a_camera_wrote_into_a_photograph_counts() {
    let studio = Studio::new();
    let plain = fs::read(cached("small", "jpg", |path| {
        run_ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-frames:v", "1", path.to_str().unwrap()]);
    }))
    .unwrap();
    // One EXIF entry: orientation 6, a quarter turn clockwise.
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let (photo, out) = (studio.path("photo.jpg"), studio.path("thumbnail.jpg"));
    fs::write(&photo, [&plain[..2], exif, &plain[2..]].concat()).unwrap();

    let facts = studio.media.accept(&photo, "photo.jpg").await.unwrap();
    assert_eq!((facts.dimensions(), facts.image.clone().unwrap().rotation), (Some((48, 64)), 90));

    studio.media.thumbnail(&photo, &facts, 32, &out).await.unwrap();
    assert_eq!(crate::studio::ffprobe(&["-show_entries", "stream=width,height"], &out), "24,32");
}
