//! `backups/last.json` of the data directory: the newest backup that can be trusted, and what went
//! wrong since. The board shows its age.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::Timestamp;
use mqtt_config::settings::files::write_private;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Last {
    /// When the newest verified backup was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Whether it was read back, restored aside and found to give the same state.
    #[serde(default)]
    pub verified: bool,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Why the newest attempt, made after that backup, failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_at: Option<Timestamp>,
}

impl Last {
    /// What is known of a data directory's backups; nothing where the file is missing or not ours.
    #[must_use]
    pub fn read(data_dir: &Path) -> Self {
        let text = std::fs::read(path(data_dir)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, data_dir: &Path) -> anyhow::Result<()> {
        let path = path(data_dir);
        let mut json = serde_json::to_vec(self)?;
        json.push(b'\n');
        write_private(&path, &json).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The same, after an attempt that failed.
    #[must_use]
    pub fn failed(self, why: &anyhow::Error, at: Timestamp) -> Self {
        Self { error: Some(format!("{why:#}")), error_at: Some(at), ..self }
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("backups/last.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_hide_the_backup_before_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Last::read(dir.path()), Last::default());
        let good = Last { at: Some(Timestamp::from_ms(1_000)), verified: true, ..Last::default() };
        let failed =
            good.clone().failed(&anyhow::anyhow!("disk full").context("cannot write"), Timestamp::from_ms(2_000));
        failed.write(dir.path()).unwrap();
        let read = Last::read(dir.path());
        assert_eq!((read.at, read.verified, read.error.as_deref()), (good.at, true, Some("cannot write: disk full")));
    }
}
