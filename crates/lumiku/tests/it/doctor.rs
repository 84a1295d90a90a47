//! `lumiku doctor`: its exit code and its remedies.

use crate::home::Home;

#[tokio::test]
async fn a_machine_with_everything_is_healthy_from_the_first_look() {
    let home = Home::sqlite();

    let told = home.run(&["doctor"]).succeeded();

    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), 4, "{told}");
}

#[tokio::test]
async fn a_machine_without_ffmpeg_is_told_how_to_get_it() {
    let home = Home::sqlite().with("LUMIKU_MEDIA__FFMPEG", "/nowhere");

    let told = home.run(&["doctor"]);

    assert_eq!(told.status.code(), Some(1));
    assert!(
        told.stdout.contains("FAULT ffmpeg") && told.stdout.contains("apt-get install ffmpeg"),
        "{}",
        told.stdout
    );
    let refused = home.run(&["serve", "--port", "0"]).failed();
    assert!(refused.contains("lumiku doctor"), "{refused}");
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let home = Home::sqlite().with("DATABASE_URL", "postgres://rina:s3cret@127.0.0.1:1/lumiku");
    let home = home.with("LUMIKU_DATABASE__ACQUIRE_TIMEOUT_S", "1");

    let told = home.run(&["doctor"]);

    assert_eq!(told.status.code(), Some(1));
    assert!(told.stdout.contains("FAULT database") && told.stdout.contains("127.0.0.1:1"), "{}", told.stdout);
    assert!(told.stdout.contains("refused") && !told.stdout.contains("s3cret"), "{}", told.stdout);
}
