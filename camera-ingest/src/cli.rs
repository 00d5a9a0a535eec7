//! The command line: what there is to ask for.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use camera_ingest::run::{self, Place, Ready};
use camera_ingest::{analyse, probe, snapshot, worker, zones};
use mqtt_config::settings::{CameraRuntime, load_installation};
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio_util::sync::CancellationToken;

use crate::check_config;
use crate::logging::{self, Voice};

/// Bad configuration or arguments (`EX_USAGE` of sysexits.h).
pub const BAD_INPUT: u8 = 64;

/// Xem camera của trung tâm và cho biết từng vùng đông đến đâu; không hình nào rời khỏi máy này.
///
/// Looks at a centre's cameras and says how full their zones are; no picture leaves this machine.
/// Without a command: watches all cameras of an installation. Logs go to stderr; MOTCUA_LOG chooses
/// what is told (info, warn, camera_ingest=debug). Exit codes: 0, 1 (failed), 64 (bad configuration
/// or arguments).
#[derive(Debug, clap::Parser)]
#[command(name = "camera-ingest", version, propagate_version = true)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Cli {
    /// Tệp cấu hình của cơ sở. / The installation's configuration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// What a supervisor wrote.
    #[arg(long, value_name = "FILE", hide = true, conflicts_with = "config")]
    runtime: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Probe(probe::Options),
    Snapshot(snapshot::Options),
    Zones(zones::Options),
    Analyse(analyse::Options),
    CheckConfig(check_config::Options),
    /// Looks at one camera; only a parent starts this.
    #[command(hide = true)]
    Worker,
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// What could not be done.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let command = match (self.command, self.config, self.runtime) {
            (Some(command), ..) => command,
            (None, Some(file), _) => return watch(&file, of_installation),
            (None, None, Some(file)) => return watch(&file, of_supervisor),
            // clap has shown the help.
            (None, None, None) => return Ok(ExitCode::from(BAD_INPUT)),
        };
        if let Command::Worker = command {
            return follow_parent().map(|()| worker::main());
        }
        logging::init(Voice::Person);
        match command {
            Command::Probe(options) => probe::run(&options),
            Command::Snapshot(options) => snapshot::run(&options),
            Command::Zones(options) => zones::run(&options),
            Command::Analyse(options) => analyse::run(&options),
            Command::CheckConfig(options) => check_config::run(&options),
            Command::Worker => Ok(ExitCode::SUCCESS),
        }
    }
}

/// A worker ends when its stdin does; should it hang so badly that it cannot, the kernel kills it
/// with its parent's main thread.
fn follow_parent() -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot follow the parent")
}

fn of_installation(file: &Path) -> Result<CameraRuntime, String> {
    let installation = load_installation(file).map_err(|mistakes| mistakes.to_string())?;
    Ok(installation.camera_runtime())
}

fn of_supervisor(file: &Path) -> Result<CameraRuntime, String> {
    CameraRuntime::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Watches all cameras until SIGINT or SIGTERM.
fn watch(file: &Path, read: impl FnOnce(&Path) -> Result<CameraRuntime, String>) -> anyhow::Result<ExitCode> {
    logging::init(Voice::Service);
    let runtime = match read(file) {
        Ok(runtime) => runtime,
        Err(mistakes) => {
            tracing::error!("The configuration cannot be used:\n{mistakes}");
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let place = Place { runtime, worker: vec![program.into(), "worker".into()] };
    // One thread, the main one: it does little, and the workers' lives are tied to it.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    match tokio.block_on(until_stopped(place)) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.is::<run::Error>() => {
            tracing::error!("{error}");
            Ok(ExitCode::from(BAD_INPUT))
        }
        Err(error) => Err(error),
    }
}

async fn until_stopped(place: Place) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = CancellationToken::new();
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
        ended = run::run(place, stop.clone(), tell) => Ok(ended?),
        () = asked => Ok(()),
    }
}

/// Tells whoever started us. One that is gone does not want to know.
fn tell(ready: Ready) {
    let mut stdout = std::io::stdout();
    let told = writeln!(stdout, r#"{{"ready":true,"cameras":{}}}"#, ready.cameras).and_then(|()| stdout.flush());
    if let Err(error) = told {
        tracing::debug!(%error, "Nobody hears that the cameras are watched.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    fn parsed(words: &[&str]) -> Result<Cli, clap::error::ErrorKind> {
        Cli::try_parse_from(["camera-ingest"].iter().chain(words)).map_err(|error| error.kind())
    }

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_thing_at_a_time() {
        use clap::error::ErrorKind;
        assert!(parsed(&["--config", "a.toml"]).is_ok() && parsed(&["--runtime", "a.json"]).is_ok());
        assert!(parsed(&["worker"]).is_ok() && parsed(&["check-config", "a.toml"]).is_ok());
        assert_eq!(parsed(&["--config", "a", "--runtime", "b"]).unwrap_err(), ErrorKind::ArgumentConflict);
        assert_eq!(parsed(&[]).unwrap_err(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
        assert!(parsed(&["--config", "a", "worker"]).is_err());
    }

    #[test]
    fn help_is_vietnamese_first_and_hides_what_is_not_for_people() {
        let help = Cli::command().render_long_help().to_string();
        assert!(help.starts_with("Xem camera của trung tâm"), "{help}");
        for word in ["probe", "snapshot", "analyse", "check-config", "--config"] {
            assert!(help.contains(word), "{word}: {help}");
        }
        assert!(!help.contains("runtime") && !help.contains("worker"), "{help}");
        for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_ascii(), "{}: {about}", command.get_name());
        }
    }
}
