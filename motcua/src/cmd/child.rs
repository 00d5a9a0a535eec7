//! What `serve` executes itself as. Hidden: only a supervisor starts these.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use mqtt_config::settings::Runtime;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::say;
use crate::backup::{self, Order, Progress};
use crate::demo;
use crate::exit::BadInput;
use crate::logging;
use crate::supervisor::{ReadyLine, shim};

/// A program of ours under a supervisor.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to run with, as the supervisor wrote it.
    #[arg(long, value_name = "FILE")]
    runtime: PathBuf,
    /// The supervisor's process number.
    #[arg(long, value_name = "PID")]
    supervisor: u32,
}

/// A program that is not motcua, under a supervisor.
#[derive(Debug, clap::Args)]
pub struct ProgramArgs {
    /// The supervisor's process number.
    #[arg(long, value_name = "PID")]
    supervisor: u32,
    /// The program to become, with its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// Becomes the broker. It is asked, not killed, when the supervisor dies, so that it can write down
/// its sessions.
///
/// # Errors
/// When it cannot be started.
pub fn broker(args: &ProgramArgs) -> anyhow::Result<ExitCode> {
    shim::become_program(args.supervisor, Signal::TERM, &args.command).map(|never| match never {})
}

/// Becomes what looks at cameras. Its own children end with it, so the surest signal is the best.
///
/// # Errors
/// When it cannot be started.
pub fn cameras(args: &ProgramArgs) -> anyhow::Result<ExitCode> {
    shim::become_program(args.supervisor, Signal::KILL, &args.command).map(|never| match never {})
}

/// Runs the collector.
///
/// # Errors
/// When its settings cannot be used, or the journal or the dataflow cannot go on.
pub fn collector(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = begin(args)?;
    // One task owns everything that talks; disk and dataflow have threads of their own.
    until_stopped(tokio::runtime::Builder::new_current_thread(), |stop| async {
        let ready = |_| tell(&ReadyLine { ready: true, ..ReadyLine::default() });
        collector::run(runtime, stop, ready).await.map_err(|error| {
            if error.is_configuration() { BadInput::because(error.to_string()).into() } else { error.into() }
        })
    })
}

/// Runs the dashboard.
///
/// # Errors
/// When its settings cannot be used or its address is taken.
pub fn dashboard(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = begin(args)?;
    until_stopped(tokio::runtime::Builder::new_multi_thread(), |stop| async {
        let ready = |ready: dashboard::Ready| tell(&ReadyLine { ready: true, http: Some(ready.http), tls: ready.tls });
        dashboard::run(runtime, stop, ready).await.map_err(|error| {
            if error.is_configuration() { BadInput::because(error.to_string()).into() } else { error.into() }
        })
    })
}

/// Runs the simulated centre.
///
/// # Errors
/// When its settings cannot be used.
pub fn centre(args: &Args) -> anyhow::Result<ExitCode> {
    tie(args)?;
    let settings = demo::Settings::read(&args.runtime)?;
    // A hundred devices that hardly ever speak: one thread is plenty.
    until_stopped(tokio::runtime::Builder::new_current_thread(), |stop| async {
        demo::run(settings, stop, || tell(&ReadyLine { ready: true, ..ReadyLine::default() })).await
    })
}

/// Makes a backup, behind everything else that wants the processor.
///
/// # Errors
/// When it cannot be made; `backups/last.json` says why, too.
pub fn backup(args: &Args) -> anyhow::Result<ExitCode> {
    tie(args)?;
    // Where the system does not let us, the backup competes like any other work.
    let _ = rustix::process::nice(LOWEST);
    let json = std::fs::read(&args.runtime).with_context(|| format!("cannot read {}", args.runtime.display()))?;
    let order: Order = serde_json::from_slice(&json)?;
    let made = backup::make(&order, &mut Progress::default())?;
    tracing::info!(
        file = %made.file.display(), bytes = made.bytes, records = made.manifest.journal.records(),
        seconds = made.seconds, "A backup has been made and verified."
    );
    Ok(ExitCode::SUCCESS)
}

/// Added to the niceness of a backup: the end of the scale.
const LOWEST: i32 = 19;

/// Ties this process to its supervisor and reads its settings. Our own programs lose nothing when
/// they are killed, so the surest signal is the best.
fn begin(args: &Args) -> anyhow::Result<Runtime> {
    tie(args)?;
    read(&args.runtime)
}

fn tie(args: &Args) -> anyhow::Result<()> {
    shim::follow(args.supervisor, Signal::KILL)?;
    logging::init(logging::Voice::Service);
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Runtime> {
    Runtime::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Runs `work`, whose token is cancelled on SIGINT and SIGTERM.
fn until_stopped<F: Future<Output = anyhow::Result<()>>>(
    mut runtime: tokio::runtime::Builder,
    work: impl FnOnce(CancellationToken) -> F,
) -> anyhow::Result<ExitCode> {
    let runtime = runtime.enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let asked = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stop.cancel();
            // From here on only the work itself ends this process.
            std::future::pending().await
        };
        tokio::select! {
            outcome = work(stop.clone()) => outcome,
            () = asked => Ok(()),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the supervisor. One that is gone takes this process with it anyway.
fn tell(ready: &ReadyLine) {
    if let Err(error) = serde_json::to_string(ready).context("a ready line").and_then(|line| say(&line)) {
        tracing::warn!(%error, "The supervisor cannot be told.");
    }
}
