//! Data that can be done without: old snapshots and old backups. The journal is not among them, nor
//! is a file among the backups that does not have the name of one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::backups::{BackupName, Made};
use super::survey::{Kind, LastBackup};

/// A file that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Old {
    /// A nightly backup is made again tomorrow, one from before an upgrade never.
    why: Made,
    made: SystemTime,
    path: PathBuf,
    bytes: u64,
}

/// The files of a kind that may go, in that order, and what stays of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    old: Vec<Old>,
    kept_bytes: u64,
}

impl Derived {
    /// Snapshots but the newest; backups but the newest verified one (all of them stay when none is
    /// verified), those from before an upgrade last. Nothing of any other kind, nothing that is being
    /// written, and nothing that a person put there under a name of their own.
    #[must_use]
    pub fn of(data_dir: &Path, kind: Kind) -> Self {
        let mut files = files(&data_dir.join(kind.name()), kind);
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

    /// Removes one after the other until all of the kind is within `budget` bytes. Returns how many bytes
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

/// The whole files of a directory whose names are ours, in the order in which they go.
fn files(dir: &Path, kind: Kind) -> Vec<Old> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<Old> = entries
        .filter_map(|entry| {
            let why = why(entry.file_name().to_str()?, kind)?;
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Old { why, made: about.modified().ok()?, path: entry.path(), bytes: about.len() })
        })
        .collect();
    files.sort_unstable_by(|a, b| (a.why, a.made, &a.path).cmp(&(b.why, b.made, &b.path)));
    files
}

/// Why a file was made; `None` for one that is not ours to remove, or is being written.
fn why(name: &str, kind: Kind) -> Option<Made> {
    match kind {
        Kind::Snapshots => is_whole(name).then_some(Made::Usually),
        Kind::Backups => BackupName::read(name).map(|name| name.made),
        Kind::Journal | Kind::History | Kind::Broker | Kind::Logs => None,
    }
}

/// A snapshot that is being written has an ending of its own.
fn is_whole(name: &str) -> bool {
    let unfinished = [".new", ".tmp", ".part", ".json"];
    !name.starts_with('.') && !unfinished.iter().any(|ending| name.ends_with(ending))
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
        let night = |day: u32| format!("backups/motcua-202611{day:02}T193000Z.tar.zst");
        let dir = data_dir(&[&night(21), &night(22), &night(23)]);
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(0).unwrap(), 0);
        let last =
            r#"{"at":"2026-11-22T19:30:00.000Z","file":"/elsewhere/motcua-20261122T193000Z.tar.zst","verified":true}"#;
        fs::write(dir.path().join("backups/last.json"), last).unwrap();
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(0).unwrap(), 20);
        assert_eq!(left(dir.path(), Kind::Backups), ["last.json", "motcua-20261122T193000Z.tar.zst"]);
    }

    #[test]
    fn a_person_s_own_files_stay_and_what_is_from_before_an_upgrade_goes_last() {
        let night = |day: u32| format!("backups/motcua-202611{day:02}T193000Z.tar.zst");
        let upgrade = "backups/before-upgrade-0.1.0-0.2.0-20260101T000000Z.tar.zst";
        let own = ["backups/before the move.tar.zst", "backups/motcua-mine.tar.zst", "backups/notes.txt"];
        let (a, b, c) = (night(21), night(22), night(23));
        let dir = data_dir(&[own[0], upgrade, own[1], &a, &b, &c, own[2]]);
        let last = r#"{"at":"2026-11-23T19:30:00.000Z","file":"motcua-20261123T193000Z.tar.zst","verified":true}"#;
        fs::write(dir.path().join("backups/last.json"), last).unwrap();
        let has = |name: &str| dir.path().join(name).exists();

        // What is ours is all that is counted, so that no budget asks for more than can go.
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(30).unwrap(), 10);
        assert!(!has(&a) && has(&b) && has(upgrade), "the oldest of the nights, though the upgrade is older");
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(20).unwrap(), 10);
        assert!(!has(&b) && has(upgrade));
        assert_eq!(Derived::of(dir.path(), Kind::Backups).shrink_to(0).unwrap(), 10);
        assert!(!has(upgrade) && has(&c) && own.iter().all(|name| has(name)));
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
