//! `tui`: the supervisor's terminal.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tui::options::{Environment, Options};
use tui::run::{Failure, run};

/// Bad configuration or arguments (`EX_USAGE` of sysexits.h).
const BAD_INPUT: u8 = 64;

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            // Where stdout or stderr is gone there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(BAD_INPUT) } else { ExitCode::SUCCESS };
        }
    };
    start(&options).unwrap_or_else(|error| {
        // The same.
        let _ = writeln!(std::io::stderr(), "tui: {error:#}");
        let bad_input = error.downcast_ref().is_some_and(Failure::is_bad_input);
        if bad_input { ExitCode::from(BAD_INPUT) } else { ExitCode::FAILURE }
    })
}

fn start(options: &Options) -> anyhow::Result<ExitCode> {
    let variable = |name: &str| std::env::var_os(name);
    let environment =
        Environment { no_color: variable("NO_COLOR"), colorterm: variable("COLORTERM"), term: variable("TERM") };
    let config = options.config(&environment).map_err(Failure::from)?;
    // One thread is enough for ten frames a second.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
    let text = runtime.block_on(run(options, config));
    // What still asks the server in a thread of its own is not waited for.
    runtime.shutdown_background();
    if let Some(text) = text? {
        std::io::stdout().write_all(text.as_bytes()).context("standard output")?;
    }
    Ok(ExitCode::SUCCESS)
}
