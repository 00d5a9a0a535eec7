//! The collector as a program of its own, for a larger installation.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use mqtt_config::settings::{Account, Clock, load_installation};
use tokio_util::sync::CancellationToken;

/// Thu thập sự kiện của một cơ sở: MQTT → nhật ký → bảng trực tiếp.
///
/// Collects the events of an installation: MQTT, journal, live boards.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The installation's configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nowhere to tell it when stderr is closed.
            drop(error.print());
            return if error.use_stderr() { ExitCode::from(64) } else { ExitCode::SUCCESS };
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("MOTCUA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A log that cannot be written (a full disk) must not end the program.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.log_internal_errors(false).init();
    let runtime = match load_installation(&args.config) {
        Ok(installation) => installation.runtime(Account::Collector, Clock::Wall),
        Err(mistakes) => {
            tracing::error!("The configuration cannot be used:\n{mistakes}");
            return ExitCode::from(64);
        }
    };
    match work(runtime) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "The collector has ended.");
            let configuration =
                error.downcast_ref::<collector::Error>().is_some_and(collector::Error::is_configuration);
            if configuration { ExitCode::from(64) } else { ExitCode::FAILURE }
        }
    }
}

fn work(runtime: mqtt_config::settings::Runtime) -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stop = CancellationToken::new();
    tokio.spawn(stop_on_signal(stop.clone()));
    tokio.block_on(collector::run(runtime, stop, |ready| {
        // Whoever started us may have stopped listening.
        drop(writeln!(std::io::stdout(), r#"{{"ready":true,"sites":{}}}"#, ready.sites));
    }))?;
    Ok(())
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    stop.cancel();
}
