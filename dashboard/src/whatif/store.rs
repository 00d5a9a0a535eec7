//! Where questions are kept: in memory, and in a small file a site, so that a restart between a
//! question and its hour loses nothing.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::{fs, io};

use domain::SiteId;
use domain::board::Board;

use super::asked::Record;

/// Questions kept of a site; the oldest go first.
const KEPT: usize = 200;
/// A file larger than this is none of ours.
const LARGEST: u64 = 4 << 20;

/// All questions that are kept.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    /// Oldest first. A site is read from its file when it is first asked of.
    sites: Mutex<BTreeMap<SiteId, VecDeque<Record>>>,
}

impl Store {
    pub(super) const fn new(dir: PathBuf) -> Self {
        Self { dir, sites: Mutex::new(BTreeMap::new()) }
    }

    /// Adds the record that `make` makes of its number.
    pub(super) fn add(&self, site: SiteId, make: impl FnOnce(u64) -> Record) -> u64 {
        let mut sites = self.sites();
        let records = self.records(&mut sites, site);
        let id = records.back().map_or(1, |last| last.id + 1);
        records.push_back(make(id));
        while records.len() > KEPT {
            records.pop_front();
        }
        self.write(site, records);
        id
    }

    /// The newest first.
    pub(super) fn list(&self, site: SiteId) -> Vec<Record> {
        self.records(&mut self.sites(), site).iter().rev().cloned().collect()
    }

    /// Compares what is due with the site's board; later, when a disk holds somebody up who is here.
    pub(super) fn look(&self, board: &Board) {
        let mut sites = match self.sites.try_lock() {
            Ok(sites) => sites,
            Err(TryLockError::Poisoned(sites)) => sites.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let records = self.records(&mut sites, board.site);
        let mut any = false;
        for record in records.iter_mut() {
            any |= record.look(board);
        }
        if any {
            self.write(board.site, records);
        }
    }

    fn records<'a>(&self, sites: &'a mut BTreeMap<SiteId, VecDeque<Record>>, site: SiteId) -> &'a mut VecDeque<Record> {
        sites.entry(site).or_insert_with(|| {
            let file = self.file(site);
            read(&file).unwrap_or_else(|why| {
                tracing::warn!(file = %file.display(), %why, "Earlier what-if questions cannot be read; beginning anew.");
                VecDeque::new()
            })
        })
    }

    /// A file that cannot be written is told of and forgotten: the questions stay in memory.
    fn write(&self, site: SiteId, records: &VecDeque<Record>) {
        let file = self.file(site);
        if let Err(why) = write(&file, records) {
            tracing::warn!(file = %file.display(), %why, "What-if questions are kept in memory only.");
        }
    }

    fn file(&self, site: SiteId) -> PathBuf {
        self.dir.join(format!("{site}.json"))
    }

    fn sites(&self) -> MutexGuard<'_, BTreeMap<SiteId, VecDeque<Record>>> {
        // Records are added and compared whole.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> io::Result<VecDeque<Record>> {
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(VecDeque::new()),
        Err(error) => return Err(error),
        Ok(found) if found.len() > LARGEST => return Err(io::Error::other("it is too large")),
        Ok(_) => {}
    }
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}

/// Beside it and then in its place: it is whole or it is the one before.
fn write(file: &Path, records: &VecDeque<Record>) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(records)?)?;
    fs::rename(&new, file)
}
