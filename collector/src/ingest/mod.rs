//! The door: every message of the broker is parsed once, judged, journalled and handed to the
//! dataflow, or refused, kept and counted. Also the other way into the same state: replaying the
//! journal.

mod again;
mod budget;
mod devices;
mod letters;
mod model;
mod refuse;
mod refused;
mod replay;
mod site;
mod sites;
mod state;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::board::AlertRow;
use domain::dedupe::{BYTES_PER_ID, Span, Verdict};
use domain::event::{DeadLetterReason, DeviceKind, Envelope, Event};
use domain::{DeviceId, SiteId, Timestamp};
use hashbrown::HashMap;
use journal::{Journal, NewRecord};
use mqtt_config::session::Inbound;
use mqtt_config::settings::{Clock, DEDUPE_MEMORY_MIB};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, KEPT_OF_DEAD_LETTER, Refusal};

pub use self::again::Ran;
pub use self::devices::KeptClocks;
use self::letters::Book;
pub use self::letters::{Letters, names_a_stranger};
pub use self::model::KeptModel;
use self::refuse::From;
pub use self::replay::ReplayError;
pub use self::site::SiteDoor;
pub use self::state::DoorState;
use crate::flow::{Extent, Item, Noted, Record, SiteIx};
use crate::record::{GapRecord, Kind, ListenedRecord, PlaceRecord, of_site};

/// An event is late when it arrives this long after it happened (contract section 5).
const LATE_MS: i64 = 60_000;
/// Topics whose parsed form is remembered; more are parsed again each time.
const ROUTES: usize = 100_000;

/// A site's event ids are kept for as many days before the day on which its yesterday began: for 35
/// days at least. Older repeats are recognised by device, boot and `seq`.
const IDS_KEPT_DAYS: i64 = 34;

/// So many ids fit into the memory.
const fn ids_of(mib: u32) -> usize {
    mib as usize * (1 << 20) / BYTES_PER_ID
}

/// A device of a site.
pub type DeviceKey = (SiteIx, DeviceKind, DeviceId);

/// What the last group has touched.
#[derive(Debug, Default)]
pub struct Touched {
    /// Sites, and whether something in it must not wait (a call).
    pub sites: BTreeMap<SiteIx, bool>,
    /// Devices that are owed an acknowledgement.
    pub devices: Vec<DeviceKey>,
    /// Topics on which an event was retained: the copy is to be cleared.
    pub retained: Vec<String>,
}

/// See the module.
pub struct Door {
    journal: Journal,
    sites: Vec<SiteDoor>,
    by_id: HashMap<SiteId, SiteIx>,
    routes: HashMap<Box<[u8]>, Option<DeviceTopic>>,
    clock: Clock,
    /// The time zone of sites that appear when first seen; `None`: sites are configured.
    discover: Option<String>,
    /// Ids that all sites together may remember.
    most_ids: usize,
    /// The UTC day on which it was last told that ids had to be forgotten early.
    told_of_ids: i64,
    /// A configuration has changed since somebody last asked.
    configured: bool,
    records: Vec<Record>,
    touched: Touched,
    /// Dead letters of no known site.
    pub unplaced: u64,
    /// Which of them may be run again.
    unplaced_book: Book,
    model: Option<model::InForce>,
    /// Events taken in since the start, repeats and dead letters included.
    pub received: u64,
}

impl Door {
    /// A door that writes to `journal`.
    #[must_use]
    pub fn new(journal: Journal, clock: Clock, discover: Option<String>) -> Self {
        Self {
            journal,
            sites: Vec::new(),
            by_id: HashMap::new(),
            routes: HashMap::new(),
            clock,
            discover,
            most_ids: ids_of(DEDUPE_MEMORY_MIB),
            told_of_ids: i64::MIN,
            configured: false,
            records: Vec::new(),
            touched: Touched::default(),
            unplaced: 0,
            unplaced_book: Book::default(),
            model: None,
            received: 0,
        }
    }

    /// The memory that the ids of all sites together may take, MiB.
    pub fn limit_ids(&mut self, mib: u32) {
        self.most_ids = ids_of(mib);
    }

    /// The journal that the door writes to.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// The doors of the sites, by number.
    #[must_use]
    pub fn sites(&self) -> &[SiteDoor] {
        &self.sites
    }

    /// One site's door.
    pub fn site_mut(&mut self, ix: SiteIx) -> Option<&mut SiteDoor> {
        self.sites.get_mut(ix as usize)
    }

    /// The door of the site with this id.
    pub fn site_named(&mut self, id: &SiteId) -> Option<&mut SiteDoor> {
        let ix = *self.by_id.get(id)?;
        self.sites.get_mut(ix as usize)
    }

    /// Whether the clock of a device was measured anew since this was last asked.
    pub fn take_measured(&mut self) -> bool {
        // Every site is asked.
        self.sites.iter_mut().filter_map(|site| site.devices.take_measured().then_some(())).count() > 0
    }

    /// The records of the group so far.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// What the group has touched so far.
    pub fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// Takes a message in. Returns the offset that must be durable before the message may be
    /// acknowledged to the broker; `None`: at once.
    ///
    /// `live`: the message was neither kept by the broker while we were away nor retained.
    pub fn message(&mut self, message: &Inbound, rx: Timestamp, live: bool) -> Option<u64> {
        let Some(topic) = self.route(&message.topic) else {
            // A counter may be called `evt` or `status`; its live topic then looks like a device's.
            let ours = message.topic.split(|byte| *byte == b'/').nth(3) == Some(b"live");
            return if ours { None } else { Some(self.misplaced(message, rx)) };
        };
        match topic.channel {
            Channel::Evt if topic.is_collector() || message.payload.is_empty() => None,
            Channel::Evt => Some(self.event(&topic, message, rx)),
            Channel::Status => self.status(&topic, message, rx, live),
            Channel::State if topic.kind == DeviceKind::Camera => self.heartbeat(&topic, message, rx),
            // `meta` and other devices' `state` are for other devices; `done` is read by the caller;
            // the rest are our own words.
            _ => None,
        }
    }

    fn route(&mut self, topic: &[u8]) -> Option<DeviceTopic> {
        if let Some(route) = self.routes.get(topic) {
            return *route;
        }
        let route = DeviceTopic::parse(topic).ok();
        if self.routes.len() < ROUTES {
            self.routes.insert(topic.into(), route);
        }
        route
    }

    fn event(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp) -> u64 {
        self.received += 1;
        let Some(ix) = self.site(topic.site, rx) else {
            let detail = format!("site {}", topic.site);
            let refusal = Refusal { reason: DeadLetterReason::UnknownSite, detail, boot: None, seq: None };
            return self.refuse(From { ix: None, device: Some(topic) }, message, refusal, rx);
        };
        let from = From { ix: Some(ix), device: Some(topic) };
        let parsed = wire::parse_event(topic, &message.payload);
        self.touched.devices.push((ix, topic.kind, topic.device));
        if message.retain {
            self.touched.retained.push(topic.to_string());
            self.sites[ix as usize].devices.flag(topic.kind, topic.device, "retained_evt", true);
        }
        let event = match parsed {
            Ok(event) => event,
            Err(refusal) if self.was_refused(ix, topic, &refusal, message) => return self.repeated(ix),
            Err(refusal) => return self.refuse(from, message, refusal, rx),
        };
        let site = &mut self.sites[ix as usize];
        match site.dedupe.classify(topic.kind, topic.device, &event, rx) {
            Verdict::New => {}
            Verdict::Duplicate => return self.repeated(ix),
            Verdict::Renumbered => return self.renumbered(ix, topic, &event, rx),
            Verdict::Conflict if self.knows_refused(ix, topic, message) => return self.repeated(ix),
            Verdict::Conflict => {
                let detail = format!("id or seq {} was used for another event", event.envelope.seq);
                return self.refuse_event(from, message, &event, (DeadLetterReason::Conflict, detail), rx);
            }
        }
        if let Err(refusal) = wire::check_device(topic, &event) {
            return self.refuse_event(from, message, &event, (refusal.reason, refusal.detail), rx);
        }
        if let Some(why) = self.sites[ix as usize].stranger(topic.kind, &event.body) {
            return self.refuse_event(from, message, &event, why, rx);
        }
        self.accept(ix, topic, message, event, rx)
    }

    /// Whether what cannot be used came before: a device sends again what it was not acknowledged.
    /// Without `boot` and `seq` nobody can tell a repeat from a second message.
    fn was_refused(&self, ix: SiteIx, topic: &DeviceTopic, refusal: &Refusal, message: &Inbound) -> bool {
        refusal.boot.zip(refusal.seq).is_some() && self.knows_refused(ix, topic, message)
    }

    fn knows_refused(&self, ix: SiteIx, topic: &DeviceTopic, message: &Inbound) -> bool {
        let payload = &message.payload[..message.payload.len().min(KEPT_OF_DEAD_LETTER)];
        let refused = &self.sites[ix as usize].dedupe.refused;
        refused.knows(topic.kind, topic.device, payload, message.payload.len())
    }

    /// Counts a repeat. It is durable with everything appended so far, for the first copy may be in
    /// this very group.
    fn repeated(&mut self, ix: SiteIx) -> u64 {
        let site = &mut self.sites[ix as usize];
        site.ingest.duplicate += 1;
        site.counted = true;
        self.touched.sites.entry(ix).or_default();
        self.journal.next_offset() - 1
    }

    /// Counts a repeat that its device has numbered anew: the new place is a record of the journal,
    /// because it is acknowledged like any other.
    fn renumbered(&mut self, ix: SiteIx, topic: &DeviceTopic, event: &Event, rx: Timestamp) -> u64 {
        let Envelope { boot, seq, .. } = event.envelope;
        let place = PlaceRecord { kind: topic.kind, device: topic.device, boot, seq };
        self.journal.append(of_site(Kind::Renumbered, rx, rx, &topic.site, &wire::json(&place)));
        self.repeated(ix)
    }

    fn accept(&mut self, ix: SiteIx, topic: &DeviceTopic, message: &Inbound, event: Event, rx: Timestamp) -> u64 {
        let site = &mut self.sites[ix as usize];
        site.devices.heard(topic.kind, topic.device, rx);
        let at = match self.clock {
            Clock::Wall => site.devices.time(topic.kind, topic.device, &event.envelope, rx).at,
            Clock::Event => event.envelope.ts,
        };
        self.turn_day(ix, if self.clock == Clock::Wall { rx } else { at }, rx);
        let offset = self.journal.append(NewRecord {
            kind: Kind::Event as u8,
            rx_ms: rx.ms(),
            at_ms: at.ms(),
            topic: &message.topic,
            payload: &message.payload,
        });
        let urgent =
            matches!(event.body, domain::event::Body::TicketCalled { .. } | domain::event::Body::TicketRecalled { .. });
        *self.touched.sites.entry(ix).or_default() |= urgent;
        self.count(ix, offset, at, rx, event);
        offset
    }

    /// Counts an accepted event and hands it to the dataflow; the same for live and replayed ones.
    fn count(&mut self, ix: SiteIx, offset: u64, at: Timestamp, rx: Timestamp, event: Event) {
        let site = &mut self.sites[ix as usize];
        let now = match self.clock {
            Clock::Wall => rx,
            Clock::Event => {
                let clock = site.event_clock.map_or(event.envelope.ts, |clock| clock.max(event.envelope.ts));
                site.event_clock = Some(clock);
                clock
            }
        };
        site.ingest.accepted += 1;
        site.ingest.late += u64::from(now.since(at) > LATE_MS);
        site.counted = true;
        self.records.push(Record { site: ix, item: Item::Event { offset, at, now, body: event.body } });
    }

    /// A device has answered the command to say the span again. What it no longer has is given up,
    /// once all else of the span is here: events sent before the answer came before it. Where more is
    /// missing than the device says, some of it was lost on the way and is asked for again.
    pub fn done(&mut self, ix: SiteIx, span: &Span, done: &wire::Done, rx: Timestamp) {
        let Some(site) = self.sites.get(ix as usize) else { return };
        let not_to_be_had = done.missing.unwrap_or(if done.ok { 0 } else { u64::MAX });
        if site.dedupe.sequences.missing(span) <= not_to_be_had {
            self.give_up(ix, span, rx);
        }
    }

    /// Gives events up that were asked for in vain.
    pub fn give_up(&mut self, ix: SiteIx, span: &Span, rx: Timestamp) {
        let site = &mut self.sites[ix as usize];
        let id = site.id();
        let json = wire::json(&GapRecord::from(span));
        let missing = site.dedupe.sequences.give_up(span);
        if missing > 0 {
            site.devices.touch(span.kind, span.device);
            self.records.push(Record { site: ix, item: Item::Noted(Noted::Lost(few(missing))) });
            self.journal.append(of_site(Kind::Gap, rx, rx, &id, &json));
            self.touched.sites.entry(ix).or_default();
            self.touched.devices.push((ix, span.kind, span.device));
            tracing::warn!(site = %id, device = %span.device, missing, "Events of a device were given up.");
        }
    }

    /// Writes down that the collector listened: for all sites, so that history can tell an hour in
    /// which nobody came from one that nobody heard.
    pub fn listened(&mut self, from: Timestamp, to: Timestamp) {
        let listened = ListenedRecord { from, to };
        let json = wire::json(&listened);
        let payload = json.as_bytes();
        self.journal.append(NewRecord {
            kind: Kind::Listened as u8,
            rx_ms: to.ms(),
            at_ms: to.ms(),
            topic: b"",
            payload,
        });
        self.heard(listened);
    }

    fn heard(&mut self, ListenedRecord { from, to }: ListenedRecord) {
        let noted = Noted::Listened { from, to };
        self.records.extend(self.sites.iter().map(|site| Record { site: site.ix, item: Item::Noted(noted) }));
    }

    /// Asks the dataflow to tell history of every site what has changed.
    pub fn tell_history(&mut self) {
        self.tell_history_of(0..self.sites.len());
    }

    /// Asks it to tell history of some sites what has changed.
    pub fn tell_history_of(&mut self, sites: std::ops::Range<usize>) {
        let offset = self.journal.next_offset() - 1;
        let asked = sites.start.min(self.sites.len())..sites.end.min(self.sites.len());
        self.records.extend(self.sites[asked].iter().map(|site| Record { site: site.ix, item: Item::History(offset) }));
    }

    /// Asks the dataflow to show what is known of a site.
    pub fn evaluate(&mut self, ix: SiteIx, now: Timestamp, extent: Extent) {
        let Some(site) = self.sites.get_mut(ix as usize) else { return };
        let as_of = match self.clock {
            Clock::Wall => Some(now),
            Clock::Event => site.event_clock,
        };
        let Some(as_of) = as_of else { return };
        let mut push = |item| self.records.push(Record { site: ix, item });
        if std::mem::take(&mut site.counted) {
            push(Item::Door(site.ingest));
        }
        site.devices.age(now);
        let news = site.devices.news(&site.dedupe.sequences, now);
        if !news.is_empty() {
            push(Item::Devices(news));
        }
        push(Item::Evaluate { as_of, extent });
    }

    /// The host's time leapt forward, because its clock was set right.
    pub fn host_leapt(&mut self, ms: i64) {
        self.sites.iter_mut().for_each(|site| site.devices.host_leapt(ms));
    }

    /// Shows alerts at every site.
    pub fn alert(&mut self, alerts: &[AlertRow]) {
        for ix in 0..self.sites.len() as SiteIx {
            self.records.push(Record { site: ix, item: Item::Alerts(alerts.to_vec()) });
            self.touched.sites.entry(ix).or_default();
        }
    }
}

/// A count that history keeps.
fn few(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
