//! The door: every message of the broker is parsed once, judged, journalled and handed to the
//! dataflow, or refused, kept and counted. Also the other way into the same state: replaying the
//! journal.

mod devices;
mod refused;
mod replay;
mod site;

use std::collections::BTreeMap;

use domain::board::AlertRow;
use domain::config::SiteConfig;
use domain::dedupe::{Span, Verdict, day_of};
use domain::event::{DeadLetterReason, DeviceKind, Event};
use domain::{DeviceId, SiteId, Timestamp};
use hashbrown::HashMap;
use journal::{Journal, NewRecord};
use mqtt_config::session::Inbound;
use mqtt_config::settings::Clock;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, DeadLetter, KEPT_OF_DEAD_LETTER, Refusal};

pub use self::replay::ReplayError;
pub use self::site::SiteDoor;
use crate::flow::{Extent, Item, Record, SiteIx};
use crate::record::{DayRecord, DeadLetterHead, GapRecord, Kind, of_site};

/// An event is late when it arrives this long after it happened (contract section 5).
const LATE_MS: i64 = 60_000;
/// Topics whose parsed form is remembered; more are parsed again each time.
const ROUTES: usize = 100_000;

/// Event ids are kept for yesterday and as many days before it. Older repeats are recognised by
/// device, boot and `seq`.
const IDS_KEPT_DAYS: i64 = 1;
/// With recorded time they are kept for five weeks: a log may be played twice, by two boots.
const IDS_KEPT_DAYS_RECORDED: i64 = 35;

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
    records: Vec<Record>,
    touched: Touched,
    /// Dead letters of no known site.
    pub unplaced: u64,
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
            records: Vec::new(),
            touched: Touched::default(),
            unplaced: 0,
            received: 0,
        }
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

    /// A message on a topic that is not one of the contract's.
    fn misplaced(&mut self, message: &Inbound, rx: Timestamp) -> u64 {
        let detail = match DeviceTopic::parse(&message.topic) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        };
        let site = message.topic.split(|byte| *byte == b'/').nth(2);
        let site = site.and_then(|site| SiteId::new(std::str::from_utf8(site).ok()?).ok());
        let ix = site.and_then(|site| self.by_id.get(&site).copied());
        let refusal = Refusal { reason: DeadLetterReason::BadTopic, detail, boot: None, seq: None };
        self.refuse(ix, None, message, refusal, rx)
    }

    fn event(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp) -> u64 {
        self.received += 1;
        let Some(ix) = self.site(topic.site, rx) else {
            let detail = format!("site {}", topic.site);
            let refusal = Refusal { reason: DeadLetterReason::UnknownSite, detail, boot: None, seq: None };
            return self.refuse(None, Some(topic), message, refusal, rx);
        };
        let parsed = wire::parse_event(topic, &message.payload);
        self.touched.devices.push((ix, topic.kind, topic.device));
        if message.retain {
            self.touched.retained.push(topic.to_string());
            self.sites[ix as usize].devices.flag(topic.kind, topic.device, "retained_evt", true);
        }
        let event = match parsed {
            Ok(event) => event,
            Err(refusal) => return self.refuse(Some(ix), Some(topic), message, refusal, rx),
        };
        let site = &mut self.sites[ix as usize];
        match site.dedupe.classify(topic.kind, topic.device, &event, rx) {
            Verdict::New => {}
            Verdict::Duplicate => {
                site.ingest.duplicate += 1;
                site.counted = true;
                self.touched.sites.entry(ix).or_default();
                // Durable with everything appended so far, for the first copy may be in this group.
                return self.journal.next_offset() - 1;
            }
            Verdict::Conflict => {
                let detail = format!("id or seq {} was used for another event", event.envelope.seq);
                return self.refuse_event(ix, topic, message, &event, DeadLetterReason::Conflict, detail, rx);
            }
        }
        if let Err(refusal) = wire::check_device(topic, &event) {
            return self.refuse_event(ix, topic, message, &event, refusal.reason, refusal.detail, rx);
        }
        if let Some((reason, detail)) = self.sites[ix as usize].stranger(topic.kind, &event.body) {
            return self.refuse_event(ix, topic, message, &event, reason, detail, rx);
        }
        self.accept(ix, topic, message, event, rx)
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

    #[allow(clippy::too_many_arguments, reason = "all of it goes into one record")]
    fn refuse_event(
        &mut self,
        ix: SiteIx,
        topic: &DeviceTopic,
        message: &Inbound,
        event: &Event,
        reason: DeadLetterReason,
        detail: String,
        rx: Timestamp,
    ) -> u64 {
        let refusal = Refusal { reason, detail, boot: Some(event.envelope.boot), seq: Some(event.envelope.seq) };
        self.refuse(Some(ix), Some(topic), message, refusal, rx)
    }

    /// Keeps, counts and lists what cannot be used.
    fn refuse(
        &mut self,
        ix: Option<SiteIx>,
        topic: Option<&DeviceTopic>,
        message: &Inbound,
        refusal: Refusal,
        rx: Timestamp,
    ) -> u64 {
        let head = DeadLetterHead {
            reason: refusal.reason,
            detail: refusal.detail,
            boot: refusal.boot,
            seq: refusal.seq,
            len: message.payload.len(),
        };
        let payload = head.with_payload(&message.payload, KEPT_OF_DEAD_LETTER);
        let record = NewRecord {
            kind: Kind::DeadLetter as u8,
            rx_ms: rx.ms(),
            at_ms: rx.ms(),
            topic: &message.topic,
            payload: &payload,
        };
        let offset = self.journal.append(record);
        tracing::debug!(reason = %head.reason, detail = head.detail, "A message could not be used.");
        self.count_dead_letter(ix, topic, offset, &message.topic, &message.payload, head, rx);
        offset
    }

    #[allow(clippy::too_many_arguments, reason = "all of it is one dead letter")]
    fn count_dead_letter(
        &mut self,
        ix: Option<SiteIx>,
        device: Option<&DeviceTopic>,
        offset: u64,
        topic: &[u8],
        payload: &[u8],
        head: DeadLetterHead,
        rx: Timestamp,
    ) {
        let Some(ix) = ix else {
            self.unplaced += 1;
            return;
        };
        let site = &mut self.sites[ix as usize];
        if let (Some(device), Some(boot), Some(seq)) = (device, head.boot, head.seq) {
            site.dedupe.sequences.observe(device.kind, device.device, boot, seq, rx);
        }
        site.ingest.dead_letter += 1;
        site.counted = true;
        let kept = &payload[..payload.len().min(KEPT_OF_DEAD_LETTER)];
        site.list(DeadLetter {
            offset,
            rx,
            topic: String::from_utf8_lossy(topic).into_owned(),
            reason: head.reason,
            detail: head.detail,
            payload: String::from_utf8_lossy(kept).into_owned(),
        });
        self.touched.sites.entry(ix).or_default();
    }

    fn status(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp, live: bool) -> Option<u64> {
        if topic.is_collector() || message.payload.is_empty() {
            return None;
        }
        // A status of a site that is not known yet makes no site: only events do.
        let ix = self.by_id.get(&topic.site).copied()?;
        match wire::parse_status(&message.payload) {
            Ok(status) => {
                let site = &mut self.sites[ix as usize];
                site.devices.status(topic.kind, topic.device, &status, live && !message.retain, rx);
                self.touched.sites.entry(ix).or_default();
                None
            }
            // A retained one comes again with every connection; it was counted when it was said.
            Err(_) if message.retain => None,
            Err(refusal) => Some(self.refuse(Some(ix), None, message, refusal, rx)),
        }
    }

    /// A camera's occupancy heartbeat.
    fn heartbeat(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp) -> Option<u64> {
        let ix = self.by_id.get(&topic.site).copied()?;
        if message.payload.is_empty() {
            return None;
        }
        match wire::parse_occupancy(topic, &message.payload) {
            Ok(word) => {
                let site = &mut self.sites[ix as usize];
                if site.strange_zone(word.camera, word.zone).is_none() {
                    let wire::Occupancy { camera, zone, level, people, ts } = word;
                    let at = if self.clock == Clock::Wall { ts.min(rx) } else { ts };
                    self.records.push(Record { site: ix, item: Item::Occupancy { camera, zone, at, level, people } });
                    self.touched.sites.entry(ix).or_default();
                }
                None
            }
            Err(_) if message.retain => None,
            Err(refusal) => Some(self.refuse(Some(ix), None, message, refusal, rx)),
        }
    }

    /// The site of a topic; with `--discover` it appears when first seen.
    fn site(&mut self, id: SiteId, rx: Timestamp) -> Option<SiteIx> {
        if let Some(ix) = self.by_id.get(&id) {
            return Some(*ix);
        }
        let zone = self.discover.clone()?;
        if id.is_reserved() {
            return None;
        }
        self.configure(SiteConfig::discovered(id, &zone), rx).ok()
    }

    /// Takes a configuration: a record of the journal like everything else. One that is already in
    /// force changes nothing.
    ///
    /// # Errors
    /// When it cannot be used; nothing changes then.
    pub fn configure(&mut self, config: SiteConfig, rx: Timestamp) -> Result<SiteIx, String> {
        let id = config.site;
        if let Some(ix) = self.by_id.get(&id)
            && self.sites[*ix as usize].config == config
        {
            return Ok(*ix);
        }
        let json = wire::json(&config);
        let ix = self.configured(config, json.clone())?;
        self.journal.append(of_site(Kind::Config, rx, rx, &id, &json));
        self.touched.sites.entry(ix).or_default();
        Ok(ix)
    }

    fn configured(&mut self, config: SiteConfig, json: String) -> Result<SiteIx, String> {
        let id = config.site;
        let ix = match self.by_id.get(&id).copied() {
            Some(ix) => {
                self.sites[ix as usize].configure(config)?;
                ix
            }
            None => {
                let ix = self.sites.len() as SiteIx;
                self.sites.push(SiteDoor::new(ix, config)?);
                self.by_id.insert(id, ix);
                ix
            }
        };
        self.records.push(Record { site: ix, item: Item::Configure(json) });
        Ok(ix)
    }

    /// Begins the business day that `at` lies in, if it is a new one.
    pub fn turn_day(&mut self, ix: SiteIx, at: Timestamp, rx: Timestamp) {
        let site = &mut self.sites[ix as usize];
        let Some(record) = site.day_turns(at) else { return };
        let id = site.id();
        let json = wire::json(&record);
        self.journal.append(of_site(Kind::Day, rx, record.day.start, &id, &json));
        self.day_turned(ix, record);
        self.touched.sites.entry(ix).or_default();
    }

    fn day_turned(&mut self, ix: SiteIx, record: DayRecord) {
        let DayRecord { day, keep_from } = record;
        let site = &mut self.sites[ix as usize];
        site.day = Some(day);
        let kept = if self.clock == Clock::Wall { IDS_KEPT_DAYS } else { IDS_KEPT_DAYS_RECORDED };
        site.dedupe.ids.forget_before(day_of(keep_from) - kept);
        self.records.push(Record { site: ix, item: Item::Day { day, keep_from } });
    }

    /// Turns the days of all sites whose day is over (the collector's clock only).
    pub fn turn_days(&mut self, now: Timestamp) {
        if self.clock == Clock::Event {
            return;
        }
        for ix in 0..self.sites.len() as SiteIx {
            self.turn_day(ix, now, now);
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
            self.journal.append(of_site(Kind::Gap, rx, rx, &id, &json));
            self.touched.sites.entry(ix).or_default();
            self.touched.devices.push((ix, span.kind, span.device));
            tracing::warn!(site = %id, device = %span.device, missing, "Events of a device were given up.");
        }
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
        let rows = site.devices.rows(&site.dedupe.sequences, now);
        if !rows.is_empty() {
            push(Item::Devices(rows));
        }
        push(Item::Evaluate { as_of, extent });
    }

    /// Shows alerts at every site.
    pub fn alert(&mut self, alerts: &[AlertRow]) {
        for ix in 0..self.sites.len() as SiteIx {
            self.records.push(Record { site: ix, item: Item::Alerts(alerts.to_vec()) });
            self.touched.sites.entry(ix).or_default();
        }
    }
}
