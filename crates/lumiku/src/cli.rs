//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Lumiku, a creative studio on your own machine.
#[derive(Debug, Parser)]
#[command(name = "lumiku", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// A configuration file; `lumiku config` prints all settings with their defaults.
    #[arg(long, global = true, env = "LUMIKU_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where the database, uploads and results live.
    #[arg(long, global = true)]
    pub data_dir: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server, with workers in the same process.
    Serve(ServeArgs),
    /// Run workers alone, beside servers that share the database.
    Work(WorkArgs),
    /// Bring the database's schema up to date, look at it, or take the last step back.
    Migrate {
        #[command(subcommand)]
        step: MigrateStep,
    },
    /// Make and change accounts.
    User {
        #[command(subcommand)]
        action: UserAction,
    },
    /// Give credits, or check that every credit is accounted for.
    Credits {
        #[command(subcommand)]
        action: CreditsAction,
    },
    /// Check what this machine needs to run Lumiku, with a remedy for each fault.
    Doctor,
    /// Print the OpenAPI document.
    Openapi,
    /// Print the settings in force, or the commented defaults.
    Config {
        /// The default file with its comments, to start your own from.
        #[arg(long)]
        default: bool,
    },
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[arg(long)]
    pub host: Option<String>,
    /// 0 picks a free port and prints it.
    #[arg(long)]
    pub port: Option<u16>,
    /// Jobs run at once by this process; one per core when absent.
    #[arg(long, conflicts_with = "no_workers")]
    pub workers: Option<usize>,
    /// Serve requests only; run `lumiku work` elsewhere.
    #[arg(long)]
    pub no_workers: bool,
}

#[derive(Debug, Args)]
pub struct WorkArgs {
    /// Jobs run at once by this process; one per core when absent.
    #[arg(long)]
    pub workers: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum MigrateStep {
    /// Apply what is pending.
    Up,
    /// List migrations and which are applied.
    Status,
    /// Take back the newest applied migration.
    Rollback,
}

#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Make an account; the password is read from standard input.
    Create {
        email: String,
        #[arg(long)]
        admin: bool,
        /// Required, so that no password ever stands on a command line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Make an existing account an administrator's.
    Promote { email: String },
    /// Set a new password, read from standard input, and sign the account out everywhere.
    ResetPassword {
        email: String,
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum CreditsAction {
    /// Give credits to an account.
    Grant {
        email: String,
        #[arg(value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
        credits: i64,
        /// Shown in the account's history.
        #[arg(long, default_value = "Granted by an administrator")]
        reason: String,
    },
    /// Check the books: every balance against its entries, every hold against its resolution.
    Verify,
}
