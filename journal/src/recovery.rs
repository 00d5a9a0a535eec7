//! What is done when a journal is opened for writing: its newest end is checked, and cut where a
//! crash tore it.

use std::path::PathBuf;

use crate::files::{Directory, Segment, SegmentFile};
use crate::scan::{Scan, Step};
use crate::{Error, Fault};

/// What opening a journal found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// How many segments there are.
    pub segments: usize,
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

/// Checks the newest segment, cuts its torn tail, and makes sure that what is left is on the disk.
pub(crate) fn recover(dir: &Directory) -> Result<(Option<Newest>, Recovery), Error> {
    let segments = dir.segments()?;
    let mut recovery = Recovery { segments: segments.len(), next_offset: 1, last_rx_ms: None, cut: None };
    let Some(newest) = segments.last() else { return Ok((None, recovery)) };
    let (newest, next_offset, cut) = check_newest(dir, newest)?;
    recovery.next_offset = next_offset;
    recovery.cut = cut;
    recovery.last_rx_ms = match newest.last_rx_ms {
        Some(rx_ms) => Some(rx_ms),
        // Created, and nothing written yet: its predecessor knows.
        None => segments.iter().rev().nth(1).map(|before| last_rx(dir, before)).transpose()?.flatten(),
    };
    Ok((Some(newest), recovery))
}

fn check_newest(dir: &Directory, segment: &Segment) -> Result<(Newest, u64, Option<Cut>), Error> {
    let mut scan = Scan::new(dir.open_segment(segment, true)?);
    let mut next = segment.first;
    let mut last_rx_ms = None;
    let fault = loop {
        match scan.step(next)? {
            Step::Record(range) => {
                last_rx_ms = Some(scan.record(range).rx_ms);
                next += 1;
            }
            Step::End => break None,
            Step::Incomplete => break Some(Fault::CutShort),
            Step::Bad(fault) => break Some(fault),
        }
    };
    let cut = fault.map(|fault| cut_tail(&scan, next, fault)).transpose()?;
    let end = scan.position();
    let file = scan.into_file();
    // The process may have died while the machine lived: what was read is perhaps only in memory.
    file.sync()?;
    Ok((Newest { file, end, last_rx_ms }, next, cut))
}

/// Cuts at the broken record `offset`, unless it had been durable: then it is damage, and nothing
/// is touched.
fn cut_tail(scan: &Scan, offset: u64, fault: Fault) -> Result<Cut, Error> {
    let survivors = scan.survivors(offset)?;
    if survivors.proof {
        return Err(scan.damage(offset, fault));
    }
    let position = scan.position();
    let bytes = scan.file().len()?.saturating_sub(position);
    let kept_as = scan.file().cut(position)?;
    let file = scan.file().path().to_owned();
    Ok(Cut { file, position, bytes, whole_records: survivors.records, kept_as, fault })
}

fn last_rx(dir: &Directory, segment: &Segment) -> Result<Option<i64>, Error> {
    let mut scan = Scan::new(dir.open_segment(segment, false)?);
    let mut next = segment.first;
    let mut last = None;
    loop {
        match scan.step(next)? {
            Step::Record(range) => last = Some(scan.record(range).rx_ms),
            Step::End => return Ok(last),
            Step::Incomplete => return Err(scan.damage(next, Fault::CutShort)),
            Step::Bad(fault) => return Err(scan.damage(next, fault)),
        }
        next += 1;
    }
}
