//! Measures the product against its promises; `script/bench NAME` runs one measurement. A crate of
//! its own, so that `cargo xtask tidy` does not wait for the whole product to compile. The contract
//! of the last line is `xtask::proof`'s.

mod cpu;
mod ledger;
mod mixer;
mod spread;

use std::process::ExitCode;

use clap::Parser;
use xtask::proof::{self, Proof};

const BENCHES: &[(&str, Proof)] = &[("ledger", ledger::run), ("mixer", mixer::run)];

/// Measures something against its target and ends with one JSON line.
#[derive(Debug, Parser)]
// `--help` belongs to the measurement that is named.
#[command(name = "script/bench", disable_help_flag = true)]
struct Command {
    /// `ledger` or `mixer`.
    name: String,
    /// The measurement's own options; `--help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let Command { name, arguments } = Command::parse();
    proof::run(BENCHES, &name, &arguments).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
