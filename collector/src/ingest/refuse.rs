//! What cannot be used is kept, counted and listed: never a crash, never silence.

use domain::event::{DeadLetterReason, Event};
use domain::{SiteId, Timestamp};
use journal::NewRecord;
use mqtt_config::session::Inbound;
use mqtt_config::topics::DeviceTopic;
use mqtt_config::wire::{DeadLetter, KEPT_OF_DEAD_LETTER, Refusal};

use super::Door;
use crate::flow::SiteIx;
use crate::record::{DeadLetterHead, Kind};

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
        self.refuse(ix, None, message, refusal, rx)
    }

    #[allow(clippy::too_many_arguments, reason = "all of it goes into one record")]
    pub(super) fn refuse_event(
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
    pub(super) fn refuse(
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
    pub(super) fn count_dead_letter(
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
}
