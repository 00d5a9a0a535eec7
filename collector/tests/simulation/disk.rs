//! The collector's disk: the journal's own storage in memory, of which a power cut leaves what was
//! synced, and of the rest what chance leaves.

use std::path::Path;
use std::sync::Arc;

use collector::recover::journal_dir;
use journal::faulty::Disk;
use journal::{Error, Journal, NewRecord, Options, Reader};

/// Opens the journal for writing.
///
/// # Errors
/// When the disk refuses.
pub fn open(disk: &Disk) -> Result<Journal, Error> {
    // Small segments, so that a day has several.
    let options = Options { segment_bytes: 16 * 1024, ..Options::default() };
    Journal::open_on(Arc::new(disk.clone()), options).map(|(journal, _)| journal)
}

/// Reads the journal from a record on.
///
/// # Errors
/// When the disk refuses, or the journal is damaged.
pub fn reader(disk: &Disk, from: u64) -> Result<Reader, Error> {
    Reader::open_on(Arc::new(disk.clone()), from)
}

/// A data directory on a real file system, in memory where there is such a place.
pub fn directory() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    dir.unwrap()
}

/// Copies the journal, record by record, into a data directory.
pub fn copy(disk: &Disk, data_dir: &Path) {
    let (mut journal, _) = Journal::open(&journal_dir(data_dir), Options::default()).unwrap();
    let mut reader = reader(disk, 1).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        let journal::Record { kind, rx_ms, at_ms, topic, payload, .. } = record;
        journal.append(NewRecord { kind, rx_ms, at_ms, topic, payload });
    }
    journal.flush().unwrap();
}
