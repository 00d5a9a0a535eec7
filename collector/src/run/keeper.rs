//! Takes snapshots while the collector works: the door's state at once, the operators' when the
//! dataflow has come to the same record, the file on a thread of its own when all of that is
//! durable. Nobody waits for it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use journal::Reader;
use mqtt_config::settings::{Clock, Runtime};
use tokio::task::JoinHandle;

use crate::flow::{Item, Record, Rejection, SiteIx, SiteState};
use crate::ingest::{Door, DoorState};
use crate::snapshot::{self, Body, Snapshot};
use crate::topology::SNAPSHOT_EVERY_MS;
use crate::{Error, recover};

/// See the module. Times are milliseconds of a monotonic clock.
pub struct Keeper {
    dir: PathBuf,
    journal: PathBuf,
    /// One is taken after as many records.
    every: u64,
    seq_base: u64,
    recorded_time: bool,
    /// The last record of the newest snapshot, or of the one that was tried last.
    last: u64,
    last_at: i64,
    pending: Option<Pending>,
    writing: Option<JoinHandle<Result<Written, Error>>>,
}

/// A snapshot whose parts are not all there yet.
struct Pending {
    offset: u64,
    door: DoorState,
    missing: usize,
    sites: Vec<(SiteIx, SiteState)>,
    /// What the fold refused before the record, and told after the door's state was taken.
    refused: HashMap<SiteIx, Vec<Rejection>>,
}

/// What a written snapshot has cost.
#[derive(Debug)]
struct Written {
    offset: u64,
    bytes: u64,
    took: Duration,
}

impl Keeper {
    /// A keeper for a journal whose newest snapshot ends with the record `last` (0: there is none).
    #[must_use]
    pub fn new(runtime: &Runtime, seq_base: u64, last: u64) -> Self {
        let data_dir = &runtime.data_dir;
        Self {
            dir: snapshot::dir_of(data_dir),
            journal: recover::journal_dir(data_dir),
            every: runtime.snapshot_records,
            seq_base,
            recorded_time: runtime.clock == Clock::Event,
            last,
            last_at: 0,
            pending: None,
            writing: None,
        }
    }

    /// Whether a snapshot of everything up to `offset` is worth taking now.
    #[must_use]
    pub fn is_due(&self, offset: u64, now: i64) -> bool {
        let new = offset.saturating_sub(self.last);
        let old = now - self.last_at >= SNAPSHOT_EVERY_MS;
        self.pending.is_none() && self.writing.is_none() && (new >= self.every || new > 0 && old)
    }

    /// Begins a snapshot of everything up to `offset`, which is all that the door has taken in.
    /// Returns what the dataflow has to be given next.
    pub fn begin(&mut self, offset: u64, now: i64, door: &Door) -> Vec<Record> {
        (self.last, self.last_at) = (offset, now);
        // A site whose first business day has not begun knows nothing but its configuration.
        let begun = door.sites().iter().filter(|site| site.day.is_some());
        let records: Vec<_> = begun.map(|site| Record { site: site.ix, item: Item::Keep(offset) }).collect();
        self.pending = Some(Pending {
            offset,
            door: door.state(),
            missing: records.len(),
            sites: Vec::new(),
            refused: HashMap::new(),
        });
        records
    }

    /// The fold told what it refuses at a site whose operators have not come to the record yet.
    pub fn refused(&mut self, ix: SiteIx, rejections: &[Rejection]) {
        if !rejections.is_empty()
            && let Some(pending) = &mut self.pending
        {
            pending.refused.entry(ix).or_default().extend_from_slice(rejections);
        }
    }

    /// A site's operators have come to the record `offset`.
    pub fn take(&mut self, ix: SiteIx, offset: u64, mut state: SiteState) {
        if let Some(pending) = self.pending.as_mut().filter(|pending| pending.offset == offset) {
            // The door's part does not know them: a start shall be told them again.
            let told = pending.refused.remove(&ix).unwrap_or_default();
            state.board.rejections.splice(0..0, told);
            pending.sites.push((ix, state));
            pending.missing -= 1;
        }
    }

    /// Writes the snapshot when it is whole and the journal durable as far as it goes; tells what
    /// became of the one before.
    pub async fn look(&mut self, durable: u64) {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(writing) = self.writing.take()
        {
            match writing.await {
                Ok(Ok(Written { offset, bytes, took })) => {
                    tracing::info!(offset, bytes, seconds = took.as_secs_f64(), "A snapshot has been written.");
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "A snapshot could not be written; the next start takes longer.");
                }
                Err(error) => tracing::error!(%error, "The thread that writes snapshots has failed."),
            }
        }
        let ready = |pending: &mut Pending| pending.missing == 0 && pending.offset <= durable;
        if self.writing.is_none()
            && let Some(pending) = self.pending.take_if(ready)
        {
            let Pending { offset, door, mut sites, .. } = pending;
            sites.sort_unstable_by_key(|(ix, _)| *ix);
            let body = Body { seq_base: self.seq_base, recorded_time: self.recorded_time, door, sites };
            let (dir, journal) = (self.dir.clone(), self.journal.clone());
            self.writing = Some(tokio::task::spawn_blocking(move || write(&dir, &journal, offset, body)));
        }
    }
}

fn write(dir: &Path, journal: &Path, offset: u64, body: Body) -> Result<Written, Error> {
    let began = Instant::now();
    let mut reader = Reader::open(journal, offset)?;
    let print = reader.next_record()?.map(|record| snapshot::print_of(&record)).unwrap_or_default();
    let bytes = Snapshot { offset, print, body }.write(dir).map_err(Error::Output)?;
    let took = began.elapsed();
    archive(dir, journal);
    Ok(Written { offset, bytes, took })
}

/// Archives the parts of the journal that no start replays any more: those before the oldest
/// snapshot that is kept.
fn archive(dir: &Path, journal: &Path) {
    let oldest = snapshot::list(dir).unwrap_or_default().pop();
    let before = oldest.map_or(0, |(offset, _)| offset);
    loop {
        match journal::archive_next(journal, before) {
            Ok(None) => break,
            Ok(Some(done)) => tracing::info!(
                file = %done.file.display(), bytes = done.plain_bytes, archived_bytes = done.archived_bytes,
                "A part of the journal has been archived."
            ),
            Err(error) => {
                tracing::warn!(%error, "A part of the journal could not be archived; it stays as it is.");
                break;
            }
        }
    }
}
