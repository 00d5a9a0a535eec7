//! The outbox on the disk: a journal of what was said and of what was let go.
//!
//! The journal's time is the time that the device has been running, over all its runs: a wall clock
//! may jump, and then neither an event's age nor the order of the segments would mean anything.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::BootId;
use journal::{Journal, NewRecord, Reader, Storage, Syncer};
use serde::Deserialize;

use super::kept::{Entry, Kept, LetGo};
use super::outbox::OutboxError;

/// An event; the payload is what is published, byte for byte, and the topic its run.
const SAID: u8 = 1;
/// Everything of a run (the topic) up to a `seq` (8 bytes, little-endian) is no longer kept.
const GONE: u8 = 2;

/// Small, because only whole segments can be trimmed.
const SEGMENT_BYTES: u64 = 1024 * 1024;

/// The disk may hold so many records more than twice what is kept before it is cleaned up.
const SLACK: u64 = 10_000;

/// A device's journal, open for writing.
#[derive(Debug)]
pub(super) struct Disk {
    journal: Journal,
    /// The first record that may still be there.
    first: u64,
}

/// The one field of an event that the disk needs to know.
#[derive(Deserialize)]
struct Numbered {
    seq: u64,
}

impl Disk {
    /// Opens the journal and reads what is kept into `kept`. Returns also how long the device had
    /// been running when it last wrote, in milliseconds.
    pub(super) fn open(storage: &Arc<dyn Storage>, dir: &Path, kept: &mut Kept) -> Result<(Self, u64), OutboxError> {
        let options = journal::Options { segment_bytes: SEGMENT_BYTES, ..journal::Options::default() };
        let (journal, recovery) = Journal::open_on(Arc::clone(storage), options)?;
        if let Some(cut) = &recovery.cut {
            tracing::info!(file = %cut.file.display(), bytes = cut.bytes, "The outbox ended inside a record: cut.");
        }
        let first = read(storage, dir, kept)?;
        kept.set_durable(recovery.next_offset - 1);
        let ran_ms = recovery.last_rx_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
        Ok((Self { journal, first }, ran_ms))
    }

    /// Adds an event to the group in memory; gives its offset.
    pub(super) fn say(&mut self, boot: BootId, payload: &Bytes, said_ms: u64) -> u64 {
        let ms = i64::try_from(said_ms).unwrap_or(i64::MAX);
        let topic = boot.as_str().as_bytes();
        self.journal.append(NewRecord { kind: SAID, rx_ms: ms, at_ms: ms, topic, payload })
    }

    pub(super) fn let_go(&mut self, gone: LetGo, now_ms: u64) {
        let ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let (topic, payload) = (gone.boot.as_str().as_bytes(), &gone.seq.to_le_bytes());
        self.journal.append(NewRecord { kind: GONE, rx_ms: ms, at_ms: ms, topic, payload });
    }

    pub(super) fn flush(&mut self) -> Result<(), OutboxError> {
        Ok(self.journal.flush()?)
    }

    pub(super) fn syncer(&self) -> Syncer {
        self.journal.syncer()
    }

    pub(super) fn next_offset(&self) -> u64 {
        self.journal.next_offset()
    }

    /// Whether most of what lies on the disk is of no use, though the oldest event that is kept
    /// stands before it.
    pub(super) fn is_cluttered(&self, kept: &Kept) -> bool {
        let oldest = kept.first_offset().unwrap_or(self.next_offset());
        self.next_offset() - oldest > 2 * kept.events() as u64 + SLACK
    }

    /// Lets the system have back what lies before the oldest event that is kept.
    pub(super) fn trim(&mut self, kept: &Kept) -> Result<(), OutboxError> {
        let oldest = kept.first_offset().unwrap_or(self.next_offset());
        if oldest > self.first {
            self.journal.trim_before(oldest)?;
            self.first = oldest;
        }
        Ok(())
    }
}

/// Reads all records that are there; gives the offset of the first.
fn read(storage: &Arc<dyn Storage>, dir: &Path, kept: &mut Kept) -> Result<u64, OutboxError> {
    let (mut reader, mut first) = (Reader::open_on(Arc::clone(storage), 1), 1);
    if let Err(journal::Error::Trimmed { first: there, .. }) = reader {
        (reader, first) = (Reader::open_on(Arc::clone(storage), there), there);
    }
    let mut reader = reader?;
    while let Some(record) = reader.next_record()? {
        let unreadable = || OutboxError::Unreadable { dir: dir.to_owned(), offset: record.offset };
        let boot = std::str::from_utf8(record.topic).ok().and_then(|text| BootId::new(text).ok());
        let boot = boot.ok_or_else(unreadable)?;
        match record.kind {
            SAID => {
                let Numbered { seq } = serde_json::from_slice(record.payload).map_err(|_| unreadable())?;
                let said_ms = u64::try_from(record.rx_ms).unwrap_or(0);
                let payload = Bytes::copy_from_slice(record.payload);
                kept.found(boot, Entry::new(seq, payload, record.offset, said_ms));
            }
            GONE => {
                let seq = record.payload.try_into().map(u64::from_le_bytes).map_err(|_| unreadable())?;
                kept.was_let_go(LetGo { boot, seq });
            }
            _ => return Err(unreadable()),
        }
    }
    Ok(first)
}
