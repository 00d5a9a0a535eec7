//! Looking at every record of a journal, and starting again after damage.

use std::path::{Path, PathBuf};

use crate::directory::{Directory, Form, Segment};
use crate::files::Files;
use crate::format;
use crate::mark::Mark;
use crate::primitives::Arc;
use crate::recovery;
use crate::scan::Scan;
use crate::storage::{Access, Storage};
use crate::walk;
use crate::{Damage, Error, Fault};

/// Progress is told every so many records, and after each segment.
const TELL_EVERY: u64 = 65_536;

/// What a look at the whole journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many segments there are.
    pub segments: usize,
    /// How many of them are archives.
    pub archived: usize,
    /// The first record; what came before was trimmed.
    pub first: u64,
    /// Whole records, up to the damage where there is some.
    pub records: u64,
    /// Their bytes, unpacked and with the segments' headers.
    pub bytes: u64,
    /// Bytes at the very end that are no whole record: being written this moment, or torn by a
    /// crash. Nobody was promised them; opening the journal cuts them.
    pub tail_bytes: u64,
    /// The first damage.
    pub damage: Option<Damage>,
}

/// How far a look at the journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Segments that have been looked at.
    pub segments: usize,
    /// Of how many.
    pub of: usize,
    /// Records seen.
    pub records: u64,
}

/// Reads every record of the journal in `dir`, also beside its writer, and tells the first damage.
/// Changes nothing.
///
/// # Errors
/// When the system refuses, or a segment is of a later format. Damage is no error here.
pub fn verify(dir: &Path, progress: impl FnMut(Progress)) -> Result<Report, Error> {
    verify_on(Arc::new(Files::new(dir)), progress)
}

/// As [`verify`], on any storage.
///
/// # Errors
/// As [`verify`].
pub fn verify_on(storage: Arc<dyn Storage>, progress: impl FnMut(Progress)) -> Result<Report, Error> {
    Verification::of(&Directory::new(storage), progress)
}

struct Verification<P> {
    report: Report,
    progress: P,
}

impl<P: FnMut(Progress)> Verification<P> {
    fn of(dir: &Directory, progress: P) -> Result<Report, Error> {
        // Read before the records are: their writer may be at work.
        let synced = Mark::read(dir)?;
        let segments = dir.segments()?;
        let report = Report {
            segments: segments.len(),
            archived: segments.iter().filter(|segment| segment.form == Form::Archived).count(),
            first: segments.first().map_or(1, |segment| segment.first),
            records: 0,
            bytes: 0,
            tail_bytes: 0,
            damage: if segments.is_empty() { recovery::nothing_lost(dir, synced).err() } else { None },
        };
        let mut this = Self { report, progress };
        for (index, segment) in segments.iter().enumerate() {
            this.report.bytes += format::SEGMENT_HEADER as u64;
            match segments.get(index + 1) {
                Some(successor) => {
                    this.report.damage = walk::sealed(dir, segment, successor.first, |scan, range| {
                        this.saw(scan.bytes(range).len(), index);
                    })?;
                }
                None => this.newest(dir, segment, index, synced)?,
            }
            if this.report.damage.is_some() {
                break;
            }
            this.tell(index + 1);
        }
        Ok(this.report)
    }

    fn newest(&mut self, dir: &Directory, segment: &Segment, index: usize, synced: u64) -> Result<(), Error> {
        match walk::newest(dir, segment, synced, |scan, range| self.saw(scan.bytes(range).len(), index)) {
            Ok(seen) => self.report.tail_bytes = seen.scan.left()?,
            Err(Error::Damage(damage)) => self.report.damage = Some(damage),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn saw(&mut self, bytes: usize, index: usize) {
        self.report.records += 1;
        self.report.bytes += bytes as u64;
        if self.report.records.is_multiple_of(TELL_EVERY) {
            self.tell(index);
        }
    }

    fn tell(&mut self, segments: usize) {
        (self.progress)(Progress { segments, of: self.report.segments, records: self.report.records });
    }
}

/// What was put aside so that the journal can be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The first damage that was found.
    pub damage: Damage,
    /// The record that comes next from now on. Where it is the damaged one, that and all that came
    /// after it are in `files`, and their numbers are given again. It is a later one where only the
    /// end of an archive was broken, from which every record could be read.
    pub next_offset: u64,
    /// Where everything lies that was taken out of the journal.
    pub files: Vec<PathBuf>,
}

/// Puts aside the first damaged record of the journal in `dir` and everything that was written after
/// it, so that what comes before can be read and added to. Nothing is deleted. `None` when
/// nothing is damaged. A crash on the way leaves a journal on which it can be called again.
///
/// Whoever keeps a state computed from the journal has to forget it when it had gone beyond
/// [`SetAside::next_offset`].
///
/// # Errors
/// When a writer holds the directory, somebody is archiving, or the system refuses.
pub fn set_aside(dir: &Path) -> Result<Option<SetAside>, Error> {
    set_aside_on(Arc::new(Files::new(dir)))
}

/// As [`set_aside`], on any storage.
///
/// # Errors
/// As [`set_aside`].
pub fn set_aside_on(storage: Arc<dyn Storage>) -> Result<Option<SetAside>, Error> {
    let dir = Directory::new(storage);
    let _lock = dir.lock()?;
    let _archives = dir.lock_archives()?.ok_or_else(|| Error::Locked { dir: dir.path().to_owned() })?;
    let mut first = None;
    let mut last = None;
    let mut files = Vec::new();
    loop {
        let report = Verification::of(&dir, |_| {})?;
        let Some(damage) = report.damage else {
            let next_offset = report.first + report.records;
            return Ok(first.map(|damage| SetAside { damage, next_offset, files }));
        };
        if last.as_ref() == Some(&damage) {
            // It is still there: better to say so than to try for ever.
            return Err(damage.into());
        }
        files.extend(take_out(&dir, &damage)?);
        first.get_or_insert_with(|| damage.clone());
        last = Some(damage);
    }
}

fn take_out(dir: &Directory, damage: &Damage) -> Result<Vec<PathBuf>, Error> {
    let segments = dir.segments()?;
    // After its last record, which only an archive whose every record could be read can be.
    let lossless = damage.fault == Fault::Archive
        && damage.position > format::SEGMENT_HEADER as u64
        && segments.iter().any(|segment| segment.first == damage.offset);
    let Some(damaged) = segments.iter().rfind(|segment| segment.first < damage.offset + u64::from(!lossless)) else {
        // The directory is empty, and should not be.
        return Mark::set_back(dir, 0).map(|()| Vec::new());
    };
    if lossless {
        // Every record is there; only the archive's own end is broken.
        return cut(dir, damaged, u64::MAX);
    }
    Mark::set_back(dir, damage.offset - 1)?;
    let mut files = Vec::new();
    // The newest first: whatever a crash leaves has no hole that was not there before.
    for segment in segments.iter().rev().take_while(|segment| segment.first >= damage.offset) {
        files.extend(dir.put_aside(segment)?);
    }
    match damage.fault {
        // What is there is whole.
        Fault::Lost | Fault::MissingSegment { .. } => {}
        _in_it if damaged.first < damage.offset => files.extend(cut(dir, damaged, damage.position)?),
        // Nothing is left, and the numbers shall not begin again where those before were trimmed.
        _all_of_it if damaged.first == segments[0].first => begin_empty(dir, damaged)?,
        _all_of_it => {}
    }
    Ok(files)
}

/// Leaves of the segment what comes before `position`.
fn cut(dir: &Directory, segment: &Segment, position: u64) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    if segment.form != Form::Archived {
        let file = dir.open_plain(segment, Access::Write)?;
        files.push(dir.cut(&file, position)?);
    } else {
        unpack_until(dir, segment, position)?;
    }
    if segment.form != Form::Plain {
        files.extend(dir.put_archive_aside(segment)?);
    }
    Ok(files)
}

fn begin_empty(dir: &Directory, segment: &Segment) -> Result<(), Error> {
    let file = dir.begin_segment(segment.first)?;
    file.sync()?;
    dir.name_segment(file, segment)?;
    dir.sync_names()
}

/// Writes what an archive holds before `position` as a plain segment beside it.
fn unpack_until(dir: &Directory, segment: &Segment, position: u64) -> Result<(), Error> {
    let mut scan = Scan::open_archive(dir, segment)?;
    let file = dir.begin_segment(segment.first)?;
    let mut written = Ok(());
    let mut end = format::SEGMENT_HEADER as u64;
    walk::records(&mut scan, segment.first, |scan, range| {
        if written.is_ok() && end < position {
            let bytes = scan.bytes(range);
            written = file.write_at(bytes, end);
            end += bytes.len() as u64;
        }
    })?;
    written?;
    file.sync()?;
    dir.name_segment(file, segment)?;
    dir.sync_names()
}
