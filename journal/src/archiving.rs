//! Turning sealed segments into archives, and telling what lies where.

use std::path::{Path, PathBuf};

use crate::archive::{self, Unpacked};
use crate::directory::{Directory, Form, Segment, SegmentFile};
use crate::files::Files;
use crate::primitives::Arc;
use crate::scan::{Scan, Step};
use crate::storage::{Access, Storage};
use crate::{Error, Fault};

/// A segment as it lies in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its first record.
    pub first: u64,
    /// The local day of its records when it was begun, as `2026-11-23`.
    pub day: String,
    /// The file that readers take.
    pub file: PathBuf,
    /// Length of that file.
    pub bytes: u64,
    /// Whether that file is an archive.
    pub archived: bool,
}

/// Every segment of the journal in `dir`, in the order of their records. The last one is being
/// written; each of the others ends where the next begins and never changes but by being archived.
///
/// # Errors
/// When the directory cannot be read.
pub fn segments(dir: &Path) -> Result<Vec<SegmentInfo>, Error> {
    segments_on(Arc::new(Files::new(dir)))
}

/// As [`segments`], on any storage.
///
/// # Errors
/// As [`segments`].
pub fn segments_on(storage: Arc<dyn Storage>) -> Result<Vec<SegmentInfo>, Error> {
    let dir = Directory::new(storage);
    dir.segments()?.iter().map(|segment| info(&dir, segment)).collect()
}

fn info(dir: &Directory, segment: &Segment) -> Result<SegmentInfo, Error> {
    let (name, bytes) = dir.size(segment)?;
    let archived = name != segment.plain_name();
    let (first, day) = (segment.first, segment.day().to_owned());
    Ok(SegmentInfo { first, day, file: dir.path().join(name), bytes, archived })
}

/// A segment that was archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The archive.
    pub file: PathBuf,
    /// Its first record.
    pub first: u64,
    /// Its last record.
    pub last: u64,
    /// Length of the segment as it was.
    pub plain_bytes: u64,
    /// Length of the archive.
    pub archived_bytes: u64,
}

/// Archives the oldest segment in `dir` that is not archived yet and all of whose records come
/// before record `before`; never the newest. `None` when there is none, or when somebody else is at
/// it. One segment a call, so that the caller can stop between two.
///
/// The archive is written beside the segment, synced, unpacked again and compared record for record
/// before it gets its name; only then the segment goes. A crash at any point leaves one of them
/// whole, and readers take one. May run beside the writer and beside readers.
///
/// # Errors
/// When the segment is damaged (it stays as it is), or the system refuses (a full disk: what was
/// begun is removed).
pub fn archive_next(dir: &Path, before: u64) -> Result<Option<Archived>, Error> {
    archive_next_on(Arc::new(Files::new(dir)), before)
}

/// As [`archive_next`], on any storage.
///
/// # Errors
/// As [`archive_next`].
pub fn archive_next_on(storage: Arc<dyn Storage>, before: u64) -> Result<Option<Archived>, Error> {
    let dir = Directory::new(storage);
    let Some(_lock) = dir.lock_archives()? else { return Ok(None) };
    let segments = dir.segments()?;
    let mut old = segments.windows(2).take_while(|pair| pair[1].first <= before);
    // Where a crash left both, the archive is made again: it is the segment that readers take.
    let Some(pair) = old.find(|pair| pair[0].form != Form::Archived) else { return Ok(None) };
    let (segment, last) = (&pair[0], pair[1].first - 1);
    match archive(&dir, segment, last) {
        Ok(archived) => Ok(Some(archived)),
        Err(error) => {
            // Gives back the room. When even that fails, the next try empties the file.
            drop(dir.remove_unfinished_archive());
            Err(error)
        }
    }
}

fn archive(dir: &Directory, segment: &Segment, last: u64) -> Result<Archived, Error> {
    let plain = dir.open_plain(segment, Access::Read)?;
    let file = dir.begin_archive()?;
    let header = archive::write(&plain, &file, segment.first, last)?;
    compare(segment, plain, file, last)?;
    let file = dir.name_archive(segment)?;
    Ok(Archived { file, first: segment.first, last, plain_bytes: header.bytes, archived_bytes: header.file_len() })
}

/// Whether the archive, read the way readers will, holds what the segment holds, and both are whole
/// from the first record to the last.
fn compare(segment: &Segment, plain: SegmentFile, archive: SegmentFile, last: u64) -> Result<(), Error> {
    let header = archive::read_header(&archive, segment.first)?;
    let mut packed = Scan::unpack(segment, Unpacked::new(archive, header)?)?;
    let mut plain = Scan::new(plain);
    for next in segment.first..=last {
        let wanted = match plain.step(next)? {
            Step::Record(range) => range,
            Step::Bad(fault) => return Err(plain.damage(next, fault).into()),
            Step::End | Step::Incomplete => return Err(plain.damage(next, Fault::CutShort).into()),
        };
        match packed.step(next)? {
            Step::Record(range) if packed.bytes(range.clone()) == plain.bytes(wanted) => {}
            _otherwise => return Err(packed.damage(next, Fault::Archive).into()),
        }
    }
    match (plain.step(last + 1)?, packed.step(last + 1)?) {
        (Step::End, Step::End) => Ok(()),
        (Step::End, _) => Err(packed.damage(last + 1, Fault::Archive).into()),
        _more => Err(plain.damage(last + 1, Fault::OutOfPlace { found: last + 1 }).into()),
    }
}
