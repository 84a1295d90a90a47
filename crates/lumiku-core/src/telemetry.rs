//! Logs: JSON lines in production, readable ones in development. Secrets are kept out at the
//! source (`secrecy` types, header marking); this module only chooses format and filter.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, ConfigError, LogFormat};

/// Starts logging for this process. Call once, from the binary.
pub fn init(config: &Config) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&config.log.level)
        .map_err(|error| ConfigError::Value(format!("log.level: {error}; try \"info\"")))?
        // Per-statement logs of the database driver drown everything else.
        .add_directive("sqlx=warn".parse().unwrap_or_default());
    let json = match config.log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::ByEnvironment => config.is_production(),
    };
    let base = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        base.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        base.compact().with_target(false).try_init()
    };
    started.map_err(|error| ConfigError::Value(format!("logging cannot start: {error}")))
}
