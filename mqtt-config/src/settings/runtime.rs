//! What a child process is started with: the settings that are left when files, variables and
//! flags have been weighed. Handed over as a JSON file, so that no secret stands in `ps`.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use super::installation::{DiskSettings, History};

/// What [`Runtime::dedupe_memory_mib`] is where nobody says otherwise.
pub const DEDUPE_MEMORY_MIB: u32 = 64;

const fn dedupe_memory_mib() -> u32 {
    DEDUPE_MEMORY_MIB
}

/// What [`Runtime::snapshot_records`] is where nobody says otherwise: a start then replays fewer
/// records, in a fraction of a second.
pub const SNAPSHOT_RECORDS: u64 = 100_000;

const fn snapshot_records() -> u64 {
    SNAPSHOT_RECORDS
}

/// Everything that the collector or the dashboard needs to know to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Where the installation keeps its data.
    pub data_dir: PathBuf,
    /// How to reach the broker.
    pub mqtt: BrokerLogin,
    /// Where and how to serve pages.
    pub http: Http,
    /// Where the sites come from.
    pub sites: Sites,
    /// Whose time it is.
    pub clock: Clock,
    /// Worker threads of the dataflow, at least 1.
    pub workers: usize,
    /// Memory for the ids of events that were seen, of all sites together, MiB. Beyond it the oldest
    /// days are forgotten.
    #[serde(default = "dedupe_memory_mib")]
    pub dedupe_memory_mib: u32,
    /// A snapshot is taken after as many records of the journal, and hourly.
    #[serde(default = "snapshot_records")]
    pub snapshot_records: u64,
    /// How much of the disk may be filled.
    #[serde(default)]
    pub disk: DiskSettings,
    /// Where history is kept, and for how long.
    #[serde(default)]
    pub history: History,
    /// `demo` and `--discover`: every caller is a director. Loopback only.
    pub open_access: bool,
}

/// How one of our programs reaches the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerLogin {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account; `None` is anonymous, which only a broker on loopback with `--discover` takes.
    pub username: Option<String>,
    /// The file that holds the account's secret.
    pub password_file: Option<PathBuf>,
}

/// Where and how the dashboard serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port; port 0 is any free one.
    pub bind: SocketAddr,
    /// The certificate to serve with; `None` is plain HTTP.
    pub tls: Option<Tls>,
    /// A proxy in front of it ends TLS and tells the caller's address.
    pub behind_proxy: bool,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Where the sites come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sites {
    /// From these files; a path may be a glob pattern (`/etc/motcua/sites/*.toml`), so that a file
    /// added later is found.
    Files(Vec<PathBuf>),
    /// They appear when first seen.
    Discover {
        /// IANA name of the time zone of all of them.
        time_zone: String,
    },
}

/// Whose time it is (contract section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The collector's own.
    #[default]
    Wall,
    /// That of the recorded events.
    Event,
}

impl Runtime {
    /// Writes the settings for a child to read (mode 0600, whole or not at all).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        files::write_private(path, &json)
    }

    /// Reads what [`Runtime::write`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, or was written by another version.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{HistoryStore, InfluxSettings};
    use std::os::unix::fs::PermissionsExt;

    fn influx() -> History {
        let store = HistoryStore::Influx(InfluxSettings {
            url: "https://influxdb.example.vn".into(),
            org: "motcua".into(),
            token_file: "/run/secrets/influxdb".into(),
            bucket_prefix: "motcua".into(),
            timeout_s: 3,
        });
        History { store, hour_days: None, ..History::default() }
    }

    fn runtime(sites: Sites) -> Runtime {
        Runtime {
            data_dir: "/var/lib/motcua".into(),
            mqtt: BrokerLogin {
                host: "127.0.0.1".into(),
                port: 1883,
                username: Some("collector".into()),
                password_file: Some("/var/lib/motcua/secrets/collector".into()),
            },
            http: Http { bind: ([127, 0, 0, 1], 8080).into(), tls: None, behind_proxy: true },
            sites,
            clock: Clock::Event,
            workers: 2,
            dedupe_memory_mib: 3,
            snapshot_records: 5,
            disk: DiskSettings { reserve_mib: 7, ..DiskSettings::default() },
            history: influx(),
            open_access: false,
        }
    }

    #[test]
    fn a_child_reads_what_the_parent_wrote() {
        let dir = files::tests::scratch("runtime");
        let path = dir.join("run/collector.json");
        for sites in [
            Sites::Files(vec!["/etc/motcua/sites/*.toml".into()]),
            Sites::Discover { time_zone: "Europe/Warsaw".into() },
        ] {
            let written = runtime(sites);
            written.write(&path).unwrap();
            assert_eq!(Runtime::read(&path).unwrap(), written);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn settings_of_another_version_are_refused() {
        let dir = files::tests::scratch("runtime-other");
        let path = dir.join("x.json");
        std::fs::write(&path, r#"{"data_dir":"/x","colour":"blue"}"#).unwrap();
        assert_eq!(Runtime::read(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
