//! What one site's device has sent, what is acknowledged, and what is due: no socket, no clock.

use std::collections::VecDeque;
use std::ops::Range;

use domain::event::{Envelope, Event};
use domain::{BootId, SiteId, Timestamp};
use mqtt_config::wire::Ack;

use super::recording::{Outgoing, Track};

/// The events of one site on their way. `seq` of an event is its place in the track plus one.
#[derive(Debug)]
pub struct Outbox {
    site: SiteId,
    boot: BootId,
    events: Vec<Outgoing>,
    /// Events handed over for the first time.
    sent: usize,
    /// Events that the collector has durably.
    acked: usize,
    /// Asked for once more.
    again: VecDeque<Range<usize>>,
}

impl Outbox {
    /// Everything still to be sent, as the device run `boot`.
    #[must_use]
    pub fn new(track: Track, boot: BootId) -> Self {
        Self { site: track.site, boot, events: track.events, sent: 0, acked: 0, again: VecDeque::new() }
    }

    /// The site of all of it.
    #[must_use]
    pub fn site(&self) -> SiteId {
        self.site
    }

    /// The device's run.
    #[must_use]
    pub fn boot(&self) -> BootId {
        self.boot
    }

    /// Whether the collector has everything durably.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.acked == self.events.len()
    }

    /// Events sent and not acknowledged.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.sent - self.acked
    }

    /// The time of the next event that was never sent.
    #[must_use]
    pub fn next_ts(&self) -> Option<Timestamp> {
        self.events.get(self.sent).map(|event| event.ts)
    }

    /// The next event that was never sent; [`Outbox::was_sent`] moves on.
    #[must_use]
    pub fn next(&self) -> Option<Event> {
        self.event(self.sent)
    }

    /// The event of [`Outbox::next`] was handed over.
    pub fn was_sent(&mut self) {
        self.sent += 1;
    }

    /// The next event that the collector asked for again; [`Outbox::was_sent_again`] moves on.
    #[must_use]
    pub fn next_again(&self) -> Option<Event> {
        self.again.front().and_then(|range| self.event(range.start))
    }

    /// The event of [`Outbox::next_again`] was handed over.
    pub fn was_sent_again(&mut self) {
        let Some(range) = self.again.front_mut() else { return };
        range.start += 1;
        if range.start >= range.end {
            self.again.pop_front();
        }
    }

    /// Takes an acknowledgement in; how many events it newly covers.
    pub fn acknowledge(&mut self, ack: &Ack) -> usize {
        let older = ack.older.iter().map(|older| (older.boot, older.seq));
        let mine = older.chain([(ack.boot, ack.seq)]).filter(|(boot, _)| *boot == self.boot).map(|(_, seq)| seq).max();
        // More than was sent would be another device's count under our name: it proves nothing.
        let acked = mine.and_then(|seq| usize::try_from(seq).ok()).filter(|seq| *seq <= self.sent).unwrap_or(0);
        let newly = acked.saturating_sub(self.acked);
        self.acked += newly;
        newly
    }

    /// The collector asks for a run's events again. Returns how many of them are not to be had.
    pub fn ask_again(&mut self, boot: BootId, from_seq: u64, to_seq: u64) -> u64 {
        let asked = (to_seq + 1).saturating_sub(from_seq);
        if boot != self.boot {
            return asked;
        }
        let place = |seq: u64| usize::try_from(seq).unwrap_or(usize::MAX).min(self.sent);
        let range = place(from_seq.saturating_sub(1))..place(to_seq);
        let found = range.len() as u64;
        if found > 0 && !self.again.contains(&range) {
            self.again.push_back(range);
        }
        asked - found
    }

    fn event(&self, place: usize) -> Option<Event> {
        let Outgoing { id, ts, body } = self.events.get(place)?.clone();
        let envelope = Envelope { id, boot: self.boot, seq: place as u64 + 1, ts, up_ms: None };
        Some(Event { envelope, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::Body;
    use domain::{EventId, ServiceId};
    use mqtt_config::wire::OlderAck;

    fn boot(text: &str) -> BootId {
        BootId::new(text).unwrap()
    }

    /// A track of five events, of which the first `sent` are sent.
    fn outbox(sent: usize) -> Outbox {
        let body = Body::ServiceStaffing { service: ServiceId::new("s").unwrap(), open_counters: 1 };
        let event = |n: i64| Outgoing { id: EventId(n as u128), ts: Timestamp::from_ms(n), body: body.clone() };
        let track = Track { site: SiteId::new("x").unwrap(), events: (0..5).map(event).collect() };
        let mut outbox = Outbox::new(track, boot("mine"));
        (0..sent).for_each(|_| outbox.was_sent());
        outbox
    }

    fn ack(of: &str, seq: u64) -> Ack {
        Ack { boot: boot(of), seq, older: Vec::new() }
    }

    fn drain_again(outbox: &mut Outbox) -> Vec<u64> {
        std::iter::from_fn(|| {
            let seq = outbox.next_again()?.envelope.seq;
            outbox.was_sent_again();
            Some(seq)
        })
        .collect()
    }

    #[test]
    fn events_are_numbered_from_one_without_a_hole() {
        let mut outbox = outbox(0);
        let seqs: Vec<_> = std::iter::from_fn(|| {
            let event = outbox.next()?;
            outbox.was_sent();
            Some(event.envelope.seq)
        })
        .collect();
        assert_eq!(seqs, [1, 2, 3, 4, 5]);
        assert!(!outbox.is_done());
    }

    #[test]
    fn only_my_own_run_acknowledges() {
        let mut outbox = outbox(4);
        assert_eq!(outbox.acknowledge(&ack("theirs", 4)), 0);
        assert_eq!(outbox.acknowledge(&ack("mine", 5)), 0, "more than was sent");
        assert_eq!(outbox.acknowledge(&ack("mine", 3)), 3);
        assert_eq!(outbox.acknowledge(&ack("mine", 2)), 0, "an older acknowledgement takes nothing back");
        let among_older = Ack { older: vec![OlderAck { boot: boot("mine"), seq: 4 }], ..ack("theirs", 9) };
        assert_eq!((outbox.acknowledge(&among_older), outbox.in_flight()), (1, 0));
    }

    #[test]
    fn done_when_the_last_event_is_acknowledged() {
        let mut outbox = outbox(5);
        outbox.acknowledge(&ack("mine", 4));
        assert!(!outbox.is_done());
        outbox.acknowledge(&ack("mine", 5));
        assert!(outbox.is_done());
    }

    #[test]
    fn what_was_sent_is_sent_again_on_demand() {
        let mut outbox = outbox(4);
        assert_eq!(outbox.ask_again(boot("mine"), 2, 3), 0);
        assert_eq!(outbox.ask_again(boot("mine"), 2, 3), 0, "asked twice, sent once");
        assert_eq!(outbox.ask_again(boot("mine"), 4, 6), 2, "two were never sent");
        assert_eq!(outbox.ask_again(boot("theirs"), 1, 3), 3);
        assert_eq!(outbox.ask_again(boot("mine"), 3, 1), 0);
        assert_eq!(drain_again(&mut outbox), [2, 3, 4]);
    }
}
