//! The collector's disk: a directory of which a crash leaves what was synced, and of the rest what
//! chance leaves.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use collector::recover::journal_dir;
use journal::{Journal, Options, Reader};

use crate::random::Random;

/// See the module.
pub struct Disk {
    dir: tempfile::TempDir,
    /// The newest segment and how much of it is synced; older ones are synced whole.
    synced: Option<(PathBuf, u64)>,
}

impl Disk {
    pub fn new() -> Self {
        // In memory where there is such a place: a day has hundreds of syncs.
        let shared = Path::new("/dev/shm");
        let dir = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        Self { dir: dir.unwrap(), synced: None }
    }

    /// The data directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn open(&mut self) -> (Journal, Option<i64>) {
        let (journal, recovery) = Journal::open(&journal_dir(self.dir.path()), Options::default()).unwrap();
        self.synced();
        (journal, recovery.last_rx_ms)
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&journal_dir(self.dir.path()), 1).unwrap()
    }

    fn newest(&self) -> Option<(PathBuf, u64)> {
        let names = fs::read_dir(journal_dir(self.dir.path())).unwrap().map(|entry| entry.unwrap().path());
        let newest = names.filter(|path| path.extension().is_some_and(|end| end == "journal")).max()?;
        let len = fs::metadata(&newest).unwrap().len();
        Some((newest, len))
    }

    /// Everything flushed so far is on the disk.
    pub fn synced(&mut self) {
        self.synced = self.newest();
    }

    /// The machine stops: of what was not synced, any part stays, cut short and with holes.
    pub fn crash(&mut self, random: &mut Random) {
        let Some((newest, len)) = self.newest() else { return };
        // A segment's header is synced before it gets its name.
        let safe = self.synced.take().filter(|(path, _)| *path == newest).map_or(32, |(_, len)| len);
        if len <= safe {
            return;
        }
        let file = OpenOptions::new().write(true).open(&newest).unwrap();
        let kept = random.between(safe as i64, len as i64 + 1) as u64;
        file.set_len(kept).unwrap();
        if kept > safe && random.percent(40) {
            let from = random.between(safe as i64, kept as i64) as u64;
            let zeros = vec![0; (kept - from).min(512) as usize];
            file.write_all_at(&zeros, from).unwrap();
        }
    }
}
