//! Acknowledgements to devices: up to where every event is durable. At once when none was sent in
//! the last second, otherwise together once a second (contract section 1).

use std::collections::{BTreeSet, VecDeque};

use domain::dedupe::Ack;
use hashbrown::HashMap;

use crate::ingest::DeviceKey;
use crate::topology::AT_ONCE_MS;

/// Who is owed a word. Times are milliseconds of a monotonic clock.
#[derive(Debug, Default)]
pub struct Acks {
    devices: HashMap<DeviceKey, Owed>,
    /// Devices that may be told something as soon as the group is durable.
    fresh: Vec<DeviceKey>,
    /// Devices that were told something less than a second ago.
    later: BTreeSet<(i64, DeviceKey)>,
    /// Words that wait for an offset to be durable, in order.
    waiting: VecDeque<(u64, DeviceKey, Ack)>,
}

#[derive(Debug, Clone, Copy)]
struct Owed {
    told: i64,
    /// On its way: in `fresh`, `later` or `waiting`.
    planned: bool,
    /// More has come since it was put into `waiting`.
    more: bool,
}

impl Acks {
    /// A device has sent something.
    pub fn touch(&mut self, key: DeviceKey, now: i64) {
        let owed = self.devices.entry(key).or_insert(Owed { told: i64::MIN / 2, planned: false, more: false });
        if owed.planned {
            owed.more = true;
            return;
        }
        owed.planned = true;
        let at = owed.told + AT_ONCE_MS;
        if at <= now {
            self.fresh.push(key);
        } else {
            self.later.insert((at, key));
        }
    }

    /// What was told may be lost: every device that was ever told something is told again.
    pub fn again(&mut self, now: i64) {
        let keys: Vec<DeviceKey> = self.devices.keys().copied().collect();
        keys.into_iter().for_each(|key| self.touch(key, now));
    }

    /// When devices have to be told something at the latest.
    #[must_use]
    pub fn next(&self) -> Option<i64> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Whether a word could be put into the queue now.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        !self.fresh.is_empty() || self.next().is_some_and(|at| at <= now)
    }

    /// Fixes what is to be said; it holds once `offset`, the last one appended, is durable.
    pub fn fix(&mut self, now: i64, offset: u64, mut ack: impl FnMut(&DeviceKey) -> Option<Ack>) {
        while let Some((at, key)) = self.later.first().copied()
            && at <= now
        {
            self.later.pop_first();
            self.fresh.push(key);
        }
        for key in self.fresh.drain(..) {
            let ack = ack(&key);
            if let Some(owed) = self.devices.get_mut(&key) {
                (owed.more, owed.planned) = (false, ack.is_some());
            }
            if let Some(ack) = ack {
                self.waiting.push_back((offset, key, ack));
            }
        }
    }

    /// What may be said now that everything up to `offset` is durable.
    pub fn durable(&mut self, offset: u64, now: i64) -> Vec<(DeviceKey, Ack)> {
        let mut words = Vec::new();
        while let Some((at, ..)) = self.waiting.front()
            && *at <= offset
            && let Some((_, key, ack)) = self.waiting.pop_front()
        {
            words.push((key, ack));
            if let Some(owed) = self.devices.get_mut(&key) {
                let more = std::mem::take(&mut owed.more);
                (owed.told, owed.planned) = (now, more);
                if more {
                    self.later.insert((now + AT_ONCE_MS, key));
                }
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::DeviceKind;
    use domain::{BootId, DeviceId};

    fn key() -> DeviceKey {
        (0, DeviceKind::Kiosk, DeviceId::new("kiosk-1").unwrap())
    }

    fn ack(seq: u64) -> Ack {
        Ack { boot: BootId::new("b").unwrap(), seq, older: Vec::new() }
    }

    #[test]
    fn at_once_when_durable_then_once_a_second() {
        let mut acks = Acks::default();
        acks.touch(key(), 0);
        acks.fix(0, 5, |_| Some(ack(1)));
        assert!(acks.durable(4, 1).is_empty(), "not before it is durable");
        acks.touch(key(), 2);
        assert_eq!(acks.durable(5, 3), [(key(), ack(1))]);
        assert_eq!(acks.next(), Some(1_003));
        acks.touch(key(), 500);
        acks.fix(1_002, 9, |_| Some(ack(2)));
        assert!(acks.durable(9, 1_002).is_empty(), "a second has not passed");
        acks.fix(1_003, 9, |_| Some(ack(3)));
        assert_eq!(acks.durable(9, 1_003), [(key(), ack(3))]);
        assert_eq!(acks.next(), None);
    }
}
