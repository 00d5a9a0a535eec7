//! The files of credentials: changed by one process at a time, followed by those that read them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::AccessError;
use crate::settings::files::{Stamp, lock, stamp, write_private};

/// A file's content, read again when its stamp changes.
#[derive(Debug)]
pub(super) struct Cached<T> {
    path: PathBuf,
    /// Held for a `stat`, or for a reading after a change; never while a hash is computed.
    latest: Mutex<(Option<Stamp>, Arc<T>)>,
}

impl<T: DeserializeOwned + Default> Cached<T> {
    pub(super) fn load(path: PathBuf) -> Result<Self, AccessError> {
        let (stamp, content) = (stamp(&path), read(&path)?);
        Ok(Self { path, latest: Mutex::new((stamp, Arc::new(content))) })
    }

    /// The content as it is now. One that cannot be read changes nothing: a slip of the hand in
    /// the file must not lock everybody out; no file at all is nobody.
    pub(super) fn get(&self) -> Arc<T> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.path);
        if now != latest.0 {
            // Also when it is wrong, so that it is told once.
            latest.0 = now;
            match read(&self.path) {
                Ok(content) => latest.1 = Arc::new(content),
                Err(error) => {
                    tracing::warn!(%error, "Changed credentials cannot be read; the earlier ones stay in force.");
                }
            }
        }
        Arc::clone(&latest.1)
    }
}

/// The content of a file; that of no file when there is none.
pub(super) fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T, AccessError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        Err(source) => return Err(AccessError::Io { path: path.to_owned(), source }),
    };
    toml::from_str(&text).map_err(|error| AccessError::Format { path: path.to_owned(), message: error.to_string() })
}

/// Changes a file's content; two processes that do so at once wait for each other.
pub(super) fn change<T, R>(path: &Path, change: impl FnOnce(&mut T) -> Result<R, AccessError>) -> Result<R, AccessError>
where
    T: Serialize + DeserializeOwned + Default,
{
    let refused = |source| AccessError::Io { path: path.to_owned(), source };
    // The lock is a file of its own: the content's is replaced by each change.
    let _held = lock(&path.with_extension("lock")).map_err(refused)?;
    let mut content: T = read(path)?;
    let result = change(&mut content)?;
    let text = toml::to_string(&content)
        .map_err(|error| AccessError::Format { path: path.to_owned(), message: error.to_string() })?;
    write_private(path, text.as_bytes()).map_err(refused)?;
    Ok(result)
}
