//! What is done when a journal is opened for writing: its newest end is checked, and cut where a
//! crash tore it.

use std::path::PathBuf;

use crate::directory::{Directory, Segment, SegmentFile};
use crate::mark::Mark;
use crate::scan::Scan;
use crate::storage::Access;
use crate::walk::{self, Torn};
use crate::{Damage, Error, Fault};

/// What opening a journal found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// How many segments there are.
    pub segments: usize,
    /// The first record that is still there; what came before was trimmed. 1 for an empty journal.
    pub first_offset: u64,
    /// The offset that the next record gets.
    pub next_offset: u64,
    /// When the last record was received, in Unix milliseconds; `None` for an empty journal.
    pub last_rx_ms: Option<i64>,
    /// The torn tail that was cut, if there was one.
    pub cut: Option<Cut>,
}

/// A torn tail: records that were being written when the process or the machine died. Nobody had
/// been told that they were durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub file: PathBuf,
    /// The byte at which it was cut.
    pub position: u64,
    /// How many bytes were cut off.
    pub bytes: u64,
    /// How many whole records were among them. They stood after a broken one.
    pub whole_records: u64,
    /// Where the bytes were copied to before the cut.
    pub kept_as: PathBuf,
    /// What was wrong with the first record that was cut.
    pub fault: Fault,
}

/// The segment that goes on growing.
#[derive(Debug)]
pub(crate) struct Newest {
    pub file: SegmentFile,
    pub end: u64,
    /// The day of its last record; None while it has none.
    pub last_rx_ms: Option<i64>,
}

/// Checks the segments, cuts the torn tail of the newest, and makes sure that what is left is on
/// the disk.
pub(crate) fn recover(dir: &Directory) -> Result<(Option<Newest>, Recovery), Error> {
    let (segments, seen) = inspect(dir)?;
    let first_offset = segments.first().map_or(1, |segment| segment.first);
    let mut recovery = Recovery { segments: segments.len(), first_offset, next_offset: 1, last_rx_ms: None, cut: None };
    let (Some(newest), Some(seen)) = (segments.last(), seen) else { return Ok((None, recovery)) };
    recovery.next_offset = seen.next;
    recovery.last_rx_ms = match seen.last_rx_ms {
        Some(rx_ms) => Some(rx_ms),
        // Created, and nothing written yet: its predecessor knows.
        None => segments.iter().rev().nth(1).map(|before| last_rx(dir, before)).transpose()?.flatten(),
    };
    if seen.scan.is_archive() {
        // Nothing can be added to it: the next record begins a segment.
        return Ok((None, recovery));
    }
    let file = dir.open_plain(newest, Access::Write)?;
    recovery.cut = seen.torn.map(|torn| cut(dir, &file, seen.scan.position(), torn)).transpose()?;
    keep(dir, &file, seen.unproven)?;
    Ok((Some(Newest { file, end: seen.scan.position(), last_rx_ms: seen.last_rx_ms }), recovery))
}

/// Checks that every segment is there and ends where the next one begins, each record of the newest,
/// and that what had been synced is there. Changes nothing.
pub(crate) fn inspect(dir: &Directory) -> Result<(Vec<Segment>, Option<walk::Newest>), Error> {
    // Read before the records are: their writer may be at work, and it was never ahead of them.
    let synced = Mark::read(dir)?;
    let segments = dir.segments()?;
    for pair in segments.windows(2) {
        if let Some(damage) = walk::sealed_quickly(dir, &pair[0], pair[1].first)? {
            return Err(damage.into());
        }
    }
    let Some(newest) = segments.last() else {
        nothing_lost(dir, synced)?;
        return Ok((segments, None));
    };
    let seen = walk::newest(dir, newest, synced, |_, _| {})?;
    Ok((segments, Some(seen)))
}

/// An empty journal should be one in which nothing was ever synced.
pub(crate) fn nothing_lost(dir: &Directory, synced: u64) -> Result<(), Damage> {
    let lost = Damage { file: dir.path().to_owned(), position: 0, offset: 1, fault: Fault::Lost };
    if synced > 0 { Err(lost) } else { Ok(()) }
}

fn cut(dir: &Directory, file: &SegmentFile, position: u64, torn: Torn) -> Result<Cut, Error> {
    let bytes = file.len()?.saturating_sub(position);
    let kept_as = dir.cut(file, position)?;
    let Torn { fault, whole_records } = torn;
    Ok(Cut { file: file.path().to_owned(), position, bytes, whole_records, kept_as, fault })
}

/// Makes sure that what was read is on the disk. The process may have died while the machine
/// lived, and after a sync that failed the system may hold pages that it could not write and calls
/// clean: they are written once more, for a sync alone would pass them over.
fn keep(dir: &Directory, file: &SegmentFile, unproven: u64) -> Result<(), Error> {
    let rest = file.read_from(unproven)?;
    if !rest.is_empty() {
        file.write_at(&rest, unproven)?;
    }
    file.sync()?;
    dir.sync_names()
}

fn last_rx(dir: &Directory, segment: &Segment) -> Result<Option<i64>, Error> {
    let mut last = None;
    let mut scan = Scan::open(dir, segment)?;
    let (next, fault) = walk::records(&mut scan, segment.first, |scan, range| last = Some(scan.record(range).rx_ms))?;
    fault.map_or(Ok(last), |fault| Err(scan.damage(next, fault).into()))
}
