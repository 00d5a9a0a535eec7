//! `motcua serve`: a small supervisor whose children are Mosquitto, the collector and the dashboard.
//!
//! Children are started again with a growing pause whenever they end, and end when the supervisor
//! does, however it ends: in good order on SIGINT and SIGTERM, and by the kernel's hand ([`shim`])
//! when it is killed. All of it runs on one thread, the main one, because the kernel ties a child's
//! life to the thread that started it.
//!
//! - `data_dir`: one supervisor a data directory
//! - `leftover`: a broker that outlived its supervisor
//! - `child`, `keeper`, `backoff`: one child, its restarts, their pauses
//! - `cameras`: what looks at cameras, where there are any
//! - `house`: all of them in their order
//! - `keeping`, `nightly`: backups, before a newer program writes and each night

mod backoff;
mod cameras;
mod child;
mod data_dir;
mod house;
mod keeper;
mod keeping;
mod leftover;
mod mosquitto;
mod nightly;
mod ports;
pub mod shim;

use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::Context;
use mqtt_config::broker::{BrokerFiles, Strangers};
use mqtt_config::settings::{Account, Clock, Installation, Runtime, Sites};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use cameras::program as camera_program;
pub use child::ReadyLine;
pub use data_dir::{DataDir, running};
pub use keeping::Keeping;
pub use mosquitto::find as mosquitto;
pub use ports::from_here;

use crate::demo;

use house::House;

/// What is to be served.
#[derive(Debug)]
pub struct Plan {
    /// The settings, checked.
    pub installation: Installation,
    /// Whose time it is.
    pub clock: Clock,
    /// `--discover`: the time zone of the sites that appear, and everybody may do everything.
    pub discover: Option<String>,
    /// `demo`: the simulated centre, and every caller is a director; its devices have accounts.
    pub simulation: Option<demo::Settings>,
    /// Where the children's logs go; `None`: to stderr, as ours.
    pub log: Option<PathBuf>,
    /// How what is served is kept; `None` for a demonstration, which begins anew each time.
    pub keeping: Option<Keeping>,
}

impl Plan {
    fn strangers(&self) -> Strangers {
        if self.discover.is_some() { Strangers::Welcome } else { Strangers::Refused }
    }

    /// What one of our programs is started with.
    fn runtime(&self, account: Account) -> Runtime {
        let runtime = self.installation.runtime(account, self.clock);
        match &self.discover {
            None => Runtime { open_access: self.simulation.is_some(), ..runtime },
            Some(time_zone) => {
                Runtime { sites: Sites::Discover { time_zone: time_zone.clone() }, open_access: true, ..runtime }
            }
        }
    }
}

/// What is told on stdout when everything accepts work.
#[derive(Debug, Serialize)]
pub struct Ready {
    ready: bool,
    mqtt: String,
    http: String,
    /// The simulated centre's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'static str>,
    pids: Pids,
}

impl Ready {
    /// Where the pages are.
    #[must_use]
    pub fn http(&self) -> &str {
        &self.http
    }
}

#[derive(Debug, Serialize)]
struct Pids {
    collector: u32,
    dashboard: u32,
    broker: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    centre: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cameras: Option<u32>,
}

/// Serves until it is told to stop. `prepare` may change the plan and the data directory (whose
/// path it is given) before anything starts; `tell` is called once, when everything accepts work.
///
/// Must be called from the main thread.
///
/// # Errors
/// When the data directory is in use, the broker is not installed, or a child does not come up;
/// [`BadInput`](crate::exit::BadInput) when a child cannot use its configuration, at any time.
pub fn serve(
    plan: Plan,
    prepare: impl FnOnce(&Path, &mut Plan) -> anyhow::Result<()>,
    tell: impl FnOnce(&Ready) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mosquitto = mosquitto::find(std::env::var_os("PATH").as_deref())?;
    let executable = std::env::current_exe().context("cannot find this program's own file")?;
    let data = DataDir::lock(&plan.installation.data_dir)?;
    // The children are given the very path that is locked, whatever links led to it.
    let mut plan = plan;
    plan.installation.data_dir = data.path().to_owned();
    // With a full disk not even the children's settings could be written.
    collector::disk::make_way(data.path());
    if let Some(keeping) = &plan.keeping {
        keeping.before_the_first_write(&plan.installation)?;
    }
    leftover::end(&data.run_file("broker.pid"), &BrokerFiles::of(data.path()).conf)?;
    prepare(data.path(), &mut plan)?;
    let cameras = cameras::wanted(&plan.installation.sites)?;
    let camera_ingest = cameras::program_for(&cameras)?;
    cameras::register(data.path(), &cameras)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(supervise(House::new(plan, data, Programs { motcua: executable, mosquitto, camera_ingest }), tell))
}

/// The files to execute.
#[derive(Debug)]
struct Programs {
    motcua: PathBuf,
    mosquitto: PathBuf,
    /// `None` where there is no camera to look at.
    camera_ingest: Option<PathBuf>,
}

async fn supervise(mut house: House, tell: impl FnOnce(&Ready) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut stop = Stop { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? };
    let mut reload = listen(SignalKind::hangup())?;
    let outcome = tokio::select! {
        outcome = live(&mut house, &mut reload, tell) => outcome,
        () = stop.asked() => Ok(()),
    };
    tracing::info!("Ending.");
    tokio::select! {
        () = house.end() => {}
        // Asked twice: whoever is dropped now is killed.
        () = stop.asked() => tracing::warn!("Asked again to end, killing what is left."),
    }
    outcome
}

/// Starts everything, then stays until a child cannot go on.
async fn live(
    house: &mut House,
    reload: &mut Signal,
    tell: impl FnOnce(&Ready) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // What an earlier life said is not true any more.
    house.leave_word(None)?;
    let ready = house.start().await?;
    house.leave_word(Some(&ready))?;
    tell(&ready)?;
    let nightly = house.nightly()?;
    let mut nightly = pin!(async {
        match &nightly {
            Some(nightly) => nightly.go_on().await,
            None => std::future::pending().await,
        }
    });
    loop {
        tokio::select! {
            () = &mut nightly => {}
            error = house.failure() => return Err(error),
            _ = reload.recv() => house.reload_broker(),
        }
    }
}

/// The signals that ask the supervisor to end.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn listen(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("cannot listen for signals")
}
