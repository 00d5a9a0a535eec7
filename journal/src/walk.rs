//! Going through segments to see whether they are what was written, quickly or wholly.

use std::ops::Range;

use crate::directory::{Directory, Form, Segment, SegmentFile};
use crate::format::{self, RECORD_HEADER};
use crate::scan::{Scan, Step};
use crate::storage::Access;
use crate::{Damage, Error, Fault};

/// How far from its end a segment's last record is looked for before the whole of it is read.
const TAIL: u64 = 64 * 1024;

/// Passes over the records of a segment and shows each; `first` is the first of them. Says the
/// number of the record that would come next, and what is wrong where the segment does not end
/// right there.
pub(crate) fn records(
    scan: &mut Scan,
    first: u64,
    mut each: impl FnMut(&Scan, Range<usize>),
) -> Result<(u64, Option<Fault>), Error> {
    let mut next = first;
    loop {
        match scan.step(next)? {
            Step::Record(range) => {
                next += 1;
                each(scan, range);
            }
            Step::End => return Ok((next, None)),
            Step::Incomplete => return Ok((next, Some(Fault::CutShort))),
            Step::Bad(fault) => return Ok((next, Some(fault))),
        }
    }
}

/// What is wrong with a segment that is followed by the one that begins with `successor`: every
/// record is looked at.
pub(crate) fn sealed(
    dir: &Directory,
    segment: &Segment,
    successor: u64,
    each: impl FnMut(&Scan, Range<usize>),
) -> Result<Option<Damage>, Error> {
    let mut scan = match Scan::open(dir, segment) {
        Ok(scan) => scan,
        Err(Error::Damage(damage)) => return Ok(Some(damage)),
        Err(error) => return Err(error),
    };
    let (next, fault) = records(&mut scan, segment.first, each)?;
    let fault = fault.or((next != successor).then_some(Fault::MissingSegment { found: successor }));
    Ok(fault.map(|fault| scan.damage(next, fault)))
}

/// As [`sealed`], but looks at no more than the header and the last record, unless those are wrong.
pub(crate) fn sealed_quickly(dir: &Directory, segment: &Segment, successor: u64) -> Result<Option<Damage>, Error> {
    if ends_right(dir, segment, successor)? { Ok(None) } else { sealed(dir, segment, successor, |_, _| {}) }
}

fn ends_right(dir: &Directory, segment: &Segment, successor: u64) -> Result<bool, Error> {
    let right = if segment.form == Form::Archived {
        dir.open_archive(segment)
            .and_then(|(file, header)| Ok(header.last + 1 == successor && file.len()? == header.file_len()))
    } else {
        dir.open_plain(segment, Access::Read).and_then(|file| ends_with(&file, successor - 1))
    };
    match right {
        // A whole look at it names the place.
        Err(Error::Damage(_)) => Ok(false),
        // So does it find what was archived since the names were listed.
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(false),
        right => right,
    }
}

/// Whether `file` ends with the whole record `last`, as far as its tail tells.
fn ends_with(file: &SegmentFile, last: u64) -> Result<bool, Error> {
    let tail = file.read_from(file.len()?.saturating_sub(TAIL))?;
    let most = tail.len().saturating_sub(RECORD_HEADER);
    Ok((0..=most).rev().any(|at| format::is_last(&tail[at..], last)))
}

/// What is wrong with the newest segment, told from what a crash tears by itself.
#[derive(Debug)]
pub(crate) struct Newest {
    pub scan: Scan,
    /// The record that comes next.
    pub next: u64,
    /// When its last record was received.
    pub last_rx_ms: Option<i64>,
    /// Where the records begin that nothing in the segment proves to have been synced.
    pub unproven: u64,
    pub torn: Option<Torn>,
}

/// The end of the newest segment, which was never promised to anybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Torn {
    pub fault: Fault,
    /// Whole records after the broken one.
    pub whole_records: u64,
}

/// Looks at every record of the newest segment; those up to `synced` are known to have been durable.
///
/// # Errors
/// [`Error::Damage`] where a record is broken or missing that had been durable.
pub(crate) fn newest(
    dir: &Directory,
    segment: &Segment,
    synced: u64,
    mut each: impl FnMut(&Scan, Range<usize>),
) -> Result<Newest, Error> {
    let mut scan = Scan::open(dir, segment)?;
    let mut last_rx_ms = None;
    let mut proven = 0;
    // Where each record begins that is not proven yet: no more than one process wrote between two syncs.
    let mut unproven = std::collections::VecDeque::new();
    let (next, fault) = records(&mut scan, segment.first, |scan, range| {
        let end = scan.position();
        let bytes = scan.bytes(range.clone());
        let record = format::view(bytes);
        last_rx_ms = Some(record.rx_ms);
        unproven.push_back((record.offset, end - bytes.len() as u64));
        proven = proven.max(format::durable_before(bytes));
        while unproven.front().is_some_and(|(offset, _)| *offset <= proven) {
            unproven.pop_front();
        }
        each(scan, range);
    })?;
    let unproven = unproven.front().map_or(scan.position(), |(_, position)| *position);
    let torn = match fault {
        None if next <= synced => return Err(scan.damage(next, Fault::Lost).into()),
        None => None,
        // Its segment was synced before it was compressed.
        Some(fault) if scan.is_archive() => return Err(scan.damage(next, fault).into()),
        Some(fault) => {
            let survivors = scan.survivors(next)?;
            if survivors.proof || next <= synced {
                return Err(scan.damage(next, fault).into());
            }
            Some(Torn { fault, whole_records: survivors.records })
        }
    };
    Ok(Newest { scan, next, last_rx_ms, unproven, torn })
}
