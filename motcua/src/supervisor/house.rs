//! The children in their order: the broker before those who talk over it, and after them when all
//! end.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mqtt_config::broker::{BrokerFiles, BrokerSettings, Registry};
use mqtt_config::settings::{Account, Runtime};
use tokio::sync::mpsc;

use super::cameras;
use super::child::{Accepts, Program, Role};
use super::data_dir::{DataDir, READY};
use super::keeper::{FirstStart, Keeper};
use super::nightly::Nightly;
use super::ports::{choose, from_here};
use super::{Pids, Plan, Programs, Ready};
use crate::demo;
use crate::exit::BadInput;

/// The children that run, and what they are started with.
#[derive(Debug)]
pub struct House {
    plan: Plan,
    data: DataDir,
    programs: Programs,
    /// In the order of their start.
    keepers: Vec<Keeper>,
    failed: mpsc::Sender<anyhow::Error>,
    failures: mpsc::Receiver<anyhow::Error>,
}

impl House {
    pub(super) fn new(plan: Plan, data: DataDir, programs: Programs) -> Self {
        // One place for each child: nobody ever waits to tell that it cannot go on.
        let (failed, failures) = mpsc::channel(5);
        Self { plan, data, programs, keepers: Vec::new(), failed, failures }
    }

    /// Starts broker, collector and dashboard, each when the one before accepts work; then the
    /// simulated centre, where there is one.
    pub(super) async fn start(&mut self) -> anyhow::Result<Ready> {
        let http = self.plan.installation.http.bind;
        if http.port() != 0 {
            choose(http.ip(), http.port(), "--http-port")?;
        }
        let (broker, reach) = self.start_broker().await?;
        let runtime = |account| {
            let mut runtime = self.plan.runtime(account);
            runtime.mqtt.host = reach.ip().to_string();
            runtime.mqtt.port = reach.port();
            runtime
        };
        let (collector, dashboard) = (runtime(Account::Collector), runtime(Account::Dashboard));
        let collector = self.start_program(Role::Collector, |file| Ok(collector.write(file)?)).await?;
        let started = self.start_program(Role::Dashboard, |file| Ok(dashboard.write(file)?)).await?;
        let bound = started.said.http.context("the dashboard did not say where it serves")?;
        self.keep_http_port(dashboard, bound)?;
        let cameras = self.start_cameras(reach).await?;
        let (site, centre) = match self.plan.simulation.clone() {
            None => (None, None),
            Some(settings) => {
                let settings = demo::Settings { mqtt_port: reach.port(), http_port: bound.port(), ..settings };
                let centre = self.start_program(Role::Centre, |file| settings.write(file)).await?;
                (Some(crate::centre::SITE), Some(centre.pid))
            }
        };
        let mqtt = from_here(SocketAddr::new(self.plan.installation.mqtt.bind, self.plan.installation.mqtt.port));
        let scheme = if self.plan.installation.mqtt.tls.is_some() { "mqtts" } else { "mqtt" };
        Ok(Ready {
            ready: true,
            mqtt: format!("{scheme}://{mqtt}"),
            http: format!("{}://{}", started.said.scheme(), from_here(bound)),
            site,
            pids: Pids { collector: collector.pid, dashboard: started.pid, broker: broker.pid, centre, cameras },
        })
    }

    /// Starts the broker on the wanted port, or on any free one, which it keeps from then on.
    /// Returns also where our own programs reach it.
    async fn start_broker(&mut self) -> anyhow::Result<(FirstStart, SocketAddr)> {
        let wanted = self.plan.installation.mqtt.clone();
        let (plan, data, programs) = (&mut self.plan, &self.data, &self.programs);
        let mut reach = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let prepare = || {
            let mqtt = &mut plan.installation.mqtt;
            mqtt.port = choose(wanted.bind, wanted.port, "--mqtt-port")?;
            let devices = SocketAddr::new(mqtt.bind, mqtt.port);
            reach = match &mqtt.tls {
                None => from_here(devices),
                Some(_) => (Ipv4Addr::LOCALHOST, choose(Ipv4Addr::LOCALHOST.into(), 0, "--mqtt-port")?).into(),
            };
            let settings = BrokerSettings::new(&plan.installation.mqtt, reach.port(), plan.strangers());
            let files = BrokerFiles::write(data.path(), &settings, &Registry::load(data.path())?)?;
            Ok(Program {
                role: Role::Broker,
                command: broker_command(programs, &files.conf),
                accepts: Accepts::At(reach),
                pid_file: pid_file(data, Role::Broker),
                log: plan.log.clone(),
            })
        };
        let (keeper, first) = Keeper::start(prepare, self.failed.clone()).await?;
        self.keepers.push(keeper);
        Ok((first, reach))
    }

    /// Starts this very executable as one of our programs, with the settings that `write` writes.
    async fn start_program(
        &mut self,
        role: Role,
        write: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<FirstStart> {
        let file = settings_file(&self.data, role);
        write(&file).with_context(|| format!("cannot write {}", file.display()))?;
        let program = Program {
            role,
            command: program_command(&self.programs.motcua, role, &file),
            accepts: Accepts::SaysSo,
            pid_file: pid_file(&self.data, role),
            log: self.plan.log.clone(),
        };
        let (keeper, first) = Keeper::start(|| Ok(program.clone()), self.failed.clone()).await?;
        self.keepers.push(keeper);
        Ok(first)
    }

    /// Starts what looks at cameras, where there are any; its process number.
    async fn start_cameras(&mut self, reach: SocketAddr) -> anyhow::Result<Option<u32>> {
        let Some(program) = self.programs.camera_ingest.clone() else { return Ok(None) };
        let sites = &self.plan.installation.sites;
        let runtime = cameras::runtime(self.data.path(), sites, reach.ip().to_string(), reach.port());
        let file = settings_file(&self.data, Role::Cameras);
        runtime.write(&file).with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = shim_command(&self.programs.motcua, Role::Cameras);
        command.extend(["--".into(), program.into(), "--runtime".into(), file.into()]);
        let program = Program {
            role: Role::Cameras,
            command,
            accepts: Accepts::SaysSo,
            pid_file: pid_file(&self.data, Role::Cameras),
            log: self.plan.log.clone(),
        };
        let (keeper, first) = Keeper::start(|| Ok(program.clone()), self.failed.clone()).await?;
        self.keepers.push(keeper);
        Ok(Some(first.pid))
    }

    /// A dashboard that is started again serves where it served before.
    fn keep_http_port(&self, mut dashboard: Runtime, bound: SocketAddr) -> anyhow::Result<()> {
        dashboard.http.bind = bound;
        let file = settings_file(&self.data, Role::Dashboard);
        dashboard.write(&file).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Leaves what is told on stdout where other commands find it; `None` takes it away.
    pub(super) fn leave_word(&self, ready: Option<&Ready>) -> anyhow::Result<()> {
        let file = self.data.run_file(READY);
        match ready {
            Some(ready) => std::fs::write(&file, serde_json::to_vec(ready)?),
            None => std::fs::remove_file(&file).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            }),
        }
        .with_context(|| format!("cannot write {}", file.display()))
    }

    /// The nightly backups; `None` where none are made.
    pub(super) fn nightly(&self) -> anyhow::Result<Option<Nightly>> {
        let Some(keeping) = &self.plan.keeping else { return Ok(None) };
        keeping.nightly(&self.plan.installation, &self.data, &self.programs.motcua, self.plan.log.as_deref())
    }

    /// Waits until a child cannot go on.
    pub(super) async fn failure(&mut self) -> anyhow::Error {
        // Never empty: `self` holds a sender.
        self.failures.recv().await.unwrap_or_else(|| BadInput::because("a child ended").into())
    }

    /// Lets the broker read its accounts and its access list again.
    pub(super) fn reload_broker(&self) {
        tracing::info!("The broker reads its accounts again.");
        self.keepers.iter().filter(|keeper| keeper.role() == Role::Broker).for_each(Keeper::reload);
    }

    /// Ends all children, the last started first.
    pub(super) async fn end(&mut self) {
        while let Some(keeper) = self.keepers.pop() {
            keeper.end().await;
        }
    }
}

fn settings_file(data: &DataDir, role: Role) -> PathBuf {
    data.run_file(&format!("{}.json", role.name()))
}

fn pid_file(data: &DataDir, role: Role) -> PathBuf {
    data.run_file(&format!("{}.pid", role.name()))
}

/// Mosquitto behind the shim that ties its life to ours.
fn broker_command(programs: &Programs, conf: &Path) -> Vec<OsString> {
    let mut command = shim_command(&programs.motcua, Role::Broker);
    command.extend(["--".into(), programs.mosquitto.clone().into(), "-c".into(), conf.into()]);
    command
}

fn program_command(motcua: &Path, role: Role, settings: &Path) -> Vec<OsString> {
    let mut command = shim_command(motcua, role);
    command.extend(["--runtime".into(), settings.into()]);
    command
}

/// `motcua child-ROLE --supervisor PID`.
fn shim_command(motcua: &Path, role: Role) -> Vec<OsString> {
    let me = std::process::id().to_string();
    vec![motcua.into(), format!("child-{}", role.name()).into(), "--supervisor".into(), me.into()]
}
