//! The commands: one file each. A file reads its arguments, calls a library and tells the outcome.

mod replay;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

/// motcua: số thứ tự, quầy, mức độ hài lòng của Bộ phận Một cửa, theo thời gian thực.
///
/// Queues, counters and ratings of one-stop public service centres, live.
#[derive(Debug, clap::Parser)]
#[command(name = "motcua", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Replay(replay::Args),
}

impl Cli {
    /// Runs the command that was asked for.
    ///
    /// # Errors
    /// What the command could not do.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Replay(args) => replay::run(args),
        }
    }
}

/// Prints one line on stdout.
fn say(line: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("cannot write to stdout")
}
