//! The register of devices, `devices.toml` of the data directory: who may connect. Only hashes are
//! kept; a device's secret is shown once, when it is registered.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use domain::event::DeviceKind;
use serde::{Deserialize, Serialize};

use super::{BrokerError, Device, PasswordHash, at};
use crate::settings::{Account, Secret, files};

/// A registered device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Which one.
    #[serde(flatten)]
    pub device: Device,
    /// The hash of its secret.
    pub password: PasswordHash,
}

/// The registered devices, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    #[serde(default, rename = "device")]
    devices: Vec<Registered>,
}

impl Registry {
    /// Reads the register; no file is an empty one.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn load(data_dir: &Path) -> Result<Self, BrokerError> {
        let path = path(data_dir);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(at(&path)(error)),
            Ok(text) => toml::from_str(&text).map_err(|error| BrokerError::Format { path, message: error.to_string() }),
        }
    }

    /// The devices.
    #[must_use]
    pub fn devices(&self) -> &[Registered] {
        &self.devices
    }

    /// Registers a device and returns its secret, which is kept nowhere.
    ///
    /// # Errors
    /// When a device of this id is registered in the site, whatever its kind: the account's name
    /// would be the same. When the id is one of motcua's own. When the file cannot be written.
    pub fn add(data_dir: &Path, device: Device) -> Result<Secret, BrokerError> {
        if is_ours(&device) {
            return Err(BrokerError::Reserved(device));
        }
        let path = path(data_dir);
        let secret = Secret::generate_readable().map_err(at(&path))?;
        let password = PasswordHash::new(&secret).map_err(at(&path))?;
        change(data_dir, |registry| {
            if let Some(same) = registry.devices.iter().find(|other| other.device.username() == device.username()) {
                return Err(BrokerError::Exists(same.device));
            }
            registry.devices.push(Registered { device, password });
            Ok(())
        })?;
        Ok(secret)
    }

    /// Takes a device out of the register.
    ///
    /// # Errors
    /// When it is not in it, or the file cannot be written.
    pub fn remove(data_dir: &Path, device: Device) -> Result<(), BrokerError> {
        change(data_dir, |registry| {
            let before = registry.devices.len();
            registry.devices.retain(|registered| registered.device != device);
            if registry.devices.len() == before { Err(BrokerError::Unknown(device)) } else { Ok(()) }
        })
    }
}

/// Whether motcua itself speaks under this id.
fn is_ours(device: &Device) -> bool {
    let program = Account::ALL.iter().any(|account| account.name() == device.device.as_str());
    device.site.is_reserved() || device.kind == DeviceKind::Host && program
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("devices.toml")
}

/// Changes the register; two processes that do so at once wait for each other.
fn change(data_dir: &Path, change: impl FnOnce(&mut Registry) -> Result<(), BrokerError>) -> Result<(), BrokerError> {
    let _held = lock(data_dir)?;
    let mut registry = Registry::load(data_dir)?;
    change(&mut registry)?;
    let path = path(data_dir);
    let text = toml::to_string(&registry)
        .map_err(|error| BrokerError::Format { path: path.clone(), message: error.to_string() })?;
    files::write_private(&path, text.as_bytes()).map_err(at(&path))
}

/// Holds the lock until the file is dropped. A file of its own: the register's is replaced by each
/// change.
fn lock(data_dir: &Path) -> Result<File, BrokerError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(at(data_dir))?;
    let path = data_dir.join("devices.lock");
    let held =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(at(&path))?;
    held.lock().map_err(at(&path))?;
    Ok(held)
}
