//! Data that can be done without: old snapshots and old backups. The journal is not among them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::survey::{Kind, LastBackup};

/// A file that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Old {
    made: SystemTime,
    path: PathBuf,
    bytes: u64,
}

/// The files of a kind that may go, the oldest first, and what stays of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    old: Vec<Old>,
    kept_bytes: u64,
}

impl Derived {
    /// Snapshots but the newest; backups but the newest verified one (all of them stay when none is
    /// verified). Nothing of any other kind, and nothing that is being written.
    #[must_use]
    pub fn of(data_dir: &Path, kind: Kind) -> Self {
        let mut files = files(&data_dir.join(kind.name()));
        let newest = match kind {
            Kind::Snapshots => files.last().map(|file| file.path.clone()),
            Kind::Backups => LastBackup::of(data_dir).and_then(|last| last.file).map(PathBuf::from),
            Kind::Journal | Kind::History | Kind::Broker | Kind::Logs => None,
        };
        let Some(newest) = newest else {
            return Self { old: Vec::new(), kept_bytes: files.iter().map(|file| file.bytes).sum() };
        };
        // A backup may be named with its directory or without.
        let stays = |file: &Old| file.path.file_name() == newest.file_name();
        let kept_bytes = files.iter().filter(|file| stays(file)).map(|file| file.bytes).sum();
        files.retain(|file| !stays(file));
        Self { old: files, kept_bytes }
    }

    /// Removes the oldest until all of the kind is within `budget` bytes. Returns how many bytes
    /// went.
    ///
    /// # Errors
    /// What the system says about the first one that cannot be removed.
    pub fn shrink_to(&self, budget: u64) -> io::Result<u64> {
        let mut all = self.kept_bytes + self.old.iter().map(|file| file.bytes).sum::<u64>();
        let mut gone = 0;
        for file in &self.old {
            if all <= budget {
                break;
            }
            fs::remove_file(&file.path)?;
            tracing::warn!(file = %file.path.display(), bytes = file.bytes, "An old file was removed to make room.");
            all -= file.bytes;
            gone += file.bytes;
        }
        Ok(gone)
    }
}

/// The whole files of a directory, the oldest first.
fn files(dir: &Path) -> Vec<Old> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<Old> = entries
        .filter(|entry| is_whole(entry.file_name().to_str()))
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Old { made: about.modified().ok()?, path: entry.path(), bytes: about.len() })
        })
        .collect();
    files.sort_unstable_by(|a, b| (a.made, &a.path).cmp(&(b.made, &b.path)));
    files
}

/// What is being written has an ending of its own; `last.json` is no backup.
fn is_whole(name: Option<&str>) -> bool {
    let unfinished = [".new", ".tmp", ".part", ".json"];
    name.is_some_and(|name| !name.starts_with('.') && !unfinished.iter().any(|ending| name.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    fn data_dir(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (age, name) in names.iter().rev().enumerate() {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, [0; 10]).unwrap();
            let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - 10 * age as u64);
            File::options().write(true).open(&path).unwrap().set_modified(made).unwrap();
        }
        dir
    }

    fn left(dir: &Path, kind: Kind) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir.join(kind.name()))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_snapshots_go_and_the_newest_stays() {
        let dir = data_dir(&["snapshots/1", "snapshots/2", "snapshots/3", "snapshots/4.new"]);
        assert_eq!(Derived::of(dir.path(), Kind::Snapshots).shrink_to(20).unwrap(), 10);
        assert_eq!(left(dir.path(), Kind::Snapshots), ["2", "3", "4.new"]);
        assert_eq!(Derived::of(dir.path(), Kind::Snapshots).shrink_to(0).unwrap(), 10);
        assert_eq!(left(dir.path(), Kind::Snapshots), ["3", "4.new"]);
    }

    #[test]
    fn without_a_verified_backup_all_stay() {
        let dir = data_dir(&["backups/1.tar.zst", "backups/2.tar.zst", "backups/3.tar.zst"]);
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(0).unwrap(), 0);
        let last = r#"{"at":"2026-11-22T19:30:00.000Z","file":"/elsewhere/2.tar.zst","verified":true}"#;
        fs::write(dir.path().join("backups/last.json"), last).unwrap();
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(0).unwrap(), 20);
        assert_eq!(left(dir.path(), Kind::Backups), ["2.tar.zst", "last.json"]);
    }

    #[test]
    fn the_journal_is_never_derived() {
        let dir = data_dir(&["journal/1", "journal/2", "history/1", "broker/1", "logs/1"]);
        for kind in [Kind::Journal, Kind::History, Kind::Broker, Kind::Logs] {
            assert_eq!(Derived::of(dir.path(), kind).shrink_to(0).unwrap(), 0, "{kind:?}");
        }
        assert_eq!(left(dir.path(), Kind::Journal), ["1", "2"]);
    }
}
