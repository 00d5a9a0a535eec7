//! The start: the journal is opened, checked and replayed through the very dataflow that serves
//! live, before the broker is asked for anything.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use journal::{Journal, NewRecord, Options, Reader};
use mqtt_config::settings::{Clock, Runtime, Sites};
use mqtt_config::wire;

use crate::Error;
use crate::engine::{Busy, Engine, Group};
use crate::flow::{Item, Record};
use crate::ingest::{DeviceKey, Door, SiteDoor};
use crate::record::{Kind, StartRecord};
use crate::snapshot::{self, Snapshot};
use crate::topology::REPLAY_GROUP;

/// `seq` leaps at least this far over a restart: no process publishes as many deltas of one site.
const SEQ_LEAP: u64 = 1_000_000_000;
/// Segments of the journal, and archives made of them, are of local days: Vietnam's one zone.
pub(crate) const LOCAL_MS: i64 = 7 * 3_600_000;
/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Where the journal lies.
#[must_use]
pub fn journal_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("journal")
}

/// A journal that has been opened, and what it says about `seq`.
pub struct Opened {
    /// The door over it.
    pub door: Door,
    /// Boards count from here.
    pub seq_base: u64,
    /// When its last record was received.
    pub last_rx: Option<domain::Timestamp>,
    /// The last record of the snapshot that the start begins with; 0: there is none.
    pub snapshot: u64,
    /// What the dataflow begins with.
    sites: Vec<Record>,
    end: u64,
    dir: PathBuf,
}

/// Opens the journal and finds the greatest `seq` base in it.
///
/// # Errors
/// When it cannot be read, or holds what this version does not know.
pub fn open(runtime: &Runtime, unix_ms: i64) -> Result<Opened, Error> {
    let dir = journal_dir(&runtime.data_dir);
    let (journal, recovery) = Journal::open(&dir, Options { utc_offset_ms: LOCAL_MS, ..Options::default() })?;
    let end = recovery.next_offset - 1;
    if let Some((last, file)) = snapshot::beyond(&snapshot::dir_of(&runtime.data_dir), end) {
        return Err(Error::Lost { dir, end, last, file });
    }
    if let Some(cut) = &recovery.cut {
        tracing::warn!(
            file = %cut.file.display(), position = cut.position, bytes = cut.bytes, kept = %cut.kept_as.display(),
            "The journal's end was torn and has been cut; nothing of it had been acknowledged."
        );
    }
    let discover = match &runtime.sites {
        Sites::Discover { time_zone } => Some(time_zone.clone()),
        Sites::Files(_) => None,
    };
    let mut door = Door::new(journal, runtime.clock, discover);
    door.limit_ids(runtime.dedupe_memory_mib);
    let snapshot = snapshot::newest(&snapshot::dir_of(&runtime.data_dir), &dir, Some(runtime.clock == Clock::Event));
    let (snapshot, last, sites) = snapshot.and_then(|found| restore(&mut door, found)).unwrap_or_default();
    let seq_base = last_seq_base(&dir, snapshot + 1, last)?;
    let fresh = u64::try_from(unix_ms).unwrap_or(0).saturating_mul(1_000);
    let seq_base = seq_base.map_or(fresh, |last| fresh.max(last + SEQ_LEAP));
    let last_rx = recovery.last_rx_ms.map(domain::Timestamp::from_ms);
    Ok(Opened { door, seq_base, last_rx, snapshot, sites, end: recovery.next_offset, dir })
}

/// Gives the door its part of a snapshot. Returns the snapshot's last record, its `seq` base and
/// what the dataflow begins with.
fn restore(door: &mut Door, found: Snapshot) -> Option<(u64, Option<u64>, Vec<Record>)> {
    let Snapshot { offset, body, .. } = found;
    if let Err(why) = door.restore(body.door) {
        tracing::warn!(offset, why, "A snapshot is passed over; the whole journal is replayed.");
        return None;
    }
    let mut states: BTreeMap<_, _> = body.sites.into_iter().collect();
    let site = |site: &SiteDoor| {
        let item = match states.remove(&site.ix) {
            Some(state) => Item::Restore(Box::new(state)),
            None => Item::Configure(wire::json(&site.config)),
        };
        Record { site: site.ix, item }
    };
    let mut sites: Vec<_> = door.sites().iter().map(site).collect();
    if let Some(item) = door.model_item() {
        let models: Vec<_> =
            sites.iter().map(|Record { site, .. }| Record { site: *site, item: item.clone() }).collect();
        sites.extend(models);
    }
    Some((offset, Some(body.seq_base), sites))
}

fn last_seq_base(dir: &Path, from: u64, known: Option<u64>) -> Result<Option<u64>, Error> {
    let mut reader = Reader::open_untrimmed(dir, from)?;
    let mut last = known;
    while let Some(record) = reader.next_record()? {
        if record.kind == Kind::Start as u8
            && let Ok(start) = serde_json::from_slice::<StartRecord>(record.payload)
        {
            last = last.max(Some(start.seq_base));
        }
    }
    Ok(last)
}

/// What a replay did.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The last record of the snapshot that it began with; 0: there was none.
    pub snapshot: u64,
    /// Records taken in.
    pub records: u64,
    /// Of these, accepted events.
    pub events: u64,
    /// How long it took.
    pub took: Duration,
    /// Devices that had sent something: they are owed an acknowledgement.
    pub devices: Vec<DeviceKey>,
}

impl Opened {
    /// Replays the journal through `engine`.
    ///
    /// # Errors
    /// When the journal is damaged, or a worker ends.
    pub fn replay(&mut self, engine: &Engine) -> Result<Replayed, Error> {
        let began = Instant::now();
        let mut told = began;
        let (mut records, mut events) = (0, 0);
        let mut devices: hashbrown::HashSet<_> = self.door.devices().into_iter().collect();
        for site in std::mem::take(&mut self.sites) {
            feed(engine, vec![site])?;
        }
        let mut reader = Reader::open_untrimmed(&self.dir, self.snapshot + 1)?;
        while let Some(record) = reader.next_record()? {
            self.door.replay(&record)?;
            records += 1;
            events += u64::from(record.kind == Kind::Event as u8);
            if records % REPLAY_GROUP as u64 == 0 {
                feed(engine, self.door.take_records())?;
                devices.extend(self.door.take_touched().devices);
                if told.elapsed() > TELL_EVERY {
                    told = Instant::now();
                    tracing::info!(records, of = self.end - 1 - self.snapshot, "The journal is being replayed.");
                }
            }
        }
        feed(engine, self.door.take_records())?;
        devices.extend(self.door.take_touched().devices);
        let took = began.elapsed();
        let mut devices: Vec<_> = devices.into_iter().collect();
        devices.sort_unstable();
        Ok(Replayed { snapshot: self.snapshot, records, events, took, devices })
    }

    /// Writes down that the collector starts, and from where boards count. That is on the disk when
    /// this returns: two starts never count from one place, whatever a power cut takes away.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn begin(&mut self, rx: domain::Timestamp) -> Result<(), Error> {
        let start = StartRecord { seq_base: self.seq_base, version: env!("CARGO_PKG_VERSION").to_owned() };
        let json = wire::json(&start);
        let (rx_ms, payload) = (rx.ms(), json.as_bytes());
        let journal = self.door.journal();
        journal.append(NewRecord { kind: Kind::Start as u8, rx_ms, at_ms: rx_ms, topic: b"", payload });
        journal.flush()?;
        journal.syncer().sync()?;
        Ok(())
    }
}

impl Replayed {
    /// One line of JSON on stderr, for whoever watches starts.
    pub fn tell(&self) {
        let Self { snapshot, records, events, took, .. } = self;
        let line = serde_json::json!({
            "replayed": {"snapshot": snapshot, "records": records, "events": events, "seconds": took.as_secs_f64()}
        });
        // Without a log there is nobody to be told.
        drop(writeln!(std::io::stderr(), "{line}"));
    }
}

/// Gives the engine a group, waiting while it is busy. Only for the start and for operations: the
/// live way never waits.
///
/// # Errors
/// When a worker has ended.
pub fn feed(engine: &Engine, records: Vec<Record>) -> Result<(), Error> {
    let mut group = Group { records };
    while let Err(Busy(back)) = engine.give(group)? {
        group = back;
        std::thread::yield_now();
    }
    Ok(())
}
