//! How `camera-ingest` reaches the broker.

use std::path::{Path, PathBuf};

use super::layers::Layers;
use crate::settings::reader::Value;

/// How `camera-ingest` reaches the broker, where it is not started by `serve` beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraHome {
    /// Host and port: `camera_broker`; `None`: the broker of this installation, on this machine.
    pub broker: Option<(String, u16)>,
    /// The directory of the cameras' secrets, a file `<site>.<camera>` each: `camera_secrets`,
    /// default `secrets/cameras` in the data directory.
    pub secrets: PathBuf,
}

impl CameraHome {
    /// Everything beside this installation's broker.
    #[must_use]
    pub fn usual(data_dir: &Path) -> Self {
        Self { broker: None, secrets: Self::usual_dir(data_dir) }
    }

    pub(super) fn usual_dir(data_dir: &Path) -> PathBuf {
        data_dir.join("secrets").join("cameras")
    }
}

/// `None` when something is wrong with it, which has been told.
pub(super) fn read(layers: &mut Layers<'_>, data_dir: Option<&Path>) -> Option<CameraHome> {
    let broker = layers.get("camera_broker").map(|value| host_and_port(&value));
    let secrets = match layers.get("camera_secrets") {
        Some(value) => layers.path(&value),
        None => data_dir.map(CameraHome::usual_dir),
    };
    Some(CameraHome { broker: broker.map_or(Some(None), |broker| broker.map(Some))?, secrets: secrets? })
}

fn host_and_port(value: &Value<'_>) -> Option<(String, u16)> {
    let text = value.text()?;
    let of = |text: &str| {
        let (host, port) = text.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        // Colons only in brackets, as in [::1]:1883.
        let host = bare.unwrap_or_else(|| if host.contains(':') { "" } else { host });
        let plain = !host.is_empty() && !host.contains(['/', '@', ' ', '[', ']']);
        let port = port.parse().ok().filter(|port| *port > 0)?;
        plain.then(|| (host.to_owned(), port))
    };
    let found = of(text);
    if found.is_none() {
        value.at.mistake("is not `host:port`, as \"192.0.2.10:1883\"");
    }
    found
}
