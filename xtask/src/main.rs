use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use xtask::{generate, proof, root, tidy};

/// Automation of the Lumiku repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Command {
    /// Checks the rules of the house that no compiler knows.
    Tidy {
        /// The built `lumiku` program: also checks that the generated files are what it says.
        #[arg(long)]
        binary: Option<PathBuf>,
    },
    /// Writes the OpenAPI document and the web client's types.
    Gen,
    /// Proves a promise.
    Prove(Proof),
}

#[derive(Debug, clap::Args)]
struct Proof {
    name: String,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Tidy { binary } => tidy::run(&root(), binary.as_deref()),
        Command::Gen => generate::run(&root()).map(|()| ExitCode::SUCCESS),
        Command::Prove(proof) => proof::run(proof::PROOFS, &proof.name, &proof.arguments),
    };
    result.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
