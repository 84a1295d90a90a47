//! Settings: the commented default file compiled in, then the operator's file, then the
//! environment, then flags. A wrong value names its key, where it came from and what is allowed.

use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// The default file: documentation and defaults are one text.
pub const DEFAULT: &str = include_str!("default.toml");

/// A setting that cannot be used, told so that the operator can mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Value(String),
    #[error("cannot read {path}, named by {variable}: {reason}")]
    SecretFile { variable: String, path: String, reason: String },
    #[error("cannot read the configuration file {path}: {reason}")]
    File { path: String, reason: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Development,
    Production,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Pretty,
    Json,
    #[serde(rename = "")]
    ByEnvironment,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub environment: Environment,
    pub data_dir: PathBuf,
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub redis: RedisConfig,
    pub jobs: JobsConfig,
    pub storage: StorageConfig,
    pub media: MediaConfig,
    pub credits: CreditsConfig,
    pub accounts: AccountsConfig,
    pub log: LogConfig,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    pub host: String,
    pub port: u16,
    pub public_url: String,
    pub trusted_proxies: u8,
    pub registration: Registration,
    pub cors_origins: String,
    pub drain_s: u64,
    pub shutdown_grace_s: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    pub url: String,
    pub max_connections: u32,
    pub acquire_timeout_s: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsConfig {
    pub workers: usize,
    pub lease_s: u64,
    pub heartbeat_s: u64,
    pub sweep_s: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    pub quota_bytes: i64,
    pub upload_bytes_max: i64,
    pub upload_part_bytes_max: i64,
    pub upload_expires_h: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaConfig {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    pub duration_s_max: u64,
    pub cache_bytes_max: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditsConfig {
    pub billing: bool,
    pub welcome: i64,
    pub rupiah_per_credit: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    pub session_idle_days: i64,
    pub session_absolute_days: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub level: String,
    pub format: LogFormat,
}

/// Variables other programs use too, and the keys they set.
const CONVENTIONAL: &[(&str, &str)] = &[
    ("HOST", "server.host"),
    ("PORT", "server.port"),
    ("PUBLIC_URL", "server.public_url"),
    ("CORS_ORIGIN", "server.cors_origins"),
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
];

impl Config {
    /// Reads the settings. `environment` is the process environment, handed in because only the
    /// binary reads it; `flags` are `key.path` and value pairs from the command line.
    pub fn load(
        file: Option<PathBuf>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULT));
        if let Some(path) = file {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| ConfigError::File { path: path.display().to_string(), reason: e.to_string() })?;
            let parsed = text.parse::<toml::Table>();
            parsed
                .map_err(|e| ConfigError::File { path: path.display().to_string(), reason: e.to_string() })?;
            figment = figment.merge(Toml::string(&text));
        }
        for (key, value) in environment_settings(environment)? {
            let value = as_setting(&figment, &key, &value);
            figment = figment.merge(Serialized::default(&key, value));
        }
        for (key, value) in flags {
            let value = as_setting(&figment, key, value);
            figment = figment.merge(Serialized::default(key, value));
        }
        let config: Self = figment.extract().map_err(|error| ConfigError::Value(describe(&error)))?;
        config.check()?;
        Ok(config)
    }

    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// The database URL, with the embedded SQLite file when none is set.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            crate::Db::sqlite_url(&self.data_dir.join("lumiku.db"))
        } else {
            self.database.url.clone()
        }
    }

    /// The settings in force as TOML, with passwords in URLs replaced.
    pub fn redacted(&self) -> String {
        let mut shown = self.clone();
        for url in [&mut shown.database.url, &mut shown.redis.url] {
            *url = without_password(url);
        }
        toml::to_string_pretty(&shown).unwrap_or_default()
    }

    fn check(&self) -> Result<(), ConfigError> {
        let url = &self.database.url;
        if !(url.is_empty() || url.starts_with("sqlite:") || url.starts_with("postgres")) {
            return Err(ConfigError::Value(
                "database.url: expected postgres://user:password@host/name, sqlite://path or nothing for SQLite in data_dir".into(),
            ));
        }
        if !(self.redis.url.is_empty() || self.redis.url.starts_with("redis")) {
            return Err(ConfigError::Value("redis.url: expected redis://host:6379, or nothing".into()));
        }
        let at_least_one = [
            ("database.max_connections", i64::from(self.database.max_connections)),
            ("jobs.lease_s", self.jobs.lease_s as i64),
            ("jobs.heartbeat_s", self.jobs.heartbeat_s as i64),
            ("jobs.sweep_s", self.jobs.sweep_s as i64),
            ("storage.quota_bytes", self.storage.quota_bytes),
            ("storage.upload_bytes_max", self.storage.upload_bytes_max),
            ("storage.upload_part_bytes_max", self.storage.upload_part_bytes_max),
        ];
        for (key, value) in at_least_one {
            if value < 1 {
                return Err(ConfigError::Value(format!(
                    "{key}: expected a whole number from 1, got {value}"
                )));
            }
        }
        if self.jobs.heartbeat_s * 2 > self.jobs.lease_s {
            return Err(ConfigError::Value(
                "jobs.heartbeat_s: must be at most half of jobs.lease_s, or a healthy job is taken for dead"
                    .into(),
            ));
        }
        Ok(())
    }
}

/// `scheme://user:password@host` without the password.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        None => url.to_owned(),
    }
}

/// `LUMIKU_SECTION__KEY` and the conventional names, with `*_FILE` variants read.
fn environment_settings(
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut settings = Vec::new();
    for (name, value) in environment {
        let (base, value) = match name.strip_suffix("_FILE") {
            Some(base) if key_of(base).is_some() => {
                let text = std::fs::read_to_string(&value).map_err(|e| ConfigError::SecretFile {
                    variable: name.clone(),
                    path: value.clone(),
                    reason: e.to_string(),
                })?;
                (base.to_owned(), text.trim_end_matches(['\n', '\r']).to_owned())
            }
            _ => (name, value),
        };
        if let Some(key) = key_of(&base) {
            settings.push((key, value));
        }
    }
    // Our own names come last and win over the conventional ones; the order is otherwise fixed.
    settings.sort();
    Ok(settings)
}

fn key_of(variable: &str) -> Option<String> {
    if let Some((_, key)) = CONVENTIONAL.iter().find(|(name, _)| *name == variable) {
        return Some((*key).to_owned());
    }
    let rest = variable.strip_prefix("LUMIKU_")?;
    // LUMIKU_CONFIG names the file and is no setting itself.
    (rest != "CONFIG").then(|| rest.to_lowercase().replace("__", "."))
}

/// Text from the environment in the type its key has in the default file.
fn as_setting(figment: &Figment, key: &str, text: &str) -> figment::value::Value {
    use figment::value::Value;
    match figment.find_value(key) {
        Ok(Value::Bool(..)) => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        Ok(Value::Num(..)) => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

/// Every fault as `key: what is wrong and what is allowed`.
fn describe(error: &figment::Error) -> String {
    let faults = error.clone().into_iter().map(|fault| {
        let key = fault.path.join(".");
        let told = sentence(&fault.kind);
        if key.is_empty() { told } else { format!("{key}: {told}") }
    });
    faults.collect::<Vec<_>>().join("; ")
}

fn sentence(kind: &figment::error::Kind) -> String {
    use figment::error::Kind;
    let quoted =
        |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" or ");
    match kind {
        Kind::InvalidType(got, expected) | Kind::InvalidValue(got, expected) => {
            format!("expected {}, got {got}", in_words(expected))
        }
        Kind::UnknownVariant(got, allowed) => format!("expected {}, got \"{got}\"", quoted(allowed)),
        Kind::UnknownField(_, known) => {
            format!("there is no such setting; those here are {}", known.join(", "))
        }
        other => other.to_string(),
    }
}

/// Rust's names for numbers mean nothing to an operator.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" | "u64" | "usize" => "a whole number from 0".into(),
        "i64" => "a whole number".into(),
        "a boolean" => "true or false".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
