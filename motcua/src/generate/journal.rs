//! A generated year as a journal: the records that a collector would have written had it listened.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use collector::record::{DayRecord, GapRecord, Kind, StartRecord, of_site};
use collector::recover::journal_dir;
use domain::calendar::{BusinessDay, Calendar};
use domain::event::{Envelope, Event};
use domain::{BootId, EventId, SiteId, Timestamp};
use journal::{Journal, NewRecord, Options};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire;

use super::centre::{Centre, DayOf};
use super::day::Said;
use crate::centre::Speaker;

/// Segments are of local days, and Vietnam is so far ahead of UTC.
const LOCAL_MS: i64 = 7 * 3_600_000;
/// The centre's host is started at this time of its first day, milliseconds after midnight.
const STARTED_MS: i64 = 6 * 3_600_000;

/// Writes centres into a journal that does not exist yet.
#[derive(Debug)]
struct Writer {
    journal: Journal,
    boot: BootId,
    devices: HashMap<(SiteId, Speaker), u64>,
    days: HashMap<SiteId, BusinessDay>,
    events: u64,
}

/// Writes the year of some centres into the journal of `data_dir`; `told` hears how many days are
/// done. Returns how many events there are.
///
/// # Errors
/// When there is a journal already, or it cannot be written.
pub(super) fn write(data_dir: &Path, centres: &mut [Centre], mut told: impl FnMut(usize)) -> anyhow::Result<u64> {
    let dir = journal_dir(data_dir);
    let (journal, recovery) = Journal::open(&dir, Options { utc_offset_ms: LOCAL_MS, ..Options::default() })?;
    ensure!(recovery.next_offset == 1, "there is a journal in {}: choose another --data-dir", dir.display());
    let boot = BootId::new("generated").context("a boot id")?;
    let mut writer = Writer { journal, boot, devices: HashMap::new(), days: HashMap::new(), events: 0 };
    let days = centres.iter().map(|centre| centre.days().len()).max().unwrap_or(0);
    for n in 0..days {
        let of_day: Vec<(SiteId, Calendar, DayOf)> = centres
            .iter()
            .filter_map(|centre| Some((centre.config().site, centre.calendar(), centre.nth_day(n)?)))
            .collect();
        if n == 0 {
            let first = of_day.iter().map(|(.., day)| day.day.start).min().unwrap_or(Timestamp::MIN).plus(STARTED_MS);
            writer.begin(first, centres)?;
        }
        writer.day(of_day)?;
        told(n + 1);
    }
    writer.journal.syncer().sync()?;
    Ok(writer.events)
}

/// A record of a day, before it is written.
enum Item<'d> {
    Event(&'d Said),
    Lost(Speaker),
}

impl Writer {
    fn begin(&mut self, at: Timestamp, centres: &[Centre]) -> anyhow::Result<()> {
        let start = StartRecord { seq_base: 0, version: env!("CARGO_PKG_VERSION").to_owned() };
        let json = wire::json(&start);
        let (rx_ms, payload) = (at.ms(), json.as_bytes());
        self.journal.append(NewRecord { kind: Kind::Start as u8, rx_ms, at_ms: rx_ms, topic: b"", payload });
        for centre in centres {
            let json = wire::json(centre.config());
            self.journal.append(of_site(Kind::Config, at, at, &centre.config().site, &json));
        }
        Ok(self.journal.flush()?)
    }

    /// A day of all centres, in the order in which things came in.
    fn day(&mut self, of_day: Vec<(SiteId, Calendar, DayOf)>) -> anyhow::Result<()> {
        let mut items: Vec<(Timestamp, usize, Item<'_>)> = Vec::new();
        let mut calendars: Vec<Calendar> = Vec::new();
        for (ix, (_, calendar, day)) in of_day.iter().enumerate() {
            calendars.push(calendar.clone());
            let instant = |said: &Said| day.day.start.plus(said.rx);
            items.extend(day.said.iter().map(|said| (instant(said), ix, Item::Event(said))));
            items.extend(day.lost.iter().map(|(at, speaker)| (*at, ix, Item::Lost(*speaker))));
        }
        items.sort_by_key(|(rx, ix, _)| (*rx, *ix));
        for (rx, ix, item) in items {
            let (site, _, day) = &of_day[ix];
            self.turn_day(*site, &mut calendars[ix], rx);
            match item {
                Item::Event(said) => self.event(*site, rx, day.day.start.plus(said.at), said),
                Item::Lost(speaker) => self.lost(*site, rx, speaker),
            }
        }
        Ok(self.journal.flush()?)
    }

    fn turn_day(&mut self, site: SiteId, calendar: &mut Calendar, rx: Timestamp) {
        let before = self.days.get(&site).copied();
        if before.is_some_and(|day| rx < day.end) {
            return;
        }
        let (day, keep_from) = calendar.day_after(before, rx);
        self.days.insert(site, day);
        let json = wire::json(&DayRecord { day, keep_from });
        self.journal.append(of_site(Kind::Day, rx, day.start, &site, &json));
    }

    fn next_seq(&mut self, site: SiteId, speaker: Speaker) -> u64 {
        let seq = self.devices.entry((site, speaker)).or_default();
        *seq += 1;
        *seq
    }

    fn event(&mut self, site: SiteId, rx: Timestamp, at: Timestamp, said: &Said) {
        self.events += 1;
        let seq = self.next_seq(site, said.speaker);
        let envelope = Envelope { id: self.id(at), boot: self.boot, seq, ts: at, up_ms: None };
        let payload = wire::event_json(&Event { envelope, body: said.body.clone() });
        let Speaker { kind, device } = said.speaker;
        let topic = DeviceTopic { site, kind, device, channel: Channel::Evt }.to_string();
        let (rx_ms, at_ms) = (rx.ms(), at.ms());
        let (topic, payload) = (topic.as_bytes(), payload.as_bytes());
        self.journal.append(NewRecord { kind: Kind::Event as u8, rx_ms, at_ms, topic, payload });
    }

    fn lost(&mut self, site: SiteId, rx: Timestamp, speaker: Speaker) {
        let seq = self.next_seq(site, speaker);
        let Speaker { kind, device } = speaker;
        let gap = GapRecord { kind, device, boot: self.boot, from_seq: seq, to_seq: seq };
        self.journal.append(of_site(Kind::Gap, rx, rx, &site, &wire::json(&gap)));
    }

    /// In the form of a UUID of version 7, counted instead of drawn: the same year, the same journal.
    fn id(&self, at: Timestamp) -> EventId {
        let ms = at.ms().unsigned_abs() & 0xFFFF_FFFF_FFFF;
        EventId(u128::from(ms) << 80 | 0x7 << 76 | 0x2 << 62 | u128::from(self.events))
    }
}
