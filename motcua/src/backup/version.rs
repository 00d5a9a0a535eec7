//! Which version wrote a data directory: a newer program keeps a backup before it writes, an older
//! one keeps its hands off.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mqtt_config::settings::files::write_private;

use crate::exit::BadInput;

/// This program's version.
pub const OURS: &str = env!("CARGO_PKG_VERSION");

const FILE: &str = "version";
/// The version of a directory that was written before there was such a file.
const BEFORE: &str = "unknown";

/// What a data directory's version says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Nothing is in it yet, or this very version wrote it.
    Ours,
    /// An older version did.
    Older(String),
}

/// Compares a data directory with this program.
///
/// # Errors
/// [`BadInput`] when a newer version wrote it, with what to do.
pub fn look(data_dir: &Path) -> anyhow::Result<Written> {
    let Some(version) = read(data_dir)? else {
        // Where a journal is, somebody wrote it.
        return Ok(if has_journal(data_dir) { Written::Older(BEFORE.to_owned()) } else { Written::Ours });
    };
    if is_newer(&version) {
        let sentence = format!(
            "{} was written by motcua {version}, and this is motcua {OURS}: an older program could damage it. Start motcua {version} or newer, \
             or restore the backup that was made before the upgrade (before-upgrade-… in its folder of backups) into an empty directory",
            data_dir.display()
        );
        return Err(BadInput::because(sentence).into());
    }
    Ok(if version == OURS { Written::Ours } else { Written::Older(version) })
}

/// The version that last wrote a data directory.
///
/// # Errors
/// When its file cannot be read.
pub fn read(data_dir: &Path) -> anyhow::Result<Option<String>> {
    let path = path(data_dir);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes down that this version writes from here on.
///
/// # Errors
/// When it cannot be written.
pub fn claim(data_dir: &Path) -> anyhow::Result<()> {
    let path = path(data_dir);
    if read(data_dir)?.as_deref() == Some(OURS) {
        return Ok(());
    }
    write_private(&path, format!("{OURS}\n").as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// When this version first wrote a data directory, in Unix milliseconds.
#[must_use]
pub fn claimed_ms(data_dir: &Path) -> Option<i64> {
    let modified = std::fs::metadata(path(data_dir)).and_then(|about| about.modified()).ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

fn has_journal(data_dir: &Path) -> bool {
    let entries = std::fs::read_dir(data_dir.join(super::stage::JOURNAL)).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_str().is_some_and(super::stage::holds_records))
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

    #[test]
    fn a_directory_knows_who_wrote_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(look(dir.path()).unwrap(), Written::Ours, "nothing is there");
        std::fs::create_dir(dir.path().join("journal")).unwrap();
        std::fs::write(dir.path().join("journal/2026-11-23-1.journal"), "x").unwrap();
        assert_eq!(look(dir.path()).unwrap(), Written::Older("unknown".into()), "from before the file");
        claim(dir.path()).unwrap();
        assert_eq!(look(dir.path()).unwrap(), Written::Ours);
        assert!(claimed_ms(dir.path()).is_some());

        std::fs::write(dir.path().join("version"), "0.0.1\n").unwrap();
        assert_eq!(look(dir.path()).unwrap(), Written::Older("0.0.1".into()));
        std::fs::write(dir.path().join("version"), "99.1.0\n").unwrap();
        let refused = look(dir.path()).unwrap_err();
        let told = refused.to_string();
        assert!(
            refused.is::<BadInput>() && told.contains("motcua 99.1.0, and this is") && !told.contains('\n'),
            "{told}"
        );
    }
}
