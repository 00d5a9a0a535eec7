//! The data directory and its lock: one supervisor a directory.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::backup::RESTORING;
use crate::exit::BadInput;

/// A data directory that this process alone may write. The lock falls with the process, however
/// it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if needed and locks it.
    ///
    /// # Errors
    /// When it cannot be made, or another process holds it; [`BadInput`] when a restore was cut off
    /// in it.
    pub fn lock(path: &Path) -> anyhow::Result<Self> {
        if path.join(RESTORING).exists() {
            let sentence = format!(
                "a restore into {} was cut off, and only a part is there: remove everything in it, then `motcua restore` again",
                path.display()
            );
            return Err(BadInput::because(sentence).into());
        }
        let open = || -> std::io::Result<(PathBuf, File)> {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(path.join("run"))?;
            let path = path.canonicalize()?;
            let mut options = OpenOptions::new();
            // Not truncated: it names its holder until we hold it ourselves.
            let lock =
                options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path.join("run/lock"))?;
            Ok((path, lock))
        };
        let (path, mut lock) = open().with_context(|| format!("cannot use {} as data directory", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a help only; the lock itself is the truth.
                let _ = lock.read_to_string(&mut holder);
                bail!(
                    "{} is in use by another motcua (process {}): end that one, or choose another directory with --data-dir",
                    path.display(),
                    holder.trim()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .context("cannot write the lock file")?;
        Ok(Self { path, _lock: lock })
    }

    /// The directory, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file about the processes that run now.
    #[must_use]
    pub fn run_file(&self, name: &str) -> PathBuf {
        self.path.join("run").join(name)
    }
}

/// What the supervisor that holds a data directory said when everything accepted work; `None`: none
/// runs there, or it is not ready yet.
#[must_use]
pub fn running(path: &Path) -> Option<String> {
    let run = path.join("run");
    let lock = File::open(run.join("lock")).ok()?;
    // Free: its holder has gone, and what it said is of the past.
    let held = matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock));
    held.then(|| std::fs::read_to_string(run.join(READY)).ok()).flatten()
}

/// The file of [`running`], in `run/`.
pub(super) const READY: &str = "ready.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_in_one_sentence_with_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::lock(dir.path()).unwrap();
        let refused = DataDir::lock(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
        drop(first);
        DataDir::lock(dir.path()).unwrap();
    }

    #[test]
    fn what_a_supervisor_said_counts_while_it_lives() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(running(dir.path()), None);
        let held = DataDir::lock(dir.path()).unwrap();
        assert_eq!(running(dir.path()), None, "not ready yet");
        std::fs::write(held.run_file(READY), "{}").unwrap();
        assert_eq!(running(dir.path()).as_deref(), Some("{}"));
        drop(held);
        assert_eq!(running(dir.path()), None);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let refused = DataDir::lock(Path::new("/proc/nowhere")).unwrap_err().to_string();
        assert_eq!(refused, "cannot use /proc/nowhere as data directory");
    }
}
