//! The journal of a running installation, held still: sealed segments are linked, the one that
//! grows is copied up to its last whole record.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use journal::{Journal, Options};

use super::manifest::JournalSpan;

/// How often the journal's folder is read again when it changed while it was linked: a segment is
/// sealed or archived once an hour, not ten times a second.
const ATTEMPTS: u32 = 10;

/// A copy of the journal in a folder of its own, which is removed when this is dropped.
#[derive(Debug)]
pub struct Stage {
    dir: PathBuf,
    /// The records in it.
    pub span: JournalSpan,
    /// The hash of the state that follows from it.
    pub state_hash: String,
}

impl Stage {
    /// Holds the journal of `data_dir` still in `dir`, which is made anew.
    ///
    /// # Errors
    /// When the journal cannot be read, is damaged, or there is no room.
    pub fn make(data_dir: &Path, dir: PathBuf) -> anyhow::Result<Self> {
        let mut stage = Self { dir, span: JournalSpan { first: 1, last: 0 }, state_hash: String::new() };
        let from = data_dir.join(JOURNAL);
        let to = stage.dir.join(JOURNAL);
        let mut attempt = 1;
        while !hold_still(&from, &to).with_context(|| format!("cannot copy the journal in {}", from.display()))? {
            if attempt == ATTEMPTS {
                bail!("the folder {} changes too often to be copied; try again", from.display());
            }
            attempt += 1;
        }
        stage.span = cut_torn_end(&to)?;
        journal::untrimmed(&from, stage.span.first)?;
        stage.state_hash = state_hash(&stage.dir)?;
        Ok(stage)
    }

    /// The folder that stands for the data directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What is left is removed by the next backup.
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// The journal's folder in a data directory.
pub const JOURNAL: &str = "journal";

/// The journal's note of what is known to be durable.
const SYNCED: &str = "synced";

/// Whether a file of the journal's folder holds records; the others are a lock, drafts, and torn
/// ends that were cut off.
pub fn holds_records(name: &str) -> bool {
    first_offset(name).is_some()
}

/// The first offset in a segment's name, `2026-11-23-00000000000000000017.journal`, archived or not.
fn first_offset(name: &str) -> Option<u64> {
    let (_, rest) = name.split_once(".journal")?;
    let plain = matches!(rest, "" | ".zst");
    let (stem, _) = name.split_once(".journal")?;
    stem.rsplit_once('-')?.1.parse().ok().filter(|_| plain)
}

/// The hash of the state that follows from the journal of a data directory.
///
/// # Errors
/// When the journal is damaged.
pub fn state_hash(data_dir: &Path) -> anyhow::Result<String> {
    Ok(collector::ops::state_hash(data_dir)?)
}

/// The files that hold records, in the order of their offsets.
fn segments(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(dir) {
        // An installation that has never run.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        names.extend(name.to_str().filter(|name| holds_records(name)).map(str::to_owned));
    }
    names.sort_unstable_by_key(|name| (first_offset(name), name.len()));
    Ok(names)
}

/// Links and copies every segment. False: the folder changed meanwhile, so that one may be missing.
fn hold_still(from: &Path, to: &Path) -> io::Result<bool> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(to)?;
    // Before the records are: it was never ahead of them. With it, records that had been durable and
    // cannot be read any more are damage, and not a torn end.
    match fs::copy(from.join(SYNCED), to.join(SYNCED)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _copied_or_not_there => {}
    }
    let names = segments(from)?;
    let Some((newest, sealed)) = names.split_last() else { return Ok(true) };
    for name in sealed {
        match link_or_copy(&from.join(name), &to.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            linked => linked?,
        }
    }
    match copy_synced(&from.join(newest), &to.join(newest)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        copied => copied?,
    }
    // A folder is not read in one instant: what was archived meanwhile may have been missed under
    // both of its names. New segments behind the newest are no matter.
    Ok(segments(from)?.starts_with(&names))
}

/// A second name for the same bytes costs nothing; where the file system has no such thing, a copy.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => fs::copy(from, to).map(drop),
        linked => linked,
    }
}

/// Copies what is in a growing file now, once it is on the disk: a backup must not hold what a
/// power cut could still take from its source.
fn copy_synced(from: &Path, to: &Path) -> io::Result<()> {
    let file = File::open(from)?;
    let len = file.metadata()?.len();
    file.sync_data()?;
    io::copy(&mut file.take(len), &mut File::create(to)?)?;
    Ok(())
}

/// Cuts the end of the copied segment where the writer was in the middle of a record.
fn cut_torn_end(dir: &Path) -> anyhow::Result<JournalSpan> {
    let first = segments(dir)?.first().and_then(|name| first_offset(name)).unwrap_or(1);
    let (_journal, recovery) = Journal::open(dir, Options::default())?;
    Ok(JournalSpan { first, last: recovery.next_offset - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_archives_hold_records_and_nothing_else_does() {
        assert_eq!(first_offset("2026-11-23-00000000000000000017.journal"), Some(17));
        assert_eq!(first_offset("2026-11-23-00000000000000000017.journal.zst"), Some(17));
        for other in ["lock", "segment.new", "2026-11-23-17.journal.torn-at-32-1", "x.journal", "17.journal.zst.new"] {
            assert!(!holds_records(other), "{other}");
        }
    }

    #[test]
    fn an_installation_that_never_ran_is_an_empty_journal() {
        let dir = tempfile::tempdir().unwrap();
        let stage = Stage::make(dir.path(), dir.path().join("stage")).unwrap();
        assert_eq!((stage.span.records(), stage.state_hash.len()), (0, 64));
        let path = stage.dir().to_owned();
        drop(stage);
        assert!(!path.exists());
    }
}
