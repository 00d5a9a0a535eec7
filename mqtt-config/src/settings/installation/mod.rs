//! The installation's settings, and what its programs are started with.

mod backup;
mod cameras;
mod disk;
mod history;
mod layers;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use domain::config::SiteConfig;

use super::cameras::CameraRuntime;
use super::mistakes::Mistakes;
use super::runtime::{BrokerLogin, Clock, Http, Runtime, Sites, Tls};
use super::sites;
pub use backup::{Backups, TimeOfDay};
pub use cameras::CameraHome;
pub use disk::DiskSettings;
pub use history::{History, HistoryStore, InfluxSettings, history_file};
use layers::{Draft, variables_of_process};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The installation's settings, checked. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Where it keeps its data: `data_dir`, default `data` beside the file.
    pub data_dir: PathBuf,
    /// The sites' files or glob patterns: `sites`, default `sites/*.toml` beside the file.
    pub sites: Vec<PathBuf>,
    /// The broker's listener.
    pub mqtt: Mqtt,
    /// The dashboard's listener: `http_bind`, `http_port`, `tls_cert`, `tls_key`, `behind_proxy`.
    pub http: Http,
    /// Worker threads of the collector's dataflow: `workers`, default 1.
    pub workers: usize,
    /// Memory for the ids of events that were seen, MiB: `dedupe_memory_mib`, default 64.
    pub dedupe_memory_mib: u32,
    /// A snapshot is taken after as many records of the journal, and hourly: `snapshot_records`,
    /// default 100,000.
    pub snapshot_records: u64,
    /// The nightly backups: `backup_at`, `backup_dir`, `backup_keep`.
    pub backups: Backups,
    /// How much of the disk may be filled: `disk_*`.
    pub disk: DiskSettings,
    /// Where history is kept, and for how long: `history_*`.
    pub history: History,
    /// How `camera-ingest` reaches the broker: `camera_broker`, `camera_secrets`.
    pub cameras: CameraHome,
}

/// The broker's listener for devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mqtt {
    /// Address: `mqtt_bind`, default 127.0.0.1.
    pub bind: IpAddr,
    /// Port: `mqtt_port`, default 1883; 0 is any free one.
    pub port: u16,
    /// Certificate: `mqtt_tls_cert` and `mqtt_tls_key`, default none.
    pub tls: Option<Tls>,
    /// Most QoS 1 messages on the way to one client: `mqtt_max_inflight`, default 10000, so that
    /// the collector's window and not the broker's is the limit.
    pub max_inflight: u16,
}

/// What was given on the command line; it overrides file and variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// `--data-dir`, relative to the current directory.
    pub data_dir: Option<PathBuf>,
    /// `--mqtt-port`.
    pub mqtt_port: Option<u16>,
    /// `--http-port`.
    pub http_port: Option<u16>,
    /// `--snapshot-records`.
    pub snapshot_records: Option<u64>,
}

/// One of our programs, as the broker knows it: the account's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    /// The collector.
    Collector,
    /// The dashboard.
    Dashboard,
}

impl Account {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Collector, Self::Dashboard];

    /// The user name at the broker and the name of the secret's file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Dashboard => "dashboard",
        }
    }

    /// Where the account's secret is kept.
    #[must_use]
    pub fn secret_file(self, data_dir: &Path) -> PathBuf {
        data_dir.join("secrets").join(self.name())
    }
}

/// Reads the installation's file under the process's `MOTCUA_*` variables.
///
/// # Errors
/// Every mistake in the file and the variables.
pub fn load_installation(file: &Path) -> Result<Installation, Mistakes> {
    load_installation_with(file, &Flags::default())
}

/// [`load_installation`] with flags above file and variables.
///
/// # Errors
/// Every mistake in the file and the variables.
pub fn load_installation_with(file: &Path, flags: &Flags) -> Result<Installation, Mistakes> {
    let draft = Draft::read(file, &variables_of_process(), flags);
    draft.finish(file)
}

/// The whole configuration: the installation's file and those of its sites.
///
/// # Errors
/// Every mistake in all of them.
pub fn load_all(file: &Path, flags: &Flags) -> Result<(Installation, Vec<SiteConfig>), Mistakes> {
    let mut draft = Draft::read(file, &variables_of_process(), flags);
    let sites = match sites::load_sites(&draft.sites) {
        Ok(sites) => sites,
        Err(mistakes) => {
            draft.mistakes.extend(mistakes);
            Vec::new()
        }
    };
    draft.finish(file).map(|installation| (installation, sites))
}

impl Installation {
    /// What was said on the command line is above everything else.
    fn override_by(&mut self, flags: &Flags) {
        if let Some(dir) = &flags.data_dir {
            // Backups and secrets that were to lie in the data directory go with it.
            let beside = self.backups.dir == Backups::usual_dir(&self.data_dir);
            let secrets_beside = self.cameras.secrets == CameraHome::usual_dir(&self.data_dir);
            self.data_dir = std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
            if beside {
                self.backups.dir = Backups::usual_dir(&self.data_dir);
            }
            if secrets_beside {
                self.cameras.secrets = CameraHome::usual_dir(&self.data_dir);
            }
        }
        self.snapshot_records = flags.snapshot_records.unwrap_or(self.snapshot_records);
        self.mqtt.port = flags.mqtt_port.unwrap_or(self.mqtt.port);
        self.http.bind.set_port(flags.http_port.unwrap_or(self.http.bind.port()));
    }

    /// What one of the programs is started with. The broker is on the same machine; who picked a
    /// free port for it puts it into `mqtt.port`.
    #[must_use]
    pub fn runtime(&self, account: Account, clock: Clock) -> Runtime {
        Runtime {
            data_dir: self.data_dir.clone(),
            mqtt: BrokerLogin {
                host: self.broker_host(),
                port: self.mqtt.port,
                username: Some(account.name().to_owned()),
                password_file: Some(account.secret_file(&self.data_dir)),
            },
            http: self.http.clone(),
            sites: Sites::Files(self.sites.clone()),
            clock,
            workers: self.workers,
            dedupe_memory_mib: self.dedupe_memory_mib,
            snapshot_records: self.snapshot_records,
            disk: self.disk,
            history: self.history.clone(),
            open_access: false,
        }
    }

    /// What `camera-ingest` is started with: `camera_broker` where the file names one, else the
    /// broker of this installation. Who picked a free port for it puts it into `mqtt.port`.
    #[must_use]
    pub fn camera_runtime(&self) -> CameraRuntime {
        let (host, port) = self.cameras.broker.clone().unwrap_or_else(|| (self.broker_host(), self.mqtt.port));
        let (data_dir, secrets) = (self.data_dir.clone(), self.cameras.secrets.clone());
        CameraRuntime { data_dir, host, port, secrets, sites: self.sites.clone() }
    }

    /// Where a program of this machine reaches the broker.
    fn broker_host(&self) -> String {
        // An address for all interfaces is none to connect to.
        let host = match self.mqtt.bind {
            IpAddr::V4(any) if any.is_unspecified() => LOOPBACK,
            IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        host.to_string()
    }
}

#[cfg(test)]
mod tests;
