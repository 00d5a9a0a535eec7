//! What the simulated centre is started with, as a file that its supervisor writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::{CameraId, Timestamp};
use mqtt_config::settings::files::write_private;
use serde::{Deserialize, Serialize};

/// Everything the simulation needs to know to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The site's file.
    pub site: PathBuf,
    /// The file that holds each device's secret by its user name.
    pub secrets: PathBuf,
    /// The broker's port on this machine.
    pub mqtt_port: u16,
    /// The dashboard's port on this machine.
    pub http_port: u16,
    /// Chance.
    pub seed: u64,
    /// When somebody began to look.
    pub start: Timestamp,
    /// `None`: real time. Else the time of the centre begins at `start` and runs so many times as
    /// fast.
    pub speed: Option<f64>,
    /// The camera that looks at a clip instead of being simulated.
    pub real: Option<CameraId>,
}

impl Settings {
    /// Writes them for the child to read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        write_private(file, &text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Reads what [`Settings::write`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("cannot read {}", file.display()))
    }
}

/// The devices' secrets by user name. Only a simulation has them all in one place: it is all the
/// devices.
pub type Secrets = BTreeMap<String, String>;
