//! The same rules with real files and the real media engine. One database is enough here.

use std::path::Path;
use std::sync::Arc;

use lumiku_core::Explain;
use lumiku_media::testing::{ClipSpec, make_clip, run_ffmpeg};
use lumiku_media::{Media, MediaConfig, sniff};
use lumiku_storage::{AssetKind, MIGRATIONS, StorageError};
use lumiku_testdb::TestDb;

use crate::support::{Studio, limits, open, read, whole};

async fn real_studio(media_dir: &Path) -> Studio {
    let mut studio = Studio::new(TestDb::sqlite(MIGRATIONS).await);
    let media = Arc::new(Media::new(MediaConfig::below(media_dir)).expect("ffmpeg is installed"));
    studio.storage = open(studio.dir.path(), limits(), studio.db.db.clone(), &studio.clock, 2, media);
    studio
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_clip_becomes_an_asset_with_its_facts_and_a_thumbnail() {
    let dir = tempfile::tempdir().expect("a folder");
    let studio = real_studio(dir.path()).await;
    let clip = dir.path().join("clip.mp4");
    make_clip(&ClipSpec { size: (640, 360), fps: "30000/1001", ..ClipSpec::default() }, &clip);
    let content = std::fs::read(&clip).expect("the clip");

    let asset = studio.upload("Hook 1.mp4", &content).await.expect("accepted");

    assert_eq!((asset.kind, asset.facts.dimensions()), (AssetKind::Video, Some((640, 360))));
    assert!(asset.facts.has_audio());
    assert_eq!(studio.content(&asset).await, content);
    let thumbnail = read(studio.storage.objects(), asset.thumbnail_key.expect("a thumbnail")).await;
    assert_eq!(sniff(&thumbnail).map(lumiku_media::Container::extension), Some("jpg"));
    studio.assert_tidy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_is_an_asset_without_a_thumbnail() {
    let dir = tempfile::tempdir().expect("a folder");
    let studio = real_studio(dir.path()).await;
    let sound = dir.path().join("sound.wav");
    let sound_text = sound.to_str().expect("text");
    run_ffmpeg(&["-f", "lavfi", "-i", "sine=d=1:r=44100", sound_text]);

    let asset =
        studio.upload("jingle.wav", &std::fs::read(&sound).expect("the sound")).await.expect("accepted");

    assert_eq!((asset.kind, asset.thumbnail_key), (AssetKind::Audio, None));
    studio.assert_tidy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_clips_are_refused_by_name_and_leave_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let studio = real_studio(dir.path()).await;
    let clip = dir.path().join("clip.mp4");
    make_clip(&ClipSpec::default(), &clip);
    let whole_clip = std::fs::read(&clip).expect("the clip");
    make_clip(&ClipSpec { frames: 3, ..ClipSpec::default() }, &clip);
    let three_frames = std::fs::read(&clip).expect("the clip");
    let playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";

    let cases: [(&str, &[u8], &str); 4] = [
        ("notes.mp4", b"just a text, honestly".as_slice(), "media.not_media"),
        ("stream.mp4", playlist, "media.not_media"),
        ("half.mp4", &whole_clip[..whole_clip.len() / 2], "media.truncated"),
        ("blink.mp4", &three_frames, "media.too_short"),
    ];
    for (name, content, code) in cases {
        let problem = studio.upload(name, content).await.expect_err("must be refused").problem();
        assert_eq!((problem.status, problem.code.as_str()), (422, code), "{name}");
        assert!(problem.detail.contains(name), "{}", problem.detail);
        let streamed =
            studio.storage.uploads().accept_stream(studio.new_upload(name), None, whole(content)).await;
        assert!(matches!(streamed, Err(StorageError::Media(_))), "{streamed:?}");
        studio.assert_empty().await;
    }
}
