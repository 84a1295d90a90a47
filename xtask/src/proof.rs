//! Benchmarks and proofs share one contract: the last line of standard output is one JSON object
//! `{"name", "value", "target", "pass", ...}`. The exit code is 0 when it passed, 1 when it did
//! not, 77 when something it needs is missing here, which counts as not proven. The measurements are
//! a crate of their own, `bench`, which uses this module.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a run found out.
#[derive(Debug)]
pub enum Finding {
    Measured(Measurement),
    /// What is missing, as a sentence.
    CannotRun(String),
}

/// A figure beside what it has to be.
#[derive(Debug)]
pub struct Measurement {
    pub value: Value,
    /// In words, for example `>= 12`.
    pub target: String,
    pub pass: bool,
    /// More members of the JSON line, such as the engine or the core count.
    pub details: Map<String, Value>,
}

/// The arguments after the name are the proof's own.
pub type Proof = fn(&[String]) -> Result<Finding>;

/// `cargo xtask prove NAME`.
pub const PROOFS: &[(&str, Proof)] = &[];

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    value: Value,
    target: String,
    pass: bool,
    #[serde(flatten)]
    details: Map<String, Value>,
}

/// Runs the proof called `name` and prints its line.
pub fn run(known: &[(&str, Proof)], name: &str, arguments: &[String]) -> Result<ExitCode> {
    let Some((_, proof)) = known.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        bail!("there is no `{name}`; there are: {}", names.join(", "));
    };
    let (line, code) = line(name, proof(arguments)?);
    println!("{line}");
    Ok(ExitCode::from(code))
}

fn line(name: &str, finding: Finding) -> (String, u8) {
    let (measurement, code) = match finding {
        Finding::Measured(measurement) => {
            let code = u8::from(!measurement.pass);
            (measurement, code)
        }
        Finding::CannotRun(reason) => {
            let details = Map::from_iter([("cannot_run".to_owned(), Value::String(reason))]);
            (Measurement { value: Value::Null, target: String::new(), pass: false, details }, 77)
        }
    };
    let Measurement { value, target, pass, details } = measurement;
    let line = Line { name, value, target, pass, details };
    (serde_json::to_string(&line).unwrap_or_default(), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(pass: bool) -> Finding {
        let details = Map::from_iter([("unit".to_owned(), "x".into())]);
        Finding::Measured(Measurement { value: 12.5.into(), target: ">= 12".into(), pass, details })
    }

    #[test]
    fn the_line_and_the_exit_code_say_the_same() {
        let passed = r#"{"name":"mixer","value":12.5,"target":">= 12","pass":true,"unit":"x"}"#;

        assert_eq!(line("mixer", measured(true)), (passed.to_owned(), 0));
        assert_eq!(line("mixer", measured(false)).1, 1);
    }

    #[test]
    fn what_cannot_run_here_is_not_proven() {
        let (line, code) = line("redis", Finding::CannotRun("redis-server is missing".into()));

        assert_eq!(code, 77);
        assert!(line.contains(r#""pass":false"#) && line.contains("redis-server is missing"), "{line}");
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(run(PROOFS, "no-such-bench", &[]).is_err());
    }
}
