//! Goes through one segment record by record, in large reads and without copying a record.

use std::ops::Range;

use crate::files::SegmentFile;
use crate::format::{self, Found, SEGMENT_HEADER, Survivors};
use crate::{Damage, Error, Fault, Record};

/// Large enough that the read calls vanish, small enough to stay in the processor's cache.
const CHUNK: usize = 256 * 1024;

/// What comes next in a segment.
pub(crate) enum Step {
    /// A whole record; [`Scan::record`] shows it.
    Record(Range<usize>),
    /// The file ends right after the last record.
    End,
    /// The file ends inside a record.
    Incomplete,
    /// Not the expected record.
    Bad(Fault),
}

#[derive(Debug)]
pub(crate) struct Scan {
    file: SegmentFile,
    buffer: Vec<u8>,
    /// What of the buffer is not yet consumed.
    unread: Range<usize>,
    /// Where in the file the unread part begins.
    position: u64,
}

impl Scan {
    /// Begins after the header, which the file is known to have.
    pub fn new(file: SegmentFile) -> Self {
        Self { file, buffer: Vec::new(), unread: 0..0, position: SEGMENT_HEADER as u64 }
    }

    /// Where the next record begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub fn file(&self) -> &SegmentFile {
        &self.file
    }

    pub fn into_file(self) -> SegmentFile {
        self.file
    }

    /// Looks at what comes next, which should be record `expected`, and passes over it when it is
    /// whole. After anything else the same place is read again from the file: it may have grown.
    #[inline]
    pub fn step(&mut self, expected: u64) -> Result<Step, Error> {
        loop {
            let unread = &self.buffer[self.unread.clone()];
            let step = match format::check(unread, expected) {
                Found::Whole(len) => {
                    let record = self.unread.start..self.unread.start + len;
                    self.unread.start = record.end;
                    self.position += len as u64;
                    return Ok(Step::Record(record));
                }
                Found::Incomplete(needed) if self.fill(needed)? => continue,
                Found::Incomplete(_) if self.unread.is_empty() => Step::End,
                Found::Incomplete(_) => Step::Incomplete,
                Found::Bad(fault) => Step::Bad(fault),
            };
            self.unread = 0..0;
            return Ok(step);
        }
    }

    /// The record that the last [`Step::Record`] passed over.
    #[inline]
    pub fn record(&self, range: Range<usize>) -> Record<'_> {
        format::view(&self.buffer[range])
    }

    /// Reads on, with room for at least `needed` bytes; false when nothing came.
    fn fill(&mut self, needed: usize) -> Result<bool, Error> {
        let kept = self.unread.len();
        // Most of a burst fits a chunk; a larger record makes the buffer grow once.
        if self.buffer.len() < needed.max(CHUNK) {
            let mut grown = vec![0; needed.max(CHUNK)];
            grown[..kept].copy_from_slice(&self.buffer[self.unread.clone()]);
            self.buffer = grown;
        } else {
            self.buffer.copy_within(self.unread.clone(), 0);
        }
        self.unread = 0..kept;
        let read = self.file.read_at(&mut self.buffer[kept..], self.position + kept as u64)?;
        self.unread.end += read;
        Ok(read > 0)
    }

    /// Whole records after the place that the scan stands at, where `broken` should be. None when
    /// it turns out to be whole by now: then its writer was only not done yet.
    pub fn survivors(&self, broken: u64) -> Result<Survivors, Error> {
        let rest = self.file.read_from(self.position)?;
        let whole_now = matches!(format::check(&rest, broken), Found::Whole(_));
        Ok(if whole_now { Survivors::default() } else { format::survivors(&rest, broken) })
    }

    /// Names the place that the scan stands at.
    pub fn damage(&self, offset: u64, fault: Fault) -> Error {
        Damage { file: self.file.path().to_owned(), position: self.position, offset, fault }.into()
    }
}
