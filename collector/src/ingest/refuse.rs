//! What cannot be used is kept, counted and listed: never a crash, never silence.

use domain::dedupe::day_of;
use domain::event::{DeadLetterReason, Event};
use domain::{SiteId, Timestamp};
use journal::NewRecord;
use mqtt_config::session::Inbound;
use mqtt_config::settings::Clock;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{DeadLetter, KEPT_OF_DEAD_LETTER, Refusal};

use super::Door;
use super::letters::names_a_stranger;
use crate::flow::{Item, Noted, Record, SiteIx};
use crate::record::{DeadLetterHead, Kind};

/// A dead letter, whether it has just come or is replayed.
pub(super) struct Letter<'a> {
    /// The site it is counted at; `None`: a site that is not known.
    pub ix: Option<SiteIx>,
    /// The device, if it came on a device's topic that carries a sequence.
    pub device: Option<&'a DeviceTopic>,
    /// The UTC day of its event, if it was understood.
    pub day: Option<i64>,
    pub offset: u64,
    pub topic: &'a [u8],
    /// All of it, or as much as is kept.
    pub payload: &'a [u8],
    pub head: DeadLetterHead,
    pub rx: Timestamp,
}

/// Where a refused message belongs.
#[derive(Clone, Copy, Default)]
pub(super) struct From<'a> {
    pub ix: Option<SiteIx>,
    pub device: Option<&'a DeviceTopic>,
}

impl Door {
    /// A message on a topic that is not one of the contract's.
    pub(super) fn misplaced(&mut self, message: &Inbound, rx: Timestamp) -> u64 {
        let detail = match DeviceTopic::parse(&message.topic) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        };
        let site = message.topic.split(|byte| *byte == b'/').nth(2);
        let site = site.and_then(|site| SiteId::new(std::str::from_utf8(site).ok()?).ok());
        let ix = site.and_then(|site| self.by_id.get(&site).copied());
        let refusal = Refusal { reason: DeadLetterReason::BadTopic, detail, boot: None, seq: None };
        self.refuse(From { ix, device: None }, message, refusal, rx)
    }

    /// Refuses an event that was understood. Its time is worked out as if it were taken in: should
    /// it be run again, that is when it happened.
    pub(super) fn refuse_event(
        &mut self,
        from: From<'_>,
        message: &Inbound,
        event: &Event,
        (reason, detail): (DeadLetterReason, String),
        rx: Timestamp,
    ) -> u64 {
        let refusal = Refusal { reason, detail, boot: Some(event.envelope.boot), seq: Some(event.envelope.seq) };
        let at = match (self.clock, from.ix.zip(from.device)) {
            (Clock::Wall, Some((ix, device))) => {
                let devices = &self.sites[ix as usize].devices;
                devices.when(device.kind, device.device, &event.envelope, rx).at
            }
            (Clock::Wall, None) => rx,
            (Clock::Event, _) => event.envelope.ts,
        };
        self.keep(from, message, refusal, (at, rx), Some(day_of(event.envelope.ts)))
    }

    /// Keeps, counts and lists what cannot be used.
    pub(super) fn refuse(&mut self, from: From<'_>, message: &Inbound, refusal: Refusal, rx: Timestamp) -> u64 {
        self.keep(from, message, refusal, (rx, rx), None)
    }

    fn keep(
        &mut self,
        from: From<'_>,
        message: &Inbound,
        refusal: Refusal,
        (at, rx): (Timestamp, Timestamp),
        day: Option<i64>,
    ) -> u64 {
        let Refusal { reason, detail, boot, seq } = refusal;
        let head = DeadLetterHead { reason, detail, boot, seq, len: message.payload.len() };
        let payload = head.with_payload(&message.payload, KEPT_OF_DEAD_LETTER);
        let record = NewRecord {
            kind: Kind::DeadLetter as u8,
            rx_ms: rx.ms(),
            at_ms: at.ms(),
            topic: &message.topic,
            payload: &payload,
        };
        let offset = self.journal.append(record);
        tracing::debug!(reason = %head.reason, detail = head.detail, "A message could not be used.");
        let From { ix, device } = from;
        let (topic, payload) = (&message.topic[..], &message.payload[..]);
        self.count_dead_letter(Letter { ix, device, day, offset, topic, payload, head, rx });
        offset
    }

    pub(super) fn count_dead_letter(&mut self, letter: Letter<'_>) {
        let Letter { ix, device, day, offset, topic, payload, head, rx } = letter;
        let waits = names_a_stranger(head.reason)
            && head.len <= KEPT_OF_DEAD_LETTER
            && device.is_some_and(|topic| topic.channel == Channel::Evt);
        let Some(ix) = ix else {
            self.unplaced += 1;
            if waits {
                self.unplaced_book.wait(day_of(rx), offset);
            }
            return;
        };
        let kept = &payload[..payload.len().min(KEPT_OF_DEAD_LETTER)];
        let site = &mut self.sites[ix as usize];
        if let (Some(device), Some(boot), Some(seq)) = (device, head.boot, head.seq) {
            site.dedupe.sequences.observe(device.kind, device.device, boot, seq, rx);
            site.dedupe.refused.remember(device.kind, device.device, kept, head.len);
        }
        if let Some(day) = day.filter(|_| waits) {
            site.book.wait(day, offset);
        }
        site.ingest.dead_letter += 1;
        site.counted = true;
        self.records.push(Record { site: ix, item: Item::Noted(Noted::DeadLetter) });
        site.letters.list(DeadLetter {
            offset,
            rx,
            topic: String::from_utf8_lossy(topic).into_owned(),
            reason: head.reason,
            detail: head.detail,
            payload: String::from_utf8_lossy(kept).into_owned(),
        });
        self.touched.sites.entry(ix).or_default();
    }
}
