use super::*;

fn load(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Config::load(None, environment, &[])
}

fn refusal(environment: &[(&str, &str)]) -> String {
    load(environment).expect_err("the setting is wrong").to_string()
}

#[test]
fn the_default_file_is_a_complete_configuration() {
    let config = load(&[]).expect("defaults load");

    assert_eq!(config.server.port, 3000);
    assert_eq!(config.database_url(), "sqlite://./data/lumiku.db");
}

#[test]
fn our_own_variable_wins_over_the_conventional_one_and_a_flag_over_both() {
    let environment = [("PORT", "8000"), ("LUMIKU_SERVER__PORT", "8001")];
    assert_eq!(load(&environment).expect("loads").server.port, 8001);

    let environment = environment.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let config = Config::load(None, environment, &[("server.port", "8002".into())]).expect("loads");
    assert_eq!(config.server.port, 8002);
}

#[test]
fn a_wrong_value_names_its_key_and_what_is_allowed() {
    let port = refusal(&[("PORT", "abc")]);
    assert_eq!(port, "server.port: expected a whole number from 0 to 65535, got string \"abc\"");
    let registration = refusal(&[("LUMIKU_SERVER__REGISTRATION", "maybe")]);
    assert_eq!(registration, "server.registration: expected \"open\" or \"closed\", got \"maybe\"");

    let environment = refusal(&[("LUMIKU_ENVIRONMENT", "prod")]);
    assert!(environment.contains("environment") && environment.contains("production"), "{environment}");

    let unknown = refusal(&[("LUMIKU_SERVER__PROT", "1")]);
    assert!(unknown.contains("prot") && unknown.contains("port"), "{unknown}");

    assert!(refusal(&[("DATABASE_URL", "mysql://x")]).contains("database.url"));
    assert!(refusal(&[("LUMIKU_JOBS__HEARTBEAT_S", "20")]).contains("jobs.heartbeat_s"));
}

#[test]
fn a_secret_is_read_from_the_file_its_variable_names() {
    let file = std::env::temp_dir().join(format!("lumiku-config-test-{}", std::process::id()));
    std::fs::write(&file, "postgres://u:p@h/db\n").expect("writes");

    let config = load(&[("DATABASE_URL_FILE", &file.display().to_string())]).expect("loads");

    std::fs::remove_file(&file).expect("removes");
    assert_eq!(config.database.url, "postgres://u:p@h/db");
    assert!(refusal(&[("REDIS_URL_FILE", "/nowhere")]).contains("/nowhere"));
}

#[test]
fn printing_the_settings_shows_no_password() {
    let config = load(&[("DATABASE_URL", "postgres://rina:s3cret@db.example/lumiku")]).expect("loads");

    let printed = config.redacted();

    assert!(
        printed.contains("postgres://rina:***@db.example/lumiku") && !printed.contains("s3cret"),
        "{printed}"
    );
}
