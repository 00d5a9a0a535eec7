//! The recorded logs as they lie in `data/queues`: gzip CSV, one ticket or one snapshot a row.

use std::fs::File;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Instant;

/// One ticket's life, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Unique in the file; the number a citizen reads is what follows the last `-`.
    pub ticket_id: String,
    /// The office, as the recording writes it.
    pub site: String,
    /// The queue, as the recording writes it.
    pub service: String,
    /// 0 and 1 are ordinary, 2 is the recording's priority class.
    pub priority: u8,
    /// Taken.
    pub issued: Instant,
    /// Called; `None` when never called.
    pub called: Option<Instant>,
    /// Served, or left; `None` when not known.
    pub finished: Option<Instant>,
    /// `None` when not known.
    pub counter: Option<String>,
    /// `served`, `abandoned` or `no_show`.
    pub outcome: String,
}

/// One snapshot of a service whose office tells only how many counters are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Instant,
    /// The office, as the recording writes it.
    pub site: String,
    /// The queue, as the recording writes it.
    pub service: String,
    /// Counters that serve it.
    pub open_counters: u64,
}

/// A whole recording, in the order of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// By time of issue.
    pub tickets: Vec<TicketRow>,
    /// By time.
    pub snapshots: Vec<Snapshot>,
}

impl Log {
    /// Reads a ticket file and, where there is one, its file of snapshots.
    ///
    /// # Panics
    /// When a file is absent or a row cannot be read: a test cannot go on with half a recording.
    #[must_use]
    pub fn read(tickets: &Path, snapshots: Option<&Path>) -> Self {
        let tickets = rows(tickets, ticket_row);
        let snapshots = snapshots.map_or_else(Vec::new, |file| rows(file, snapshot));
        Self { tickets, snapshots }
    }
}

fn rows<T>(file: &Path, read: impl Fn(&csv::StringRecord) -> Option<T>) -> Vec<T> {
    let opened = File::open(file).unwrap_or_else(|why| panic!("cannot open {}: {why}", file.display()));
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(opened));
    let read_row = |(number, row): (usize, Result<csv::StringRecord, csv::Error>)| {
        let row = row.unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        read(&row).unwrap_or_else(|| panic!("{}, row {}: cannot read {row:?}", file.display(), number + 1))
    };
    reader.records().enumerate().map(read_row).collect()
}

fn ticket_row(row: &csv::StringRecord) -> Option<TicketRow> {
    let filled = |field: usize| row.get(field).filter(|text| !text.is_empty());
    let time = |field: usize| match filled(field) {
        None => Some(None),
        Some(text) => Instant::parse(text).map(Some),
    };
    Some(TicketRow {
        ticket_id: row.get(0)?.to_owned(),
        site: row.get(1)?.to_owned(),
        service: row.get(2)?.to_owned(),
        priority: row.get(3)?.parse().ok()?,
        issued: Instant::parse(row.get(4)?)?,
        called: time(5)?,
        finished: time(6)?,
        counter: filled(7).map(str::to_owned),
        outcome: row.get(8)?.to_owned(),
    })
}

fn snapshot(row: &csv::StringRecord) -> Option<Snapshot> {
    Some(Snapshot {
        at: Instant::parse(row.get(0)?)?,
        site: row.get(1)?.to_owned(),
        service: row.get(2)?.to_owned(),
        open_counters: row.get(3)?.parse().ok()?,
    })
}
