//! A generated year as a journal: the records that a collector would have written had it listened.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use anyhow::{Context, ensure};
use collector::record::{DayRecord, GapRecord, Kind, ListenedRecord, StartRecord, of_site};
use collector::recover::journal_dir;
use domain::calendar::{BusinessDay, Calendar};
use domain::event::{Envelope, Event};
use domain::{BootId, EventId, SiteId, Timestamp};
use journal::{Journal, NewRecord, Options};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire;

use super::centre::{Centre, DayOf};
use super::day::{MINUTE, Said};
use super::trouble::{GIVEN_UP_AFTER, TOLD_AFTER};
use crate::centre::Speaker;

/// Segments are of local days, and Vietnam is so far ahead of UTC.
const LOCAL_MS: i64 = 7 * 3_600_000;
/// Writes a centre into a journal that does not exist yet.
struct Writer {
    journal: Journal,
    site: SiteId,
    calendar: Calendar,
    boot: BootId,
    devices: HashMap<Speaker, u64>,
    /// Numbers of events that will be given up, in that order.
    holes: VecDeque<u64>,
    day: Option<BusinessDay>,
    events: u64,
}

/// Writes a centre's year into the journal of `data_dir`; `told` hears of each day that is done.
/// Returns how many events there are.
///
/// # Errors
/// When there is a journal already, or it cannot be written.
pub(super) fn write(data_dir: &Path, centre: &Centre, mut told: impl FnMut()) -> anyhow::Result<u64> {
    let dir = journal_dir(data_dir);
    let (journal, recovery) = Journal::open(&dir, Options { utc_offset_ms: LOCAL_MS, ..Options::default() })?;
    ensure!(recovery.next_offset == 1, "there is a journal in {}: choose another --data-dir", dir.display());
    let (site, boot) = (centre.config().site, BootId::new("generated").context("a boot id")?);
    let (calendar, devices) = (centre.calendar(), HashMap::new());
    let mut writer = Writer { journal, site, calendar, boot, devices, holes: VecDeque::new(), day: None, events: 0 };
    for (n, day) in centre.days().enumerate() {
        if n == 0 {
            writer.begin(day.listened()[0].0, centre)?;
        }
        writer.day(&day)?;
        told();
    }
    // The last day is over, and known as a whole, when the next one begins.
    if let Some(day) = writer.day {
        writer.turn_day(day.end);
    }
    writer.journal.flush()?;
    writer.journal.syncer().sync()?;
    Ok(writer.events)
}

/// Something of a day, before it is written.
enum Item<'d> {
    Event(&'d Said),
    Hole(Speaker),
    Lost(Speaker),
    Listened(ListenedRecord),
}

impl Writer {
    fn begin(&mut self, at: Timestamp, centre: &Centre) -> anyhow::Result<()> {
        let start = StartRecord { seq_base: 0, version: env!("CARGO_PKG_VERSION").to_owned() };
        self.of_all(Kind::Start, at, &wire::json(&start));
        self.of_site(Kind::Config, at, at, &wire::json(centre.config()));
        Ok(self.journal.flush()?)
    }

    fn of_site(&mut self, kind: Kind, rx: Timestamp, at: Timestamp, json: &str) {
        self.journal.append(of_site(kind, rx, at, &self.site, json));
    }

    fn of_all(&mut self, kind: Kind, at: Timestamp, json: &str) {
        let (rx_ms, payload) = (at.ms(), json.as_bytes());
        self.journal.append(NewRecord { kind: kind as u8, rx_ms, at_ms: rx_ms, topic: b"", payload });
    }

    /// A day in the order in which things came in.
    fn day(&mut self, of: &DayOf) -> anyhow::Result<()> {
        let mut items: Vec<(Timestamp, Item<'_>)> = Vec::new();
        // Numbered by their devices before those that came.
        items.extend(of.lost.iter().map(|(at, speaker)| (at.plus(TOLD_AFTER - GIVEN_UP_AFTER), Item::Hole(*speaker))));
        items.extend(of.said.iter().map(|said| (of.day.start.plus(said.rx), Item::Event(said))));
        let listened = of.listened().into_iter().flat_map(|(from, to)| minutes(from, to));
        items.extend(listened.map(|listened| (listened.to, Item::Listened(listened))));
        items.extend(of.lost.iter().map(|(at, speaker)| (*at, Item::Lost(*speaker))));
        items.sort_by_key(|(rx, _)| *rx);
        for (rx, item) in items {
            self.turn_day(rx);
            match item {
                Item::Event(said) => self.event(rx, of.day.start.plus(said.at), said),
                Item::Hole(speaker) => {
                    let seq = self.next_seq(speaker);
                    self.holes.push_back(seq);
                }
                Item::Lost(speaker) => self.lost(rx, speaker),
                Item::Listened(listened) => self.of_all(Kind::Listened, rx, &wire::json(&listened)),
            }
        }
        Ok(self.journal.flush()?)
    }

    fn turn_day(&mut self, rx: Timestamp) {
        if self.day.is_some_and(|day| rx < day.end) {
            return;
        }
        let (day, keep_from) = self.calendar.day_after(self.day, rx);
        self.day = Some(day);
        self.of_site(Kind::Day, rx, day.start, &wire::json(&DayRecord { day, keep_from }));
    }

    fn next_seq(&mut self, speaker: Speaker) -> u64 {
        let seq = self.devices.entry(speaker).or_default();
        *seq += 1;
        *seq
    }

    fn event(&mut self, rx: Timestamp, at: Timestamp, said: &Said) {
        self.events += 1;
        let seq = self.next_seq(said.speaker);
        let envelope = Envelope { id: self.id(at), boot: self.boot, seq, ts: at, up_ms: None };
        let payload = wire::event_json(&Event { envelope, body: said.body.clone() });
        let Speaker { kind, device } = said.speaker;
        let topic = DeviceTopic { site: self.site, kind, device, channel: Channel::Evt }.to_string();
        let (rx_ms, at_ms) = (rx.ms(), at.ms());
        let (topic, payload) = (topic.as_bytes(), payload.as_bytes());
        self.journal.append(NewRecord { kind: Kind::Event as u8, rx_ms, at_ms, topic, payload });
    }

    fn lost(&mut self, rx: Timestamp, speaker: Speaker) {
        let Some(seq) = self.holes.pop_front() else { return };
        let Speaker { kind, device } = speaker;
        let gap = GapRecord { kind, device, boot: self.boot, from_seq: seq, to_seq: seq };
        self.of_site(Kind::Gap, rx, rx, &wire::json(&gap));
    }

    /// In the form of a UUID of version 7, counted instead of drawn: the same year, the same journal.
    fn id(&self, at: Timestamp) -> EventId {
        let ms = at.ms().unsigned_abs() & 0xFFFF_FFFF_FFFF;
        EventId(u128::from(ms) << 80 | 0x7 << 76 | 0x2 << 62 | u128::from(self.events))
    }
}

/// A collector writes down once a minute that it listens.
fn minutes(from: Timestamp, to: Timestamp) -> impl Iterator<Item = ListenedRecord> {
    let mut at = from;
    std::iter::from_fn(move || {
        let next = at.plus(MINUTE).min(to);
        let listened = ListenedRecord { from: at, to: next };
        at = next;
        (listened.from < listened.to).then_some(listened)
    })
}
