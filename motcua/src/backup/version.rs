//! Which version wrote a data directory: a newer program keeps a backup before it writes, an older
//! one keeps its hands off.

use std::path::Path;

use anyhow::Context;
use collector::version::{BEFORE, VersionError, not_newer, path};
pub use collector::version::{OURS, is_newer, read};
use mqtt_config::settings::files::write_private;

use crate::exit::BadInput;

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
    let version = match not_newer(data_dir) {
        Ok(Some(version)) => version,
        // Where a journal is, somebody wrote it.
        Ok(None) if has_journal(data_dir) => return Ok(Written::Older(BEFORE.to_owned())),
        Ok(None) => return Ok(Written::Ours),
        Err(newer @ VersionError::Newer { .. }) => return Err(BadInput::because(newer.to_string()).into()),
        Err(error) => return Err(error.into()),
    };
    Ok(if version == OURS { Written::Ours } else { Written::Older(version) })
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

fn has_journal(data_dir: &Path) -> bool {
    let entries = std::fs::read_dir(data_dir.join(super::stage::JOURNAL)).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_str().is_some_and(super::stage::holds_records))
}

#[cfg(test)]
mod tests {
    use super::*;

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
