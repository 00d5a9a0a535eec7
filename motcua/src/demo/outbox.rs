//! What one device has said and keeps until the collector has it durably: no socket, no clock.

use std::collections::VecDeque;

use domain::event::{Body, Envelope, Event};
use domain::{BootId, EventId, Timestamp};
use mqtt_config::wire::Ack;
use uuid::Uuid;

/// One run of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// Its id.
    pub id: BootId,
    /// When it began.
    pub since: Timestamp,
}

impl Boot {
    /// Milliseconds since the run began.
    #[must_use]
    pub fn up_ms(&self, at: Timestamp) -> Option<u64> {
        u64::try_from(at.since(self.since)).ok()
    }
}

/// The events of one device. Ids follow from the device's name, so a simulation that is started
/// again says the same again, and the collector counts it once.
#[derive(Debug)]
pub struct Outbox {
    /// Names the device among all devices of all simulations.
    name: String,
    boots: u32,
    boot: Boot,
    seq: u64,
    kept: VecDeque<Event>,
    /// How many of `kept`, from the first, have been handed to the session.
    sent: usize,
}

impl Outbox {
    /// A device of this name, whose first run began at `since`.
    #[must_use]
    pub fn new(name: String, since: Timestamp) -> Self {
        let boot = boot(&name, 0, since);
        Self { name, boots: 0, boot, seq: 0, kept: VecDeque::new(), sent: 0 }
    }

    /// The present run.
    #[must_use]
    pub fn boot(&self) -> Boot {
        self.boot
    }

    /// The device starts anew at `since`; what it has not got rid of stays.
    pub fn restart(&mut self, since: Timestamp) {
        self.boots += 1;
        self.boot = boot(&self.name, self.boots, since);
        self.seq = 0;
    }

    /// Something happened.
    pub fn say(&mut self, at: Timestamp, body: Body) {
        self.seq += 1;
        let name = format!("{}/{}/{}", self.name, self.boots, self.seq);
        let id = EventId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u128());
        let envelope = Envelope { id, boot: self.boot.id, seq: self.seq, ts: at, up_ms: self.boot.up_ms(at) };
        self.kept.push_back(Event { envelope, body });
    }

    /// The next event to hand over; [`Outbox::was_sent`] moves on.
    #[must_use]
    pub fn next(&self) -> Option<&Event> {
        self.kept.get(self.sent)
    }

    /// The event of [`Outbox::next`] was handed over.
    pub fn was_sent(&mut self) {
        self.sent += 1;
    }

    /// Nothing that was handed over is sure to have arrived: everything kept is sent again.
    pub fn rewind(&mut self) {
        self.sent = 0;
    }

    /// Lets go of what the collector has.
    pub fn acknowledge(&mut self, ack: &Ack) {
        let older = ack.older.iter().map(|older| (older.boot, older.seq));
        for (boot, seq) in older.chain([(ack.boot, ack.seq)]) {
            // An acknowledgement of what was never sent would be another device's.
            let covered = |event: &Event| event.envelope.boot == boot && event.envelope.seq <= seq;
            while self.sent > 0 && self.kept.front().is_some_and(covered) {
                self.kept.pop_front();
                self.sent -= 1;
            }
        }
    }

    /// Events of a run that are asked for again, and how many of them are not to be had.
    #[must_use]
    pub fn again(&self, boot: BootId, from_seq: u64, to_seq: u64) -> (Vec<&Event>, u64) {
        let asked = |event: &&Event| event.envelope.boot == boot && (from_seq..=to_seq).contains(&event.envelope.seq);
        let found: Vec<&Event> = self.kept.iter().take(self.sent).filter(asked).collect();
        let missing = (to_seq + 1).saturating_sub(from_seq).saturating_sub(found.len() as u64);
        (found, missing)
    }
}

/// Run number `n` of the device of this name.
fn boot(name: &str, n: u32, since: Timestamp) -> Boot {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name}/boot-{n}").as_bytes()).simple().to_string();
    Boot { id: BootId::new(&id).expect("a UUID is printable and short"), since }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ServiceId;
    use mqtt_config::wire::OlderAck;

    const START: Timestamp = Timestamp::from_ms(1_000_000);

    fn body() -> Body {
        Body::ServiceStaffing { service: ServiceId::new("s").unwrap(), open_counters: 1 }
    }

    /// Five events said, three handed over.
    fn outbox() -> Outbox {
        let mut outbox = Outbox::new("song-may/7/kiosk-1".into(), START);
        (1..=5).for_each(|n| outbox.say(START.plus(n * 1_000), body()));
        (0..3).for_each(|_| outbox.was_sent());
        outbox
    }

    fn seqs(outbox: &Outbox) -> Vec<u64> {
        outbox.kept.iter().map(|event| event.envelope.seq).collect()
    }

    #[test]
    fn events_are_numbered_and_timed_by_their_run() {
        let outbox = outbox();
        let first = &outbox.kept[0];
        assert_eq!((first.envelope.seq, first.envelope.up_ms), (1, Some(1_000)));
        assert_eq!(outbox.next().unwrap().envelope.seq, 4);
        let mut same = self::outbox();
        assert_eq!(same.kept, outbox.kept, "the same life again says the same");
        same.restart(START.plus(60_000));
        same.say(START.plus(61_000), body());
        let last = same.kept.back().unwrap();
        assert_eq!((last.envelope.seq, last.envelope.up_ms), (1, Some(1_000)));
        assert_ne!(last.envelope.boot, first.envelope.boot);
    }

    #[test]
    fn what_the_collector_has_is_let_go() {
        let mut outbox = outbox();
        let boot = outbox.boot().id;
        outbox.acknowledge(&Ack { boot, seq: 2, older: Vec::new() });
        assert_eq!(seqs(&outbox), [3, 4, 5]);
        assert_eq!(outbox.next().unwrap().envelope.seq, 4);
        outbox.acknowledge(&Ack { boot, seq: 9, older: Vec::new() });
        assert_eq!(seqs(&outbox), [4, 5], "never sent, so never acknowledged");
        outbox.restart(START.plus(60_000));
        outbox.was_sent();
        let ack = Ack { boot: outbox.boot().id, seq: 0, older: vec![OlderAck { boot, seq: 4 }] };
        outbox.acknowledge(&ack);
        assert_eq!(seqs(&outbox), [5]);
    }

    #[test]
    fn a_lost_line_sends_again_and_a_hole_is_filled() {
        let mut outbox = outbox();
        let boot = outbox.boot().id;
        let (found, missing) = outbox.again(boot, 2, 5);
        assert_eq!((found.len(), missing), (2, 2));
        assert_eq!(outbox.again(BootId::new("other").unwrap(), 1, 2).1, 2);
        outbox.rewind();
        assert_eq!(outbox.next().unwrap().envelope.seq, 1);
    }
}
