//! What opening a journal looks at, without its writing and its lock.

use std::path::Path;

use crate::directory::Directory;
use crate::files::Files;
use crate::primitives::Arc;
use crate::recovery;
use crate::storage::Storage;
use crate::{Error, Report};

/// What a look at a journal that can be opened found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// How many segments there are.
    pub segments: usize,
    /// The first record that is there; what came before was trimmed, or is missing. 1 for an empty
    /// journal.
    pub first_offset: u64,
    /// The offset that the next record gets.
    pub next_offset: u64,
    /// Bytes at the very end that are no whole record, as in [`Report::tail_bytes`].
    pub tail_bytes: u64,
}

/// Looks at the journal in `dir` as [`Journal::open`](crate::Journal::open) does: that every segment
/// is there and ends where the next one begins, every record of the newest, and that nothing is gone
/// that had been synced. Takes no lock and changes nothing, and so may look beside the writer.
///
/// # Errors
/// What opening would fail with: [`Error::Damage`], a later format, or the system refuses.
pub fn check(dir: &Path) -> Result<Checked, Error> {
    check_on(Arc::new(Files::new(dir)))
}

/// As [`check`], on any storage.
///
/// # Errors
/// As [`check`].
pub fn check_on(storage: Arc<dyn Storage>) -> Result<Checked, Error> {
    let (segments, newest) = recovery::inspect(&Directory::new(storage))?;
    Ok(Checked {
        segments: segments.len(),
        first_offset: segments.first().map_or(1, |segment| segment.first),
        next_offset: newest.as_ref().map_or(1, |newest| newest.next),
        tail_bytes: newest.map_or(Ok(0), |newest| newest.scan.left())?,
    })
}

/// Of a journal that is never trimmed: whether it begins with record 1. `first` is the first record
/// that is there. One that begins later has lost segments, which nothing in the others can tell.
///
/// # Errors
/// [`Error::MissingStart`] when it begins with a later record.
pub fn untrimmed(dir: &Path, first: u64) -> Result<(), Error> {
    if first > 1 { Err(Error::MissingStart { dir: dir.to_owned(), first }) } else { Ok(()) }
}

impl Report {
    /// The damage, and of a journal that is never trimmed also that it does not begin with record 1.
    ///
    /// # Errors
    /// [`Error::MissingStart`] first, else [`Error::Damage`].
    pub fn untrimmed(&self, dir: &Path) -> Result<(), Error> {
        untrimmed(dir, self.first)?;
        self.damage.clone().map_or(Ok(()), |damage| Err(damage.into()))
    }
}
