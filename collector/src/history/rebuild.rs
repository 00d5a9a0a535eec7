//! History from the journal alone: the same door, the same dataflow, the same days as when they were
//! told live. Everything in a store can be made anew.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::history::sqlite::{Options as StoreOptions, Store};
use domain::SiteId;
use domain::facts::Date;
use domain::history::Day;
use journal::{Journal, Options, Reader};
use mqtt_config::settings::Clock;

use super::path;
use crate::engine::Engine;
use crate::flow::{Output, Told};
use crate::ingest::Door;
use crate::record::{Kind, config_of};
use crate::recover::{LOCAL_MS, feed, journal_dir};
use crate::topology::REPLAY_GROUP;
use crate::{Error, snapshot};

/// Business days that are written together.
const TOGETHER: usize = 64;
/// The dataflow is let catch up after as many records: what it tells waits in memory.
const BREATH: u64 = 16_384;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records taken in.
    pub records: u64,
    /// Of so many.
    pub of: u64,
}

/// What was made anew.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rebuilt {
    /// Business days, of all sites.
    pub days: u64,
    /// Visits on them.
    pub visits: u64,
    /// Rows that were not there, or not so: with a dry run those that would change.
    pub rows_changed: u64,
    /// How long it took, seconds.
    pub seconds: f64,
}

/// Makes the history in `data_dir` anew from its journal; with `range` only the business days from
/// the first to the last date. Two that were made from one journal are the same, byte for byte.
///
/// With `dry_run` the work is done on a copy, and nothing changes. Where InfluxDB is kept in step,
/// what changes is sent there at the next start. Time is the one that the collector's newest
/// snapshot went by.
///
/// # Errors
/// When the journal is damaged or the store cannot be written.
pub fn rebuild(
    data_dir: &Path,
    range: Option<(Date, Date)>,
    dry_run: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Rebuilt, Error> {
    let began = Instant::now();
    let scratch = Scratch::new(data_dir, "write")?;
    let file = if dry_run { scratch.copy_of(&path(data_dir))? } else { path(data_dir) };
    let mut store = Store::open(&file, StoreOptions { mirror: Store::is_mirrored(&file)? })?;
    let mut rebuilt = Rebuilt::default();
    let cursor = store.cursor()?.unwrap_or(0);
    let mut batch: Vec<(SiteId, Day)> = Vec::new();
    let clock = clock_of(data_dir);
    let flush = |batch: &mut Vec<(SiteId, Day)>, store: &mut Store| -> Result<u64, Error> {
        let written = store.write(batch, cursor)?;
        batch.clear();
        Ok(written.rows)
    };
    let last = project(data_dir, clock, None, progress, &mut |told| {
        for day in told.days {
            if range.is_none_or(|(from, to)| (from..=to).contains(&day.date)) {
                rebuilt.days += 1;
                rebuilt.visits += day.visits.len() as u64;
                batch.push((told.site, day));
            }
        }
        if batch.len() >= TOGETHER {
            rebuilt.rows_changed += flush(&mut batch, &mut store)?;
        }
        Ok(true)
    })?;
    rebuilt.rows_changed += flush(&mut batch, &mut store)?;
    if range.is_none() && !dry_run {
        configure(data_dir, &mut store)?;
        store.write(&[], last)?;
    }
    Ok(Rebuilt { seconds: began.elapsed().as_secs_f64(), ..rebuilt })
}

/// Writes everything up to the record `until`, until it is `stopped`.
pub(super) fn into_store(
    data_dir: &Path,
    clock: Clock,
    until: u64,
    store: &mut Store,
    stopped: &dyn Fn() -> bool,
) -> Result<(), Error> {
    let mut told_at = Instant::now();
    let mut progress = |Progress { records, of }: Progress| {
        if told_at.elapsed() > Duration::from_secs(5) {
            told_at = Instant::now();
            tracing::info!(records, of, "History is being made from the journal.");
        }
    };
    let mut batch: Vec<(SiteId, Day)> = Vec::new();
    let cursor = store.cursor()?.unwrap_or(0);
    project(data_dir, clock, Some(until), &mut progress, &mut |told| {
        batch.extend(told.days.into_iter().map(|day| (told.site, day)));
        if batch.len() >= TOGETHER {
            store.write(&batch, cursor)?;
            batch.clear();
        }
        Ok(!stopped())
    })?;
    if !stopped() {
        store.write(&batch, until)?;
        configure(data_dir, store)?;
    }
    Ok(())
}

/// The clock that the newest snapshot was taken with; the collector's own where there is none.
fn clock_of(data_dir: &Path) -> Clock {
    let newest = snapshot::newest(&snapshot::dir_of(data_dir), &journal_dir(data_dir), None);
    if newest.is_some_and(|found| found.body.recorded_time) { Clock::Event } else { Clock::Wall }
}

/// Names are those of each site's configurations, the newest last: what is in none any more keeps the
/// name that it had.
fn configure(data_dir: &Path, store: &mut Store) -> Result<(), Error> {
    let mut reader = Reader::open_untrimmed(&journal_dir(data_dir), 1)?;
    while let Some(record) = reader.next_record()? {
        if record.kind == Kind::Config as u8
            && let Ok(config) = config_of(&record)
        {
            store.configure(&config)?;
        }
    }
    Ok(())
}

/// Folds the journal up to the record `until` (`None`: all of it) and gives `take` every business
/// day as it is told; `take` says whether to go on. Returns the last record.
///
/// # Errors
/// When the journal is damaged, a worker of the dataflow ends, or `take` fails.
pub fn project(
    data_dir: &Path,
    clock: Clock,
    until: Option<u64>,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(Told) -> Result<bool, Error>,
) -> Result<u64, Error> {
    let scratch = Scratch::new(data_dir, "fold")?;
    let mut door = scratch.door(clock)?;
    let told = Heard::default();
    let engine = told.engine()?;
    let journal = journal_dir(data_dir);
    let of = match until {
        Some(until) => until,
        None => last_record(&journal)?,
    };
    let mut reader = Reader::open_untrimmed(&journal, 1)?;
    let mut last = 0;
    while let Some(record) = reader.next_record()?.filter(|record| record.offset <= of) {
        last = record.offset;
        door.replay(&record)?;
        if last % REPLAY_GROUP as u64 == 0 {
            feed(&engine, door.take_records())?;
            door.take_touched();
        }
        if last % BREATH == 0 {
            progress(Progress { records: last, of });
            if !told.give(take)? {
                return Ok(last);
            }
        }
    }
    door.tell_history();
    feed(&engine, door.take_records())?;
    engine.stop();
    told.give(take)?;
    progress(Progress { records: last, of });
    Ok(last)
}

/// What the dataflow has told, until it is asked for.
#[derive(Default)]
struct Heard(Arc<Mutex<Vec<Told>>>);

impl Heard {
    /// An engine that tells nothing else.
    fn engine(&self) -> Result<Engine, Error> {
        let told = Arc::clone(&self.0);
        let hear = move |outputs: Vec<Output>| {
            let days = outputs.into_iter().filter_map(|output| output.told).map(|told| *told);
            told.lock().unwrap_or_else(PoisonError::into_inner).extend(days);
        };
        Ok(Engine::start(1, 0, Arc::new(hear))?)
    }

    /// Gives `take` what was told since; whether to go on.
    fn give(&self, take: &mut dyn FnMut(Told) -> Result<bool, Error>) -> Result<bool, Error> {
        let told = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut go_on = true;
        for told in told {
            go_on &= take(told)?;
        }
        Ok(go_on)
    }
}

/// The journal's last record.
fn last_record(journal: &Path) -> Result<u64, Error> {
    let mut reader = Reader::open_untrimmed(journal, 1)?;
    let mut last = 0;
    while let Some(record) = reader.next_record()? {
        last = record.offset;
    }
    Ok(last)
}

/// A directory of our own: for a journal that nobody writes to, or for a copy of the store.
struct Scratch {
    dir: std::path::PathBuf,
}

impl Scratch {
    fn new(data_dir: &Path, what: &str) -> Result<Self, Error> {
        let dir = data_dir.join("history").join(format!("rebuild-{what}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(Error::Place)?;
        Ok(Self { dir })
    }

    /// A copy of the store, as far as there is one.
    fn copy_of(&self, file: &Path) -> Result<std::path::PathBuf, Error> {
        let copy = self.dir.join("history.sqlite");
        for suffix in ["", "-wal"] {
            let name = |path: &Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                std::path::PathBuf::from(name)
            };
            if name(file).exists() {
                std::fs::copy(name(file), name(&copy)).map_err(Error::Place)?;
            }
        }
        Ok(copy)
    }

    fn door(&self, clock: Clock) -> Result<Door, Error> {
        let (journal, _) = Journal::open(&self.dir, Options { utc_offset_ms: LOCAL_MS, ..Options::default() })?;
        Ok(Door::new(journal, clock, None))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is of no use, and in nobody's way.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
