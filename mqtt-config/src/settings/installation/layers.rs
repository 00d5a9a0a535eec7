//! The installation's file, under the variables of the environment and the flags.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::backup::{self, Backups};
use super::disk::DiskSettings;
use super::{Flags, Installation, LOOPBACK, Mqtt, cameras, history};
use crate::settings::files::directory_of;
use crate::settings::mistakes::{Mistake, Mistakes};
use crate::settings::reader::{Place, Table, Value, read, read_variables, whole};
use crate::settings::runtime::{DEDUPE_MEMORY_MIB, Http, SNAPSHOT_RECORDS, Tls};
use crate::settings::sites;

const VARIABLE_PREFIX: &str = "MOTCUA_";
/// Variables of the commands themselves, without the prefix: which file to read, what to log, and the
/// password of the one camera that `camera-ingest probe` and its like look at.
const NOT_SETTINGS: [&str; 3] = ["config", "log", "camera_password"];

const PORT: RangeInclusive<i64> = 0..=65_535;
const WORKERS: RangeInclusive<i64> = 1..=64;
const DEDUPE_MEMORY: RangeInclusive<i64> = 1..=1_048_576;
const SNAPSHOTS: RangeInclusive<i64> = 1..=100_000_000;
const MAX_INFLIGHT: RangeInclusive<i64> = 1..=65_535;
const BACKUP_KEEP: RangeInclusive<i64> = 1..=1_000;
const MIB: RangeInclusive<i64> = 0..=1_073_741_824;
const LOW_PERCENT: RangeInclusive<i64> = 50..=99;

/// The `MOTCUA_*` variables as keys of the file.
pub(super) fn variables_of_process() -> BTreeMap<String, String> {
    let setting = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let key = name.to_str()?.strip_prefix(VARIABLE_PREFIX)?.to_ascii_lowercase();
        // A value that is not UTF-8 can only be a path; no key takes such a one from a variable.
        Some((key, value.to_string_lossy().into_owned()))
    };
    std::env::vars_os().filter_map(setting).filter(|(key, _)| !NOT_SETTINGS.contains(&key.as_str())).collect()
}

/// What could be read. The sites are known even when something else is wrong, so that their files'
/// mistakes are told with the rest.
pub(super) struct Draft {
    installation: Option<Installation>,
    pub(super) sites: Vec<PathBuf>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Draft {
    pub(super) fn read(file: &Path, variables: &BTreeMap<String, String>, flags: &Flags) -> Self {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                let mistakes = vec![Mistake::of_file(file, error.to_string())];
                return Self { installation: None, sites: Vec::new(), mistakes };
            }
        };
        let mut sites = Vec::new();
        let ((installation, in_file), in_variables) = read_variables(variables, |variables| {
            read(file, &text, |table| {
                let mut layers = Layers { dir: directory_of(file), table, variables };
                sites = layers.sites();
                layers.installation(sites.clone(), flags)
            })
        });
        Self { installation, sites, mistakes: [in_file, in_variables].concat() }
    }

    pub(super) fn finish(self, file: &Path) -> Result<Installation, Mistakes> {
        whole((self.installation, self.mistakes), file)
    }
}

/// The file with the variables above it.
pub(super) struct Layers<'r> {
    dir: PathBuf,
    table: Table<'r>,
    variables: Table<'r>,
}

impl<'r> Layers<'r> {
    /// The variable's value, else the file's.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Value<'r>> {
        let in_file = self.table.get(key);
        self.variables.get(key).or(in_file)
    }

    /// `None` when a value is there and wrong.
    pub(super) fn or_default<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Value<'r>) -> Option<T>,
    ) -> Option<T> {
        self.get(key).map_or(Some(default), |value| read(&value))
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &'static str,
        default: T,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        self.or_default(key, default, |value| T::try_from(value.whole(range)?).ok())
    }

    /// A path: the file's are relative to the file, a variable's to the current directory.
    pub(super) fn path(&self, value: &Value<'r>) -> Option<PathBuf> {
        let path = Path::new(value.text()?);
        if value.at.is_variable() {
            return std::path::absolute(path).ok();
        }
        Some(self.dir.join(path))
    }

    fn sites(&mut self) -> Vec<PathBuf> {
        let Some(value) = self.get("sites") else { return vec![self.dir.join("sites/*.toml")] };
        let mut all = Vec::new();
        for item in value.list().unwrap_or_default() {
            let Some(pattern) = self.path(&item) else { continue };
            match sites::expand(&pattern) {
                Ok(files) if files.is_empty() => item.at.mistake("matches no file"),
                Ok(_) => all.push(pattern),
                Err(error) => item.at.mistake(error),
            }
        }
        all
    }

    fn installation(mut self, sites: Vec<PathBuf>, flags: &Flags) -> Option<Installation> {
        let data_dir = match self.get("data_dir") {
            Some(value) => self.path(&value),
            None => Some(self.dir.join("data")),
        };
        let workers = self.number("workers", 1, WORKERS);
        let dedupe_memory_mib = self.number("dedupe_memory_mib", DEDUPE_MEMORY_MIB, DEDUPE_MEMORY);
        let snapshot_records = self.number("snapshot_records", SNAPSHOT_RECORDS, SNAPSHOTS);
        let mqtt = self.mqtt();
        let http = self.http();
        let backups = self.backups(data_dir.as_deref());
        let disk = self.disk();
        let history = history::history(&mut self);
        let cameras = cameras::read(&mut self, data_dir.as_deref());
        self.table.finish();
        self.variables.finish();
        let mut installation = Installation {
            data_dir: data_dir?,
            sites,
            mqtt: mqtt?,
            http: http?,
            workers: workers?,
            dedupe_memory_mib: dedupe_memory_mib?,
            snapshot_records: snapshot_records?,
            backups: backups?,
            disk: disk?,
            history: history?,
            cameras: cameras?,
        };
        installation.override_by(flags);
        Some(installation)
    }

    fn backups(&mut self, data_dir: Option<&Path>) -> Option<Backups> {
        let at = self.get("backup_at");
        let text = at.as_ref().map(Value::text);
        let hour = match text {
            // Told by `text`.
            Some(None) => None,
            text => backup::at(text.flatten()),
        };
        if let (Some(value), Some(Some(text)), None) = (&at, text, hour) {
            value.at.mistake(format!("`{text}` is neither a time of the day, as \"02:30\", nor \"never\""));
        }
        let dir = match self.get("backup_dir") {
            Some(value) => self.path(&value),
            None => data_dir.map(Backups::usual_dir),
        };
        let keep = self.number("backup_keep", backup::KEEP, BACKUP_KEEP);
        Some(Backups { at: hour?, dir: dir?, keep: keep? })
    }

    fn disk(&mut self) -> Option<DiskSettings> {
        let usual = DiskSettings::default();
        let reserve_mib = self.number("disk_reserve_mib", usual.reserve_mib, MIB);
        let low_percent = self.number("disk_low_percent", usual.low_percent, LOW_PERCENT);
        let journal_mib = self.number("disk_journal_mib", usual.journal_mib, MIB);
        let snapshots_mib = self.number("disk_snapshots_mib", usual.snapshots_mib, MIB);
        let backups_mib = self.number("disk_backups_mib", usual.backups_mib, MIB);
        let history_mib = self.number("disk_history_mib", usual.history_mib, MIB);
        let broker_mib = self.number("disk_broker_mib", usual.broker_mib, MIB);
        let logs_mib = self.number("disk_logs_mib", usual.logs_mib, MIB);
        Some(DiskSettings {
            reserve_mib: reserve_mib?,
            low_percent: low_percent?,
            journal_mib: journal_mib?,
            snapshots_mib: snapshots_mib?,
            backups_mib: backups_mib?,
            history_mib: history_mib?,
            broker_mib: broker_mib?,
            logs_mib: logs_mib?,
        })
    }

    fn mqtt(&mut self) -> Option<Mqtt> {
        let bind = self.or_default("mqtt_bind", LOOPBACK, address);
        let port = self.number("mqtt_port", 1_883, PORT);
        let tls = self.tls("mqtt_tls_cert", "mqtt_tls_key");
        let max_inflight = self.number("mqtt_max_inflight", 10_000, MAX_INFLIGHT);
        Some(Mqtt { bind: bind?, port: port?, tls: tls?, max_inflight: max_inflight? })
    }

    fn http(&mut self) -> Option<Http> {
        let mut bind_at = None;
        let bind = self.or_default("http_bind", LOOPBACK, |value| {
            bind_at = Some(value.at.clone());
            address(value)
        });
        let port = self.number("http_port", 8_080, PORT);
        let tls = self.tls("tls_cert", "tls_key");
        let behind_proxy = self.or_default("behind_proxy", false, Value::flag);
        let (bind, port, tls, behind_proxy) = (bind?, port?, tls?, behind_proxy?);
        protected(bind_at, bind, tls.is_some() || behind_proxy)?;
        Some(Http { bind: SocketAddr::new(bind, port), tls, behind_proxy })
    }

    /// A certificate and its key: both or neither. `None` when something is wrong with them.
    fn tls(&mut self, cert_key: &'static str, key_key: &'static str) -> Option<Option<Tls>> {
        let (cert, key) = (self.get(cert_key), self.get(key_key));
        if let (Some(alone), None) | (None, Some(alone)) = (&cert, &key) {
            alone.at.mistake(format!("`{cert_key}` and `{key_key}` need each other"));
        }
        match (cert.map(|value| self.pem(&value)), key.map(|value| self.pem(&value))) {
            (None, None) => Some(None),
            (Some(Some(cert)), Some(Some(key))) => Some(Some(Tls { cert, key })),
            // Told above, or by `pem`.
            _ => None,
        }
    }

    /// A file that is there.
    fn pem(&self, value: &Value<'r>) -> Option<PathBuf> {
        let path = self.path(value)?;
        let there = path.is_file();
        if !there {
            value.at.mistake(format!("no file {}", path.display()));
        }
        there.then_some(path)
    }
}

fn address(value: &Value<'_>) -> Option<IpAddr> {
    let text = value.text()?;
    let address = text.parse().ok();
    if address.is_none() {
        value.at.mistake(format!("`{text}` is not an IP address, as 127.0.0.1 or ::1"));
    }
    address
}

/// Pages and tokens never cross a network in the clear (contract section 4).
fn protected(bind_at: Option<Place<'_>>, bind: IpAddr, protected: bool) -> Option<()> {
    if bind.is_loopback() || protected {
        return Some(());
    }
    // The default is loopback, so another address has a place.
    let message = format!("{bind} is not loopback: set `tls_cert` and `tls_key`, or `behind_proxy = true`");
    bind_at?.mistake(message);
    None
}
