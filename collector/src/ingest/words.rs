//! What devices say of themselves: `status`, and a camera's heartbeat of its zones. Not in the
//! journal: the broker keeps it, and it is soon said again.

use domain::Timestamp;
use domain::event::DeadLetterReason;
use mqtt_config::session::Inbound;
use mqtt_config::settings::Clock;
use mqtt_config::topics::DeviceTopic;
use mqtt_config::wire::{self, Refusal};

use super::Door;
use super::refuse::From;
use crate::flow::{Item, Record, SiteIx};

impl Door {
    /// A birth, a heartbeat, a will.
    pub(super) fn status(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp, live: bool) -> Option<u64> {
        if topic.is_collector() {
            return None;
        }
        if message.payload.is_empty() {
            self.forget(topic);
            return None;
        }
        let Some(ix) = self.greet(topic, rx) else { return self.unplaced_word(topic, message, rx) };
        match wire::parse_status(&message.payload) {
            Ok(status) => {
                let site = &mut self.sites[ix as usize];
                site.devices.status(topic.kind, topic.device, &status, live && !message.retain, rx);
                self.touched.sites.entry(ix).or_default();
                None
            }
            // A retained one comes again with every connection; it was counted when it was said.
            Err(_) if message.retain => None,
            Err(refusal) => Some(self.refuse(From { ix: Some(ix), device: None }, message, refusal, rx)),
        }
    }

    /// A device's retained `status` was cleared: its row goes.
    fn forget(&mut self, topic: &DeviceTopic) {
        if let Some(&ix) = self.by_id.get(&topic.site) {
            self.sites[ix as usize].devices.forget(topic.kind, topic.device);
            self.touched.sites.entry(ix).or_default();
        }
    }

    /// The site of a birth or heartbeat: with `--discover` it appears now, so that the device's
    /// clock is measured before its first event comes.
    fn greet(&mut self, topic: &DeviceTopic, rx: Timestamp) -> Option<SiteIx> {
        let ix = self.site(topic.site, rx)?;
        if self.clock == Clock::Wall {
            self.turn_day(ix, rx, rx);
        }
        Some(ix)
    }

    /// A birth or heartbeat at a site that nobody configured. A retained one was refused when it
    /// was said.
    fn unplaced_word(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp) -> Option<u64> {
        let detail = format!("site {}", topic.site);
        let refusal = Refusal { reason: DeadLetterReason::UnknownSite, detail, boot: None, seq: None };
        (!message.retain).then(|| self.refuse(From { ix: None, device: Some(topic) }, message, refusal, rx))
    }

    /// A camera's occupancy heartbeat.
    pub(super) fn heartbeat(&mut self, topic: &DeviceTopic, message: &Inbound, rx: Timestamp) -> Option<u64> {
        if message.payload.is_empty() {
            return None;
        }
        let Some(ix) = self.greet(topic, rx) else { return self.unplaced_word(topic, message, rx) };
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
            Err(refusal) => Some(self.refuse(From { ix: Some(ix), device: None }, message, refusal, rx)),
        }
    }
}
