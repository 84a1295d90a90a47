//! The `lumiku` program: the command line, the one list of apps, and the wiring of everything else.

mod apps;
mod cli;
mod commands;
mod housekeeping;
mod serve;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

/// One sentence to the operator; the chain tells the cause.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("lumiku: {error:#}");
    ExitCode::FAILURE
}
