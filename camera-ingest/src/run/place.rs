//! Where the cameras' voices go, and what looks at them.

use std::ffi::OsString;
use std::path::PathBuf;

use mqtt_config::settings::CameraRuntime;

use super::key::Key;

/// What all cameras of one installation share.
#[derive(Debug, Clone)]
pub struct Place {
    /// The broker and the directories.
    pub runtime: CameraRuntime,
    /// The program that looks at one camera, with its arguments.
    pub worker: Vec<OsString>,
}

impl Place {
    /// The file that holds the secret of a camera's account.
    #[must_use]
    pub fn secret_file(&self, key: Key) -> PathBuf {
        self.runtime.secret_file(key.site, key.camera)
    }

    /// A camera's outbox.
    #[must_use]
    pub fn outbox_dir(&self, key: Key) -> PathBuf {
        self.runtime.outbox_dir(key.site, key.camera)
    }
}
