//! What `camera-ingest` is started with.

use std::io;
use std::path::{Path, PathBuf};

use domain::{CameraId, SiteId};
use serde::{Deserialize, Serialize};

use crate::settings::files;

/// Everything that `camera-ingest` needs to know to run; the cameras themselves are in the sites'
/// files. It holds no secret, only where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraRuntime {
    /// Where the installation keeps its data; the outboxes are in `cameras` in it.
    pub data_dir: PathBuf,
    /// The broker: host name or address.
    pub host: String,
    /// Its TCP port.
    pub port: u16,
    /// The directory of the cameras' secrets at the broker.
    pub secrets: PathBuf,
    /// The sites' files; a path may be a glob pattern.
    pub sites: Vec<PathBuf>,
}

impl CameraRuntime {
    /// The file that holds a camera's secret at the broker.
    #[must_use]
    pub fn secret_file(&self, site: SiteId, camera: CameraId) -> PathBuf {
        self.secrets.join(format!("{site}.{camera}"))
    }

    /// The directory of a camera's outbox.
    #[must_use]
    pub fn outbox_dir(&self, site: SiteId, camera: CameraId) -> PathBuf {
        self.data_dir.join("cameras").join(format!("{site}.{camera}"))
    }

    /// Writes the settings for a child to read (mode 0600, whole or not at all).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        files::write_private(path, &json)
    }

    /// Reads what [`CameraRuntime::write`] wrote.
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
    use crate::settings::files::tests::scratch;

    #[test]
    fn a_child_reads_what_the_parent_wrote() {
        let dir = scratch("camera-runtime");
        let path = dir.join("run/cameras.json");
        let written = CameraRuntime {
            data_dir: "/var/lib/motcua".into(),
            host: "::1".to_owned(),
            port: 1_883,
            secrets: "/var/lib/motcua/secrets/cameras".into(),
            sites: vec!["/etc/motcua/sites/*.toml".into()],
        };
        written.write(&path).unwrap();
        assert_eq!(CameraRuntime::read(&path).unwrap(), written);
        let (site, camera) = ("a".parse().unwrap(), "b".parse().unwrap());
        assert_eq!(written.secret_file(site, camera), Path::new("/var/lib/motcua/secrets/cameras/a.b"));
        assert_eq!(written.outbox_dir(site, camera), Path::new("/var/lib/motcua/cameras/a.b"));
    }
}
