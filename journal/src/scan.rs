//! Goes through one segment record by record, in large reads and without copying a record.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::archive::Unpacked;
use crate::directory::{self, Directory, Form, Segment, SegmentFile};
use crate::format::{self, Found, SEGMENT_HEADER, Survivors};
use crate::storage::Access;
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
    source: Source,
    buffer: Vec<u8>,
    /// What of the buffer is not yet consumed.
    unread: Range<usize>,
    /// Where in the segment the unread part begins.
    position: u64,
}

/// Where the bytes come from.
#[derive(Debug)]
enum Source {
    /// A file that may still grow.
    Plain(SegmentFile),
    /// Goes forward only.
    Archive(Box<Unpacked>),
}

impl Scan {
    /// Begins after the header of a plain segment, which the file is known to have.
    pub fn new(file: SegmentFile) -> Self {
        Self::over(Source::Plain(file))
    }

    fn over(source: Source) -> Self {
        Self { source, buffer: Vec::new(), unread: 0..0, position: SEGMENT_HEADER as u64 }
    }

    /// Opens a segment in whichever form it is, and checks its header.
    pub fn open(dir: &Directory, segment: &Segment) -> Result<Self, Error> {
        if segment.form != Form::Archived {
            match dir.open_plain(segment, Access::Read) {
                Ok(file) => return Ok(Self::new(file)),
                // It was archived since the names were listed.
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Self::open_archive(dir, segment)
    }

    /// Opens a segment's archive, and checks both headers.
    pub fn open_archive(dir: &Directory, segment: &Segment) -> Result<Self, Error> {
        let (file, header) = dir.open_archive(segment)?;
        Self::unpack(segment, Unpacked::new(file, header)?)
    }

    /// Checks the header of the segment that is being unpacked.
    pub fn unpack(segment: &Segment, mut unpacked: Unpacked) -> Result<Self, Error> {
        let mut header = [0; SEGMENT_HEADER];
        let whole = unpacked.read(&mut header)? == Ok(SEGMENT_HEADER);
        // A later format would have said so in the archive's own header, which was read before. What
        // looks like one in here is what was made of a broken beginning.
        directory::check_header(whole.then_some(&header), segment, unpacked.path()).map_err(|_| {
            let file = unpacked.path().to_owned();
            Damage { file, position: 0, offset: segment.first, fault: Fault::Archive }
        })?;
        Ok(Self::over(Source::Archive(Box::new(unpacked))))
    }

    /// Where the next record begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub fn path(&self) -> &Path {
        match &self.source {
            Source::Plain(file) => file.path(),
            Source::Archive(unpacked) => unpacked.path(),
        }
    }

    /// How many bytes a plain segment has from here on.
    pub fn left(&self) -> Result<u64, Error> {
        match &self.source {
            Source::Plain(file) => Ok(file.len()?.saturating_sub(self.position)),
            Source::Archive(_) => Ok(0),
        }
    }

    pub fn is_archive(&self) -> bool {
        matches!(self.source, Source::Archive(_))
    }

    /// Looks at what comes next, which should be record `expected`, and passes over it when it is
    /// whole. After anything else the same place is looked at again: a plain file may have grown.
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
                Found::Incomplete(needed) => match self.fill(needed)? {
                    Ok(0) if self.unread.is_empty() => Step::End,
                    Ok(0) => Step::Incomplete,
                    Ok(_) => continue,
                    Err(fault) => Step::Bad(fault),
                },
                Found::Bad(fault) => Step::Bad(fault),
            };
            return Ok(self.look_again_at(step));
        }
    }

    fn look_again_at(&mut self, step: Step) -> Step {
        match (&self.source, step) {
            (Source::Plain(_), step) => {
                self.unread = 0..0;
                step
            }
            // Nothing will ever be added to it.
            (Source::Archive(_), Step::Incomplete) => Step::Bad(Fault::CutShort),
            (Source::Archive(_), step) => step,
        }
    }

    /// The record that the last [`Step::Record`] passed over.
    #[inline]
    pub fn record(&self, range: Range<usize>) -> Record<'_> {
        format::view(&self.buffer[range])
    }

    /// The same record as bytes.
    #[inline]
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// Reads on, with room for at least `needed` bytes; says how many came.
    fn fill(&mut self, needed: usize) -> Result<Result<usize, Fault>, Error> {
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
        let room = &mut self.buffer[kept..];
        let read = match &mut self.source {
            Source::Plain(file) => Ok(file.read_at(room, self.position + kept as u64)?),
            Source::Archive(unpacked) => unpacked.read(room)?,
        };
        self.unread.end += read.unwrap_or(0);
        Ok(read)
    }

    /// Whole records after the place that the scan stands at, where `broken` should be. None when
    /// it turns out to be whole by now: then its writer was only not done yet.
    pub fn survivors(&self, broken: u64) -> Result<Survivors, Error> {
        let Source::Plain(file) = &self.source else { return Ok(Survivors::default()) };
        let rest = file.read_from(self.position)?;
        let whole_now = matches!(format::check(&rest, broken), Found::Whole(_));
        Ok(if whole_now { Survivors::default() } else { format::survivors(&rest, broken) })
    }

    /// Names the place that the scan stands at.
    pub fn damage(&self, offset: u64, fault: Fault) -> Damage {
        Damage { file: self.path().to_owned(), position: self.position, offset, fault }
    }
}
