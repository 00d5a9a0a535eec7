//! Operations on a data directory: everything that can be told from the journal alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use domain::event::{DeadLetterReason, Event};
use domain::facts::Fact;
use journal::Reader;
use mqtt_config::topics::DeviceTopic;
use mqtt_config::wire;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::record::{AgainHead, DeadLetterHead, Kind, config_of, event_payload, site_of};
use crate::recover::journal_dir;
use crate::snapshot::{self, Snapshot};

/// Writes every accepted event as one line of contract JSON, with the site, kind and device of its
/// topic and the collector's `at` and `rx`, so that anybody can recompute everything. Returns how
/// many.
///
/// # Errors
/// When the journal is damaged or `out` cannot be written.
pub fn export_events(data_dir: &Path, out: &mut impl Write) -> Result<u64, Error> {
    let mut reader = Reader::open_untrimmed(&journal_dir(data_dir), 1)?;
    let mut events = 0;
    while let Some(record) = reader.next_record()? {
        let Some((topic, event)) = event_of(&record) else { continue };
        let DeviceTopic { site, kind, device, .. } = topic;
        let at = domain::Timestamp::from_ms(record.at_ms);
        let rx = domain::Timestamp::from_ms(record.rx_ms);
        let json = wire::event_json(&event);
        let rest = json.strip_prefix('{').unwrap_or(&json);
        writeln!(out, r#"{{"site":"{site}","kind":"{kind}","device":"{device}","at":"{at}","rx":"{rx}",{rest}"#)
            .map_err(Error::Output)?;
        events += 1;
    }
    Ok(events)
}

/// The event of a record, whether it was accepted when it came or when it was run again.
fn event_of(record: &journal::Record<'_>) -> Option<(DeviceTopic, Event)> {
    let payload = event_payload(record)?;
    let topic = DeviceTopic::parse(record.topic).ok()?;
    Some((topic, wire::parse_event(&topic, payload).ok()?))
}

/// Writes every dead letter, one JSON object a line in the order of the journal: what was refused
/// at the door, and what only the fold could refuse. Returns how many.
///
/// # Errors
/// When the journal is damaged or `out` cannot be written.
pub fn dead_letters(data_dir: &Path, out: &mut impl Write) -> Result<u64, Error> {
    let (mut refused, mut again) = (BTreeMap::new(), BTreeSet::new());
    for fold in folds(data_dir, None)?.into_values() {
        refused.extend(fold.refused);
        again.extend(fold.again);
    }
    let mut reader = Reader::open_untrimmed(&journal_dir(data_dir), 1)?;
    let mut letters = 0;
    while let Some(record) = reader.next_record()? {
        let (reason, detail, payload) = match (DeadLetterHead::of(&record), refused.get(&record.offset)) {
            (Some(_), _) if again.contains(&record.offset) => continue,
            (Some((head, payload)), _) => (head.reason, head.detail, payload),
            (None, Some(reason)) => (*reason, String::new(), event_payload(&record).unwrap_or_default()),
            (None, None) => continue,
        };
        let letter = wire::DeadLetter {
            offset: record.offset,
            rx: domain::Timestamp::from_ms(record.rx_ms),
            topic: String::from_utf8_lossy(record.topic).into_owned(),
            reason,
            detail,
            payload: String::from_utf8_lossy(payload).into_owned(),
        };
        writeln!(out, "{}", wire::json(&letter)).map_err(Error::Output)?;
        letters += 1;
    }
    Ok(letters)
}

/// The hash of the state that follows from the journal: SHA-256 over the ledgers' canonical text,
/// site by site. The same events give the same hash, in whatever order they came, as long as no
/// two of one site happened at one instant.
///
/// # Errors
/// When the journal is damaged.
pub fn state_hash(data_dir: &Path) -> Result<String, Error> {
    Ok(hash_of(&state_text(data_dir, None)?))
}

/// The same hash, folded from the newest snapshot on, as a start does, and the last record of that
/// snapshot; `None` when there is none that can be used. The hash must be the same.
///
/// # Errors
/// When the journal is damaged after the snapshot.
pub fn state_hash_from_snapshot(data_dir: &Path) -> Result<Option<(u64, String)>, Error> {
    let Some(found) = snapshot::newest(&snapshot::dir_of(data_dir), &journal_dir(data_dir), None) else {
        return Ok(None);
    };
    let offset = found.offset;
    Ok(Some((offset, hash_of(&state_text(data_dir, Some(found))?))))
}

fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text that [`state_hash`] hashes; folded from a snapshot on, where one is given.
///
/// # Errors
/// When the journal is damaged.
pub fn state_text(data_dir: &Path, from: Option<Snapshot>) -> Result<String, Error> {
    let mut text = String::new();
    for (site, mut fold) in folds(data_dir, from)? {
        text.push_str(&format!("site {site} accepted {}\n", fold.accepted));
        if let Some(ledger) = &mut fold.ledger {
            ledger.digest(&mut text);
        }
    }
    Ok(text)
}

/// Every site's fold of the journal.
fn folds(data_dir: &Path, from: Option<Snapshot>) -> Result<BTreeMap<domain::SiteId, Fold>, Error> {
    let (mut folds, offset) = from.map(kept).unwrap_or_default();
    let mut reader = Reader::open_untrimmed(&journal_dir(data_dir), offset + 1)?;
    while let Some(record) = reader.next_record()? {
        match Kind::from_code(record.kind) {
            Some(Kind::Config) => {
                if let (Some(site), Ok(_)) = (site_of(&record), config_of(&record)) {
                    folds.entry(site).or_default();
                }
            }
            Some(Kind::Day) => {
                if let Some(fold) = site_of(&record).and_then(|site| folds.get_mut(&site))
                    && let Ok(day) = serde_json::from_slice(record.payload)
                {
                    fold.day(day);
                }
            }
            Some(Kind::Event | Kind::Again) => {
                let site = DeviceTopic::parse(record.topic).map(|topic| topic.site);
                let Some(fold) = site.ok().and_then(|site| folds.get_mut(&site)) else { continue };
                fold.again.extend(AgainHead::of(&record).map(|(head, _)| head.of));
                if let Some((_, event)) = event_of(&record) {
                    fold.event(&record, &event);
                }
            }
            // Neither changes a ledger; a kind of a later version is that version's business.
            Some(Kind::DeadLetter | Kind::Start | Kind::Gap | Kind::Renumbered | Kind::Model | Kind::Listened)
            | None => {}
        }
    }
    for fold in folds.values_mut() {
        fold.settle();
    }
    Ok(folds)
}

/// The folds of a snapshot, and its last record.
fn kept(found: Snapshot) -> (BTreeMap<domain::SiteId, Fold>, u64) {
    let mut ledgers: BTreeMap<_, _> =
        found.body.sites.into_iter().map(|(ix, state)| (ix, state.ledger.ledger)).collect();
    let accepted = found.body.door.accepted().into_iter().zip(0..);
    let fold = |((site, accepted), ix)| (site, Fold { ledger: ledgers.remove(&ix), accepted, ..Fold::default() });
    (accepted.map(fold).collect(), found.offset)
}

/// One site folded without a dataflow: `domain` decides, here as there.
#[derive(Default)]
struct Fold {
    ledger: Option<domain::ledger::Ledger>,
    taken: domain::ledger::Taken,
    accepted: u64,
    /// Accepted at the door and refused by the fold, by offset.
    refused: BTreeMap<u64, DeadLetterReason>,
    /// Dead letters that were run again, by offset.
    again: BTreeSet<u64>,
}

impl Fold {
    fn day(&mut self, record: crate::record::DayRecord) {
        let ledger = self.ledger.get_or_insert_with(|| domain::ledger::Ledger::before(record.day, record.keep_from));
        ledger.start_day(record.day, record.keep_from, &mut self.taken);
        self.count();
    }

    fn event(&mut self, record: &journal::Record<'_>, event: &Event) {
        self.accepted += 1;
        let Some(ledger) = &mut self.ledger else { return };
        let at = domain::Timestamp::from_ms(record.at_ms);
        // When it arrived only decides what is announced, not what is.
        ledger.take(record.offset, at, at, &event.body, &mut self.taken);
        self.count();
    }

    fn settle(&mut self) {
        if let Some(ledger) = &mut self.ledger {
            ledger.settle(&mut self.taken);
        }
        self.count();
    }

    fn count(&mut self) {
        for change in self.taken.changes.drain(..) {
            if let Fact::Rejected { offset, reason } = change.fact {
                if change.holds {
                    self.refused.insert(offset, reason);
                } else {
                    self.refused.remove(&offset);
                }
            }
        }
        self.taken.clear();
    }
}

/// Collects the boards that a journal gives, through the very dataflow that serves live.
///
/// # Errors
/// When the journal is damaged or the dataflow ends.
pub fn boards(runtime: &mqtt_config::settings::Runtime, as_of: domain::Timestamp) -> Result<Vec<String>, Error> {
    let mut opened = crate::recover::open(runtime, 0)?;
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&found);
    let engine = crate::engine::Engine::start(
        runtime.workers,
        opened.seq_base,
        Arc::new(move |outputs: Vec<crate::flow::Output>| {
            let boards = outputs.into_iter().filter_map(|output| output.board);
            let texts = boards.map(|board| String::from_utf8_lossy(&board).into_owned());
            sink.lock().unwrap_or_else(PoisonError::into_inner).extend(texts);
        }),
    )?;
    opened.replay(&engine)?;
    for ix in 0..opened.door.sites().len() as crate::flow::SiteIx {
        opened.door.evaluate(ix, as_of, crate::flow::Extent::Whole { board: true });
    }
    crate::recover::feed(&engine, opened.door.take_records())?;
    engine.stop();
    let mut boards = found.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut *boards))
}
