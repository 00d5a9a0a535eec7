//! Reads records in order, over all segments, also while they are being written.

use std::ops::Range;
use std::path::Path;

use crate::directory::{Directory, Segment};
use crate::files::Files;
use crate::primitives::Arc;
use crate::scan::{Scan, Step};
use crate::storage::Storage;
use crate::{Error, Fault, Record};

/// Streams the records of a journal from a given offset. Needs no lock: a reader beside a running
/// writer sees a growing journal, whose incomplete last record is simply the end for now.
#[derive(Debug)]
pub struct Reader {
    dir: Directory,
    /// The segment being read, and its first offset. None before the first segment exists.
    current: Option<(u64, Scan)>,
    /// The record that comes next in the segment.
    next: u64,
    /// The first record that the caller wants.
    from: u64,
}

impl Reader {
    /// Opens the journal in `dir` so that the first record read is `from` (1 is the first of all).
    ///
    /// # Errors
    /// When the directory or a segment cannot be read, or `from` is no longer in the journal.
    pub fn open(dir: &Path, from: u64) -> Result<Self, Error> {
        Self::open_on(Arc::new(Files::new(dir)), from)
    }

    /// As [`open`](Self::open), on any storage.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(storage: Arc<dyn Storage>, from: u64) -> Result<Self, Error> {
        let mut reader = Self { dir: Directory::new(storage), current: None, next: 1, from: from.max(1) };
        reader.open_first()?;
        Ok(reader)
    }

    /// As [`open`](Self::open), of a journal that is never trimmed: where it begins after `from`,
    /// segments are missing.
    ///
    /// # Errors
    /// As [`open`](Self::open), with [`Error::MissingStart`] for [`Error::Trimmed`].
    pub fn open_untrimmed(dir: &Path, from: u64) -> Result<Self, Error> {
        Self::open(dir, from).map_err(|error| match error {
            Error::Trimmed { dir, first, .. } => Error::MissingStart { dir, first },
            error => error,
        })
    }

    /// The next record, or `None` at the end of what has been written; asking again later goes on
    /// from there.
    ///
    /// # Errors
    /// [`Error::Damage`] names the first record that is not what was written. It is returned again
    /// for as long as it is true.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        loop {
            let Some(range) = self.pass_record()? else { return Ok(None) };
            if self.next > self.from {
                return Ok(self.current.as_ref().map(|(_, scan)| scan.record(range)));
            }
        }
    }

    /// Passes over one whole record; None at the end.
    fn pass_record(&mut self) -> Result<Option<Range<usize>>, Error> {
        let mut successor = None;
        loop {
            if self.current.is_none() && !self.open_first()? {
                return Ok(None);
            }
            let Some((first, scan)) = &mut self.current else { return Ok(None) };
            let cut_short = match scan.step(self.next)? {
                Step::Record(range) => {
                    self.next += 1;
                    return Ok(Some(range));
                }
                Step::Bad(fault) => return Err(scan.damage(self.next, fault).into()),
                Step::Incomplete => true,
                Step::End => false,
            };
            match successor.take() {
                // The successor was there before this read, so this is where the segment ends.
                Some(_) if cut_short => return Err(scan.damage(self.next, Fault::CutShort).into()),
                Some(segment) => self.switch_to(&segment)?,
                None => {
                    successor = self.dir.segments()?.into_iter().find(|segment| segment.first > *first);
                    if successor.is_none() {
                        return self.check_tail().map(|()| None);
                    }
                }
            }
        }
    }

    /// Opens the segment that holds `from`, or the last one before it. False when there is none.
    fn open_first(&mut self) -> Result<bool, Error> {
        let segments = self.dir.segments()?;
        let Some(oldest) = segments.first() else { return Ok(false) };
        let holds_from = segments.iter().rev().find(|segment| segment.first <= self.from);
        let Some(segment) = holds_from else {
            return Err(Error::Trimmed { dir: self.dir.path().to_owned(), first: oldest.first, wanted: self.from });
        };
        self.next = segment.first;
        self.current = Some((segment.first, Scan::open(&self.dir, segment)?));
        Ok(true)
    }

    fn switch_to(&mut self, segment: &Segment) -> Result<(), Error> {
        if let Some((_, scan)) = self.current.as_ref().filter(|_| segment.first != self.next) {
            return Err(scan.damage(self.next, Fault::MissingSegment { found: segment.first }).into());
        }
        self.current = Some((segment.first, Scan::open(&self.dir, segment)?));
        Ok(())
    }

    /// The newest segment has ended, perhaps inside a record: a write that is still going on, or
    /// one that a crash cut short. Nothing whole can follow that; if something does, a length was
    /// damaged.
    fn check_tail(&self) -> Result<(), Error> {
        let Some((_, scan)) = &self.current else { return Ok(()) };
        let survivors = scan.survivors(self.next)?;
        if survivors.records > 0 { Err(scan.damage(self.next, Fault::CutShort).into()) } else { Ok(()) }
    }
}
