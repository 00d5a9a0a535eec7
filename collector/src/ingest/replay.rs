//! The journal's way into the same state as the live one: records are taken in order, nothing is
//! judged anew that was decided once.

use domain::config::SiteConfig;
use domain::dedupe::day_of;
use domain::{SiteId, Timestamp};
use journal::Record;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire;

use super::letters::was_understood;
use super::refuse::Letter;
use super::{Door, few};
use crate::flow::{Item, Noted, Record as FlowRecord, SiteIx};
use crate::record::{
    AgainHead, DayRecord, DeadLetterHead, GapRecord, Kind, ListenedRecord, PlaceRecord, StartRecord, config_of, site_of,
};

/// Why a record cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[error("record {offset} of the journal is not what this version writes: {why}")]
pub struct ReplayError {
    offset: u64,
    why: String,
}

impl Door {
    /// Takes a record of the journal in. Returns the `seq` base of a start.
    ///
    /// # Errors
    /// When the record was written by a later version.
    pub fn replay(&mut self, record: &Record<'_>) -> Result<Option<u64>, ReplayError> {
        let error = |why: &dyn std::fmt::Display| ReplayError { offset: record.offset, why: why.to_string() };
        let rx = Timestamp::from_ms(record.rx_ms);
        let kind = Kind::from_code(record.kind).ok_or_else(|| error(&"unknown kind"))?;
        let here = |door: &Self| {
            let site: Option<SiteIx> = site_of(record).and_then(|id: SiteId| door.by_id.get(&id).copied());
            site.ok_or_else(|| error(&"unknown site"))
        };
        match kind {
            Kind::Event => self.replay_event(record, rx).map_err(|why| error(&why))?,
            Kind::DeadLetter => self.replay_dead_letter(record, rx).ok_or_else(|| error(&"dead letter"))?,
            Kind::Config => {
                let config: SiteConfig = config_of(record).map_err(|why| error(&why))?;
                let json = String::from_utf8_lossy(record.payload).into_owned();
                self.configured(config, json).map_err(|why| error(&why))?;
            }
            Kind::Day => {
                let ix = here(self)?;
                let day: DayRecord = serde_json::from_slice(record.payload).map_err(|why| error(&why))?;
                self.day_turned(ix, day);
            }
            Kind::Start => {
                let start: StartRecord = serde_json::from_slice(record.payload).map_err(|why| error(&why))?;
                return Ok(Some(start.seq_base));
            }
            Kind::Gap => {
                let ix = here(self)?;
                let gap: GapRecord = serde_json::from_slice(record.payload).map_err(|why| error(&why))?;
                let site = &mut self.sites[ix as usize];
                let missing = site.dedupe.sequences.give_up(&gap.span());
                site.devices.touch(gap.kind, gap.device);
                self.records.push(FlowRecord { site: ix, item: Item::Noted(Noted::Lost(few(missing))) });
            }
            Kind::Model => self.replay_model(record, rx),
            Kind::Listened => {
                let listened: ListenedRecord = serde_json::from_slice(record.payload).map_err(|why| error(&why))?;
                self.heard(listened);
            }
            Kind::Again => self.replay_again(record, rx).map_err(|why| error(&why))?,
            Kind::Renumbered => {
                let ix = here(self)?;
                let place: PlaceRecord = serde_json::from_slice(record.payload).map_err(|why| error(&why))?;
                let PlaceRecord { kind, device, boot, seq } = place;
                self.sites[ix as usize].dedupe.sequences.observe(kind, device, boot, seq, rx);
                self.touched.devices.push((ix, kind, device));
            }
        }
        Ok(None)
    }

    fn replay_event(&mut self, record: &Record<'_>, rx: Timestamp) -> Result<(), String> {
        let topic = self.route(record.topic).ok_or("topic")?;
        let event = wire::parse_event(&topic, record.payload).map_err(|refusal| refusal.to_string())?;
        let ix = *self.by_id.get(&topic.site).ok_or("unknown site")?;
        // It was new when it was written; this makes the memory of it.
        let site = &mut self.sites[ix as usize];
        site.dedupe.classify(topic.kind, topic.device, &event, rx);
        site.devices.heard(topic.kind, topic.device, rx);
        self.touched.devices.push((ix, topic.kind, topic.device));
        self.count(ix, record.offset, Timestamp::from_ms(record.at_ms), rx, event);
        Ok(())
    }

    fn replay_dead_letter(&mut self, record: &Record<'_>, rx: Timestamp) -> Option<()> {
        let (head, payload) = DeadLetterHead::split(record.payload)?;
        let topic: Option<DeviceTopic> = self.route(record.topic).filter(|topic| topic.channel == Channel::Evt);
        let by_topic = record.topic.split(|byte| *byte == b'/').nth(2);
        let site = by_topic.and_then(|site| SiteId::new(std::str::from_utf8(site).ok()?).ok());
        let ix = site.and_then(|site| self.by_id.get(&site).copied());
        let mut day = None;
        if let (Some(ix), Some(topic)) = (ix, topic)
            && was_understood(head.reason)
            && let Ok(event) = wire::parse_event(&topic, payload)
        {
            // What was understood and refused is remembered by its id, too, as when it came.
            self.sites[ix as usize].dedupe.classify(topic.kind, topic.device, &event, rx);
            day = Some(day_of(event.envelope.ts));
        }
        let device = topic.as_ref();
        self.count_dead_letter(Letter {
            ix,
            device,
            day,
            offset: record.offset,
            topic: record.topic,
            payload,
            head,
            rx,
        });
        Some(())
    }

    fn replay_again(&mut self, record: &Record<'_>, rx: Timestamp) -> Result<(), String> {
        let (head, payload) = AgainHead::of(record).ok_or("no dead letter run again")?;
        let topic = self.route(record.topic).ok_or("topic")?;
        let event = wire::parse_event(&topic, payload).map_err(|refusal| refusal.to_string())?;
        let ix = *self.by_id.get(&topic.site).ok_or("unknown site")?;
        self.ran_again(ix, &topic, event, &head, record.offset, (Timestamp::from_ms(record.at_ms), rx));
        Ok(())
    }
}
