//! A dead letter run again: judged anew by what is configured now, and counted once if it can be
//! used. The letter stays in the journal; a record of its own says what became of it.

use domain::Timestamp;
use domain::clock::BootClock;
use domain::dedupe::{Known, Print, day_of};
use domain::event::{DeadLetterReason, Event};
use journal::{NewRecord, Record};
use mqtt_config::settings::Clock;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire;

use super::Door;
use super::letters::{names_a_stranger, was_understood};
use crate::flow::SiteIx;
use crate::record::{AgainHead, DeadLetterHead, Kind};

/// What became of a dead letter that was to be run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It is an event now.
    Counted,
    /// Its event has come in by another way since. It is no dead letter any more.
    Known,
    /// It was run again before.
    Before,
    /// It is not on a device's `evt`.
    NoEvent,
    /// Only the first 4 KiB of it were kept.
    Cut,
    /// The ids of its day are forgotten, so that nobody can tell whether its event was counted.
    TooOld,
    /// It still cannot be used.
    Refused(DeadLetterReason),
}

impl Door {
    /// Runs the dead letter of a record again. `now` is when that is done.
    pub fn run_again(&mut self, record: &Record<'_>, now: Timestamp) -> Ran {
        let Some((head, payload)) = DeadLetterHead::of(record) else { return Ran::NoEvent };
        let topic = self.route(record.topic).filter(|topic| topic.channel == Channel::Evt && !topic.is_collector());
        let Some(topic) = topic else { return Ran::NoEvent };
        if head.len > payload.len() {
            return Ran::Cut;
        }
        let Some(ix) = self.by_id.get(&topic.site).copied() else {
            return Ran::Refused(DeadLetterReason::UnknownSite);
        };
        let event = match wire::parse_event(&topic, payload) {
            Ok(event) => event,
            Err(refusal) => return Ran::Refused(refusal.reason),
        };
        let counted = match self.judge_again(ix, &topic, &event, record.offset, head.reason) {
            Ran::Counted => true,
            Ran::Known => false,
            other => return other,
        };
        let rx = Timestamp::from_ms(record.rx_ms);
        let at = if was_understood(head.reason) {
            Timestamp::from_ms(record.at_ms)
        } else {
            match self.clock {
                Clock::Wall => BootClock::default().at(event.envelope.ts, event.envelope.up_ms, rx).at,
                Clock::Event => event.envelope.ts,
            }
        };
        self.turn_day(ix, if self.clock == Clock::Wall { now } else { at }, now);
        let head = AgainHead { of: record.offset, rx, reason: head.reason, counted };
        let offset = self.journal.append(NewRecord {
            kind: Kind::Again as u8,
            rx_ms: now.ms(),
            at_ms: at.ms(),
            topic: record.topic,
            payload: &head.with_payload(payload),
        });
        let site = &mut self.sites[ix as usize];
        site.ingest.duplicate += u64::from(!counted);
        self.ran_again(ix, &topic, event, &head, offset, (at, now));
        if counted { Ran::Counted } else { Ran::Known }
    }

    /// The first letter that a changed configuration may make acceptable; `None` when there is none.
    #[must_use]
    pub fn first_waiting(&self) -> Option<u64> {
        let of_sites = self.sites.iter().filter_map(|site| site.book.first_waiting());
        of_sites.chain(self.unplaced_book.first_waiting()).min()
    }

    fn judge_again(&self, ix: SiteIx, topic: &DeviceTopic, event: &Event, offset: u64, was: DeadLetterReason) -> Ran {
        let site = &self.sites[ix as usize];
        let day = day_of(event.envelope.ts);
        if site.book.has_run(day, offset) {
            return Ran::Before;
        }
        if was == DeadLetterReason::Conflict {
            return Ran::Refused(was);
        }
        if !site.dedupe.ids.keeps(day) {
            return Ran::TooOld;
        }
        // The id of what was understood is known because the letter itself bore it.
        if !was_understood(was) {
            match site.dedupe.ids.look_up(&Print::of(event)) {
                Known::Same => return Ran::Known,
                Known::Other => return Ran::Refused(DeadLetterReason::Conflict),
                Known::No => {}
            }
        }
        if let Err(refusal) = wire::check_device(topic, event) {
            return Ran::Refused(refusal.reason);
        }
        site.stranger(topic.kind, &event.body).map_or(Ran::Counted, |(reason, _)| Ran::Refused(reason))
    }

    /// Takes a letter that was run again in; the same for live and replayed ones. `times`: when its
    /// event happened, and when it was run again.
    pub(super) fn ran_again(
        &mut self,
        ix: SiteIx,
        topic: &DeviceTopic,
        event: Event,
        head: &AgainHead,
        offset: u64,
        times: (Timestamp, Timestamp),
    ) {
        let (at, now) = times;
        let day = day_of(event.envelope.ts);
        let site = &mut self.sites[ix as usize];
        if !was_understood(head.reason) {
            let (boot, seq) = (event.envelope.boot, event.envelope.seq);
            site.dedupe.sequences.observe(topic.kind, topic.device, boot, seq, now);
            if head.counted {
                site.dedupe.ids.insert(&Print::of(&event));
            }
        }
        if head.reason == DeadLetterReason::UnknownSite {
            self.unplaced = self.unplaced.saturating_sub(1);
            self.unplaced_book.settle(day_of(head.rx));
        } else {
            site.ingest.dead_letter = site.ingest.dead_letter.saturating_sub(1);
            site.letters.unlist(head.of);
            if names_a_stranger(head.reason) {
                site.book.settle(day);
            }
        }
        site.book.ran(day, head.of);
        site.counted = true;
        self.touched.sites.entry(ix).or_default();
        self.touched.devices.push((ix, topic.kind, topic.device));
        if head.counted {
            self.count(ix, offset, at, now, event);
        }
    }
}
