//! The `dashboard` program of a larger installation: `dashboard --config FILE`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use dashboard::Ready;
use mqtt_config::settings::{Account, Clock, load_installation};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Bad configuration or arguments (`EX_USAGE` of sysexits.h).
const BAD_INPUT: u8 = 64;

/// Serves the boards of an installation: API and WebSockets.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The installation's configuration file.
    #[arg(long, value_name = "FILE", env = "MOTCUA_CONFIG")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where stdout or stderr is gone there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(BAD_INPUT) } else { ExitCode::SUCCESS };
        }
    };
    let filter = EnvFilter::try_from_env("MOTCUA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let ansi = std::io::stderr().is_terminal();
    // A log that cannot be written (a full disk) must not end the program.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    log.log_internal_errors(false).init();
    run(&cli).unwrap_or_else(|error| {
        // The same.
        let _ = writeln!(std::io::stderr(), "dashboard: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let installation = match load_installation(&cli.config) {
        Ok(installation) => installation,
        Err(mistakes) => {
            writeln!(std::io::stderr(), "{mistakes}")?;
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    let runtime = installation.runtime(Account::Dashboard, Clock::Wall);
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let ended = threads.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signal(&stop)?;
        anyhow::Ok(dashboard::run(runtime, stop, tell_ready).await)
    })?;
    match ended {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.is_configuration() => {
            writeln!(std::io::stderr(), "dashboard: {error}")?;
            Ok(ExitCode::from(BAD_INPUT))
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends the program in good order on SIGTERM and SIGINT.
fn stop_on_signal(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let stop = stop.clone();
    // Lives as long as the runtime, which ends with the program.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

/// The one line on stdout.
fn tell_ready(ready: Ready) {
    // Nobody reads it: then nobody waits for it.
    let _ = writeln!(std::io::stdout(), r#"{{"ready":true,"http":"{}"}}"#, ready.url());
}
