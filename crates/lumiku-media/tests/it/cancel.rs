//! Stopping: at once, with the whole process group, and without a trace.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::testing::ClipSpec;
use lumiku_media::{Control, Fps, Media, MediaConfig, MediaError, SegmentSpec, Target};
use tokio::sync::mpsc;

use crate::studio::{Studio, clip, phone_target};

/// Processes whose command line names something below this studio.
fn processes_of(studio: &Studio) -> Vec<PathBuf> {
    let marker = studio.dir.path().to_str().unwrap().to_owned();
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|path| {
        fs::read(path.join("cmdline")).is_ok_and(|c| String::from_utf8_lossy(&c).contains(&marker))
    })
    .collect()
}

/// An order that takes many seconds.
async fn long_order(studio: &Studio) -> SegmentSpec {
    let long = ClipSpec { frames: 300, size: (1280, 720), ..ClipSpec::default() };
    let target = Target { fps: Fps::F60, ..phone_target() };
    studio.spec(&clip(&long, "mp4"), target).await
}

fn watched() -> (Control, mpsc::UnboundedReceiver<f32>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let ctl = Control::default().with_progress(move |fraction| {
        let _ = sender.send(fraction);
    });
    (ctl, receiver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancel_kills_the_group_at_once_and_leaves_nothing() {
    let studio = Studio::new();
    let order = long_order(&studio).await;
    let (ctl, mut progress) = watched();
    let (media, of_task) = (studio.media.clone(), ctl.clone());
    let task = tokio::spawn(async move { media.conform(&order, &of_task).await });
    progress.recv().await.unwrap();
    assert!(!processes_of(&studio).is_empty());

    let begun = Instant::now();
    ctl.cancel.cancel();
    let result = task.await.unwrap();

    assert!(matches!(result, Err(MediaError::Cancelled)), "{result:?}");
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    assert_eq!(processes_of(&studio), [] as [PathBuf; 0]);
    assert_eq!(studio.leftovers(), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_future_kills_too() {
    let studio = Studio::new();
    let order = long_order(&studio).await;
    let (ctl, mut progress) = watched();
    {
        let work = studio.media.conform(&order, &ctl);
        tokio::pin!(work);
        tokio::select! {
            _ = progress.recv() => {}
            result = &mut work => panic!("it ended too early: {result:?}"),
        }
    }
    wait_until(|| processes_of(&studio).is_empty()).await;
    assert_eq!(studio.leftovers(), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_was_cancelled_before_it_began_never_begins() {
    let studio = Studio::new();
    let order = studio.spec(&clip(&ClipSpec::default(), "mp4"), phone_target()).await;
    let ctl = Control::default();
    ctl.cancel.cancel();
    assert!(matches!(studio.media.conform(&order, &ctl).await, Err(MediaError::Cancelled)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_limit_stops_and_says_so() {
    let studio = Studio::with_config(|config| config.limits.encode_wall_time = Duration::from_millis(300));
    let order = long_order(&studio).await;
    let error = studio.media.conform(&order, &Control::default()).await.unwrap_err();
    assert_eq!(error.code(), "media.timeout");
    assert!(error.is_transient());
    assert_eq!(studio.leftovers(), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_larger_than_allowed_is_no_result() {
    let studio = Studio::with_config(|config| config.limits.output_bytes_max = 20_000);
    let order = long_order(&studio).await;
    let error = studio.media.conform(&order, &Control::default()).await.unwrap_err();
    assert!(matches!(error, MediaError::Killed { .. } | MediaError::Failed { .. }), "{error}");
    assert_eq!(studio.leftovers(), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_removes_what_the_dead_left_and_nothing_of_the_living() {
    let studio = Studio::new();
    let scratch = studio.path("scratch");
    let dead = scratch.join("run-999999-0");
    fs::create_dir_all(dead.join("0")).unwrap();
    fs::write(dead.join("0/output.mp4"), b"half").unwrap();
    fs::write(scratch.join("run-999999-0.lock"), b"").unwrap();
    let neighbour = Media::new(MediaConfig::below(studio.dir.path())).unwrap();
    let before = fs::read_dir(&scratch).unwrap().count();

    let removed = studio.media.sweep_scratch().await.unwrap();

    assert_eq!(removed, 1);
    assert!(!dead.exists());
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), before - 2, "the neighbour's directory stays");
    drop(neighbour);
}

#[tokio::test]
async fn a_missing_tool_is_named_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let config = MediaConfig { ffprobe: "/no/such/ffprobe".into(), ..MediaConfig::below(dir.path()) };
    let error = Media::new(config).unwrap_err();
    assert_eq!(error.code(), "media.tool_missing");
    assert!(error.to_string().contains("/no/such/ffprobe"));
}

/// Not a test of its own: the process that the next test kills. Its directory is the working directory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by another test, in a process of its own"]
async fn a_server_in_the_middle_of_work() {
    let root = std::env::current_dir().unwrap();
    let media = Media::new(MediaConfig::below(&root)).unwrap();
    let studio = Studio { media, dir: tempfile::tempdir_in(&root).unwrap() };
    let order = long_order(&studio).await;
    let _ = studio.media.conform(&order, &Control::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_with_kill_9_takes_its_programs_along_and_its_files_are_swept() {
    let studio = Studio::new();
    clip(&ClipSpec { frames: 300, size: (1280, 720), ..ClipSpec::default() }, "mp4");
    #[expect(clippy::disallowed_methods, reason = "the server to be killed must be a process of its own")]
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "cancel::a_server_in_the_middle_of_work"]);
    let mut server = command.current_dir(studio.dir.path()).kill_on_drop(true).spawn().unwrap();
    let encoding = || studio.leftovers().iter().any(|path| path.ends_with("video.mp4"));
    wait_until(encoding).await;

    server.kill().await.unwrap();

    wait_until(|| processes_of(&studio).is_empty()).await;
    assert!(!studio.leftovers().is_empty());
    let removed = studio.media.sweep_scratch().await.unwrap();
    assert_eq!((removed, studio.leftovers()), (2, Vec::new()));
}

/// Watches something outside this process, which cannot notify us.
async fn wait_until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never happened");
        looks.tick().await;
    }
}
