//! The broker's files: configuration, access list, accounts; and the register of devices.
//!
//! Everything is written from the installation's settings, the topic table and the register, and
//! is written anew at every start: the broker's folder holds nothing that is not elsewhere. The
//! same input gives the same bytes.

mod access;
mod conf;
mod passwd;
mod registry;

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use domain::event::DeviceKind;
use domain::{DeviceId, SiteId};
use serde::{Deserialize, Serialize};

pub use passwd::PasswordHash;
pub use registry::{Registered, Registry};

use crate::settings::{Account, Mqtt, Secret, Tls, files};

/// Why the broker's files or the register cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The register is not what these programs write.
    #[error("{path}: {message}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        message: String,
    },
    /// The broker's configuration has no way to write such a path.
    #[error("{0:?}: the broker cannot take a path with line breaks or other than UTF-8")]
    Path(PathBuf),
    /// Anybody may publish everything: that is for loopback only.
    #[error("{0} is not loopback: a broker for anonymous devices listens on loopback only")]
    AnonymousBeyondLoopback(IpAddr),
    /// A site has one account for each device id.
    #[error("{0} is already registered; remove it first")]
    Exists(Device),
    /// Nothing to remove.
    #[error("{0} is not registered")]
    Unknown(Device),
    /// The id belongs to one of motcua's own programs, or the site's id to the dashboard.
    #[error("{0} is reserved for motcua itself")]
    Reserved(Device),
}

/// Names the file that a failure is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BrokerError {
    move |source| BrokerError::Io { path: path.to_owned(), source }
}

/// A device as the broker knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    /// The site it belongs to.
    pub site: SiteId,
    /// What it is.
    pub kind: DeviceKind,
    /// Which one.
    pub device: DeviceId,
}

impl Device {
    /// The account's name, `<site>.<device>`; the device's MQTT client id should be the same.
    #[must_use]
    pub fn username(&self) -> String {
        format!("{}.{}", self.site, self.device)
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.site, self.kind, self.device)
    }
}

/// Whether devices without an account are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// No: every device is registered.
    Refused,
    /// Yes, and they may be any device of any site: `demo` and `--discover`, on loopback.
    Welcome,
}

/// One address at which the broker listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Address.
    pub bind: IpAddr,
    /// Port.
    pub port: u16,
    /// Certificate and key; `None` is plain MQTT.
    pub tls: Option<Tls>,
}

/// What the broker is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerSettings {
    /// For devices and, where it is plain, for our own programs.
    pub devices: Listener,
    /// For our own programs, which speak plain MQTT on loopback; needed where `devices` has TLS.
    pub programs: Option<Listener>,
    /// Most QoS 1 messages on the way to one client.
    pub max_inflight: u16,
    /// Whether devices without an account are taken.
    pub strangers: Strangers,
}

impl BrokerSettings {
    /// From the installation's settings. `programs_port` is the loopback port of our own programs,
    /// used only where the devices' listener has TLS.
    #[must_use]
    pub fn new(mqtt: &Mqtt, programs_port: u16, strangers: Strangers) -> Self {
        let plain = || Listener { bind: Ipv4Addr::LOCALHOST.into(), port: programs_port, tls: None };
        Self {
            devices: Listener { bind: mqtt.bind, port: mqtt.port, tls: mqtt.tls.clone() },
            programs: mqtt.tls.as_ref().map(|_| plain()),
            max_inflight: mqtt.max_inflight,
            strangers,
        }
    }

    fn listeners(&self) -> impl Iterator<Item = &Listener> {
        [&self.devices].into_iter().chain(&self.programs)
    }
}

/// Where the broker's files are, in `broker/` of the data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerFiles {
    /// The configuration: `mosquitto -c` takes it.
    pub conf: PathBuf,
    /// The access list.
    pub acl: PathBuf,
    /// The accounts.
    pub passwd: PathBuf,
    /// The folder of the broker's own store.
    pub store: PathBuf,
}

impl BrokerFiles {
    /// The files of a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        let file = |name| data_dir.join("broker").join(name);
        Self { conf: file("mosquitto.conf"), acl: file("acl"), passwd: file("passwd"), store: file("store") }
    }

    /// Writes all files, each whole or not at all and readable by its owner alone, and makes the
    /// folder of the broker's store. The accounts of our own programs get a secret in `secrets/`
    /// when they have none yet.
    ///
    /// # Errors
    /// When a file cannot be read or written, or strangers would be taken from a network.
    pub fn write(data_dir: &Path, settings: &BrokerSettings, registry: &Registry) -> Result<Self, BrokerError> {
        let files = Self::of(data_dir);
        let conf = conf::render(settings, &files)?;
        files.write_accounts(data_dir, settings.strangers, registry)?;
        fs::create_dir_all(&files.store).map_err(at(&files.store))?;
        files::write_private(&files.conf, conf.as_bytes()).map_err(at(&files.conf))?;
        Ok(files)
    }

    /// Writes access list and accounts alone. A running broker takes them in on SIGHUP.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write_accounts(
        &self,
        data_dir: &Path,
        strangers: Strangers,
        registry: &Registry,
    ) -> Result<(), BrokerError> {
        let mut passwd = String::new();
        for account in Account::ALL {
            let secret = program_secret(data_dir, account)?;
            passwd.push_str(&PasswordHash::repeatable(account.name(), &secret).line(account.name()));
        }
        for Registered { device, password } in registry.devices() {
            passwd.push_str(&password.line(&device.username()));
        }
        let acl = access::render(strangers, registry.devices().iter().map(|registered| registered.device));
        files::write_private(&self.acl, acl.as_bytes()).map_err(at(&self.acl))?;
        files::write_private(&self.passwd, passwd.as_bytes()).map_err(at(&self.passwd))
    }
}

/// The secret of one of our own programs; made when there is none.
fn program_secret(data_dir: &Path, account: Account) -> Result<Secret, BrokerError> {
    let path = account.secret_file(data_dir);
    match Secret::from_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = Secret::generate().map_err(at(&path))?;
            secret.write_to(&path).map_err(at(&path))?;
            Ok(secret)
        }
        read => read.map_err(at(&path)),
    }
}

#[cfg(test)]
mod tests;
