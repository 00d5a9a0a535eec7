//! `camera-ingest`: reads the command line, does what was asked for, tells what went wrong in one
//! sentence. Exit codes: 0, 1 (failed), 64 (bad configuration or arguments).

mod check_config;
mod cli;
mod logging;

use std::io::Write;
use std::process::ExitCode;

use camera_ingest::probe::hide_password;
use clap::Parser;

use cli::{BAD_INPUT, Cli};

fn main() -> ExitCode {
    if let Err(error) = hide_password() {
        return tell(&error);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where stdout or stderr is gone there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(BAD_INPUT) } else { ExitCode::SUCCESS };
        }
    };
    cli.run().unwrap_or_else(|error| tell(&error))
}

fn tell(error: &anyhow::Error) -> ExitCode {
    // The same.
    let _ = writeln!(std::io::stderr(), "camera-ingest: {error:#}");
    ExitCode::FAILURE
}
