//! What the operator sets, and what they are told when it cannot be.

use crate::home::Home;

#[tokio::test]
async fn the_default_file_is_printed_and_is_the_configuration_in_force() {
    let home = Home::sqlite();
    let default = home.run(&["config", "--default"]).succeeded();
    assert!(default.contains("# Room for one user's uploads"), "with its comments: {default}");
    let file = home.path("lumiku.toml");
    std::fs::write(&file, default).expect("the file is written");

    let printed = home.run(&["--config", file.to_str().expect("a path"), "config"]).succeeded();

    assert_eq!(printed, home.run(&["config"]).succeeded());
    assert!(printed.contains("port = 3000"), "{printed}");
}

#[tokio::test]
async fn printed_settings_hide_the_passwords_in_urls() {
    let home = Home::sqlite().with("DATABASE_URL", "postgres://rina:s3cret@db.example/lumiku");
    let home = home.with("REDIS_URL", "redis://:hunter2@cache.example:6379");

    let printed = home.run(&["config"]).succeeded();

    assert!(!printed.contains("s3cret") && !printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("postgres://rina:***@db.example/lumiku"), "{printed}");
}

#[tokio::test]
async fn a_wrong_setting_is_named_with_what_is_allowed() {
    let told = |name: &str, value: &str| Home::sqlite().with(name, value).run(&["config"]).failed();
    let cases = [
        ("LUMIKU_SERVER__PORT", "many", "server.port: expected a whole number from 0 to 65535"),
        ("LUMIKU_SERVER__REGISTRATION", "maybe", "server.registration: expected \"open\" or \"closed\""),
        ("LUMIKU_CREDITS__BILLING", "perhaps", "credits.billing: expected true or false"),
        ("LUMIKU_SERVER__PROT", "1", "server.prot: there is no such setting; those here are host, port"),
        ("LUMIKU_JOBS__LEASE_S", "0", "jobs.lease_s: expected a whole number from 1, got 0"),
        ("DATABASE_URL", "mysql://x", "database.url: expected postgres://"),
        ("DATABASE_URL_FILE", "/nowhere", "cannot read /nowhere, named by DATABASE_URL_FILE"),
        ("LUMIKU_CONFIG", "/nowhere.toml", "cannot read the configuration file /nowhere.toml"),
    ];
    for (name, value, expected) in cases {
        let told = told(name, value);
        assert!(told.starts_with("lumiku: ") && told.contains(expected), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_log_filter_that_cannot_be_read_keeps_the_server_from_starting() {
    let told = Home::sqlite().with("LUMIKU_LOG__LEVEL", "==").run(&["serve", "--port", "0"]).failed();

    assert!(told.contains("log.level"), "{told}");
}

#[tokio::test]
async fn a_secret_is_read_from_a_file() {
    let home = Home::sqlite();
    let file = home.path("url");
    std::fs::write(&file, "postgres://rina:s3cret@db.example/lumiku\n").expect("the file is written");
    let home = home.with("DATABASE_URL_FILE", file.to_str().expect("a path"));

    assert!(home.run(&["config"]).succeeded().contains("postgres://rina:***@db.example/lumiku"));
}
