//! Which version wrote a data directory: an older program keeps its hands off what a newer one
//! wrote. `motcua serve` writes the file; the collector as a program of its own looks at it too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// This program's version.
pub const OURS: &str = env!("CARGO_PKG_VERSION");
/// The version of a directory that was written before there was such a file.
pub const BEFORE: &str = "unknown";

/// Why a data directory is left alone.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// A newer program wrote it.
    #[error(
        "{} was written by motcua {wrote}, and this is motcua {OURS}: an older program could damage it. Start motcua {wrote} or newer, \
         or restore the backup that was made before the upgrade (before-upgrade-… in its folder of backups) into an empty directory",
        data_dir.display()
    )]
    Newer {
        /// The directory.
        data_dir: PathBuf,
        /// The version in it.
        wrote: String,
    },
    /// Who wrote it cannot be read.
    #[error("cannot read {}: {error}; make it readable for the account that motcua runs as", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Where the version stands.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("version")
}

/// The version that last wrote a data directory; `None` where none is written down.
///
/// # Errors
/// When its file cannot be read.
pub fn read(data_dir: &Path) -> Result<Option<String>, VersionError> {
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VersionError::Unreadable { path, error }),
    }
}

/// The version that last wrote a data directory, which is none above this program's.
///
/// # Errors
/// When a newer version wrote it, with what to do; when its file cannot be read.
pub fn not_newer(data_dir: &Path) -> Result<Option<String>, VersionError> {
    match read(data_dir)? {
        Some(wrote) if is_newer(&wrote) => Err(VersionError::Newer { data_dir: data_dir.to_owned(), wrote }),
        older => Ok(older),
    }
}

/// Whether a version is above this program's. One that cannot be read is none that we know.
#[must_use]
pub fn is_newer(version: &str) -> bool {
    match (numbers(version), numbers(OURS)) {
        (Some(theirs), Some(ours)) => theirs > ours,
        _ => version != BEFORE,
    }
}

/// `1.2.3`, whatever follows it.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let plain = version.split(['-', '+']).next()?;
    let mut parts = plain.split('.').map(str::parse);
    let numbers = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_newer("999.0.0") && is_newer("0.999.0-rc.1") && is_newer("not a version"));
        assert!(!is_newer(OURS) && !is_newer("0.0.9") && !is_newer(BEFORE));
        assert!(numbers("0.10.0") > numbers("0.9.9"));
    }
}
