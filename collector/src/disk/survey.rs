//! What is on the disk. Everything here waits for the file system: it belongs to a thread of its
//! own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use domain::Timestamp;
use rustix::fs::{StatVfsMountFlags, statvfs};
use serde::Deserialize;

use crate::recover::journal_dir;

const DAY_MS: i64 = 86_400_000;
/// The growth is that of so many days.
const GROWTH_DAYS: i64 = 7;

/// The room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that can still be written.
    pub free: u64,
    /// Bytes that are taken.
    pub used: u64,
    /// Nothing can be written at all.
    pub read_only: bool,
}

impl Room {
    /// The room on the file system on which `path` lies.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Self> {
        let it = statvfs(path)?;
        Ok(Self {
            free: it.f_bavail.saturating_mul(it.f_frsize),
            used: it.f_blocks.saturating_sub(it.f_bfree).saturating_mul(it.f_frsize),
            read_only: it.f_flag.contains(StatVfsMountFlags::RDONLY),
        })
    }

    /// What can be used of the file system in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.used.saturating_add(self.free)
    }

    /// Whether this share of it is taken, in percent.
    #[must_use]
    pub fn is_above(&self, percent: u8) -> bool {
        u128::from(self.used) * 100 >= u128::from(self.total()) * u128::from(percent)
    }
}

/// A kind of data in the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The journal and its archives: never removed.
    Journal,
    /// Snapshots of the state: made anew from the journal.
    Snapshots,
    /// Backups in the data directory.
    Backups,
    /// The history.
    History,
    /// The broker's own store.
    Broker,
    /// Logs in the data directory.
    Logs,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Journal, Self::Snapshots, Self::Backups, Self::History, Self::Broker, Self::Logs];

    /// Its directory's name, and its name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Snapshots => "snapshots",
            Self::Backups => "backups",
            Self::History => "history",
            Self::Broker => "broker",
            Self::Logs => "logs",
        }
    }
}

/// Bytes of each kind, as they lie on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes([u64; Kind::ALL.len()]);

impl Sizes {
    /// Measures a data directory. What cannot be read counts nothing.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        let mut sizes = Self::default();
        for kind in Kind::ALL {
            *sizes.of_kind(kind) = tree(&data_dir.join(kind.name()));
        }
        let logs = fs::read_dir(data_dir).into_iter().flatten().flatten();
        let logs = logs.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "log"));
        *sizes.of_kind(Kind::Logs) += logs.map(|entry| file(&entry)).sum::<u64>();
        sizes
    }

    fn of_kind(&mut self, kind: Kind) -> &mut u64 {
        &mut self.0[kind as usize]
    }

    /// The bytes of a kind.
    #[must_use]
    pub const fn get(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }
}

fn file(entry: &fs::DirEntry) -> u64 {
    entry.metadata().ok().filter(fs::Metadata::is_file).map_or(0, |about| about.len())
}

/// The bytes of a directory and what is in it; links are not followed.
fn tree(dir: &Path) -> u64 {
    let mut bytes = 0;
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(entry.path()),
                Ok(kind) if kind.is_file() => bytes += file(&entry),
                Ok(_) | Err(_) => {}
            }
        }
    }
    bytes
}

/// How many bytes the journal grows in a day: the mean of the days before its last one, which is not
/// over yet. Files of the journal, archives too, begin with their day.
#[must_use]
pub fn growth(data_dir: &Path) -> Option<u64> {
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    let mut dirs = vec![journal_dir(data_dir)];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                dirs.push(entry.path());
            } else if let Some(day) = entry.file_name().to_str().and_then(day_of) {
                *days.entry(day).or_default() += file(&entry);
            }
        }
    }
    mean(&days)
}

fn day_of(name: &str) -> Option<i64> {
    let date = name.get(..10)?;
    Timestamp::parse(&format!("{date}T00:00:00Z")).map(|at| at.ms().div_euclid(DAY_MS))
}

/// Over the days from the first one, at most [`GROWTH_DAYS`], to the one before the last.
fn mean(days: &BTreeMap<i64, u64>) -> Option<u64> {
    let ((first, _), (today, _)) = days.first_key_value().zip(days.last_key_value())?;
    let (first, today) = (*first, *today);
    let from = first.max(today - GROWTH_DAYS);
    let count = u64::try_from(today - from).ok().filter(|count| *count > 0)?;
    let bytes: u64 = days.range(from..today).map(|(_, bytes)| bytes).sum();
    Some(bytes / count)
}

/// What the nightly backup leaves behind in the data directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LastBackup {
    /// When it was made.
    pub at: Timestamp,
    /// Its file.
    #[serde(default)]
    pub file: Option<String>,
    /// Whether it was read back and found whole.
    #[serde(default)]
    pub verified: bool,
}

impl LastBackup {
    /// The newest verified one; `None` when there is none.
    #[must_use]
    pub fn of(data_dir: &Path) -> Option<Self> {
        let text = fs::read(data_dir.join(Kind::Backups.name()).join("last.json")).ok()?;
        serde_json::from_slice::<Self>(&text).ok().filter(|last| last.verified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_what_can_be_used() {
        let room = |used, free| Room { used, free, read_only: false };
        assert!(room(90, 10).is_above(90) && !room(89, 11).is_above(90));
        assert_eq!(room(90, 10).total(), 100);
        let here = Room::of(Path::new("/")).unwrap();
        assert!(here.total() > 0);
    }

    #[test]
    fn kinds_are_measured_by_their_directory() {
        let dir = tempfile::tempdir().unwrap();
        for (path, bytes) in [("journal/a", 10), ("journal/archive/b", 20), ("broker/store/c", 5), ("serve.log", 7)] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; bytes]).unwrap();
        }
        let sizes = Sizes::of(dir.path());
        let all = Kind::ALL.map(|kind| sizes.get(kind));
        assert_eq!(all, [30, 0, 0, 0, 5, 7]);
    }

    #[test]
    fn the_journal_s_growth_is_the_mean_of_whole_days() {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal_dir(dir.path());
        fs::create_dir_all(&journal).unwrap();
        let write = |name: &str, bytes| fs::write(journal.join(name), vec![0; bytes]).unwrap();
        assert_eq!(growth(dir.path()), None);
        write("2026-11-23-00000000000000000009.journal", 9_000);
        assert_eq!(growth(dir.path()), None, "today is not over");
        write("2026-11-21-00000000000000000001.journal", 300);
        assert_eq!(growth(dir.path()), Some(150), "on the 22nd nothing came");
        write("2026-11-01-00000000000000000000.journal", 70_000);
        assert_eq!(growth(dir.path()), Some(300 / 7), "a month ago is long ago");
    }

    #[test]
    fn only_a_verified_backup_counts() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("backups")).unwrap();
        let write = |text: &str| fs::write(dir.path().join("backups/last.json"), text).unwrap();
        assert_eq!(LastBackup::of(dir.path()), None);
        write(r#"{"at":"2026-11-22T19:30:00.000Z","file":"b.tar.zst","verified":true,"seconds":3}"#);
        let last = LastBackup::of(dir.path()).unwrap();
        assert_eq!(
            (last.at, last.file.as_deref()),
            (Timestamp::parse("2026-11-22T19:30:00Z").unwrap(), Some("b.tar.zst"))
        );
        write(r#"{"at":"2026-11-22T19:30:00.000Z","file":"b.tar.zst","verified":false,"error":"x"}"#);
        assert_eq!(LastBackup::of(dir.path()), None);
    }
}
