//! What each device has sent, by boot and `seq`: what is missing, and what may be acknowledged.

use std::hash::BuildHasherDefault;

use hashbrown::HashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fingerprint::Words;
use super::holes::Boot;
use crate::event::DeviceKind;
use crate::{BootId, DeviceId, Timestamp};

/// More boots of one device than this are not remembered; those last heard of go first.
const MOST_BOOTS: usize = 8;
/// Nor is a boot last heard of so long before a new one begins: 35 days.
const BOOT_KEPT_MS: i64 = 35 * 86_400_000;

/// What the devices of one site have sent.
///
/// Kept and read back, it gives the same answers; a hole is asked for anew, as after every restart.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    /// Its order never shows: what is made of several devices is sorted.
    devices: HashMap<(DeviceKind, DeviceId), Device, BuildHasherDefault<Words>>,
    /// No deadline is earlier than this.
    wake: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Device {
    /// In the order in which they were first heard of.
    boots: Vec<Boot>,
    gaps: u64,
}

/// The collector's word to a device (contract section 1, `ack`): up to these marks every event is
/// accounted for. It holds once everything appended before it was made is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The newest boot.
    pub boot: BootId,
    /// Its contiguous mark; 0 when its first event is missing.
    pub seq: u64,
    /// Boot and mark of the earlier boots that are remembered, newest first.
    pub older: Vec<(BootId, u64)>,
}

/// Events of one boot of a device, from `from_seq` to `to_seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The device's kind.
    pub kind: DeviceKind,
    /// The device.
    pub device: DeviceId,
    /// Its boot.
    pub boot: BootId,
    /// The first event.
    pub from_seq: u64,
    /// The last event.
    pub to_seq: u64,
}

/// What the passing of time asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// To be asked for again with `cmd replay`. A span may hold events that were seen.
    pub replays: Vec<Span>,
    /// Asked for three times in vain: to be written to the journal and then given up with
    /// [`Sequences::give_up`]. Named again at every call until that is done.
    pub give_up: Vec<Span>,
}

impl Sequences {
    /// Takes note of an event or of a dead letter whose boot and `seq` can be read. True when it
    /// was not seen before. `now` is when it was received.
    pub fn observe(&mut self, kind: DeviceKind, device: DeviceId, boot: BootId, seq: u64, now: Timestamp) -> bool {
        let device = self.devices.entry((kind, device)).or_default();
        let boot = device.boot(boot, now);
        let new = boot.observe(seq, now);
        if let Some(deadline) = boot.newest_deadline() {
            self.wake = Some(self.wake.map_or(deadline, |wake| wake.min(deadline)));
        }
        new
    }

    /// Whether this event was seen. False too for what was given up and never came.
    #[must_use]
    pub fn contains(&self, kind: DeviceKind, device: DeviceId, boot: BootId, seq: u64) -> bool {
        let known = self.devices.get(&(kind, device)).and_then(|device| device.find(boot));
        known.is_some_and(|boot| boot.contains(seq))
    }

    /// Calling [`due`](Self::due) before this instant is of no use. It may be early, never late.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.wake
    }

    /// What is to be done by `now` about the holes. Asking is not part of what a replay of the
    /// journal must rebuild: after a restart a hole is asked for three times anew.
    ///
    /// `heard` says when a device was last heard of, and `None` while it hears nothing. What is
    /// missing of such a device is neither asked for nor given up: it may still have all of it. It
    /// is asked for three times when the device is back.
    pub fn due(&mut self, now: Timestamp, heard: impl Fn(DeviceKind, DeviceId) -> Option<Timestamp>) -> Due {
        let mut due = Due::default();
        if self.wake.is_none_or(|wake| wake > now) {
            return due;
        }
        for ((kind, device), state) in &mut self.devices {
            let heard = heard(*kind, *device);
            for boot in &mut state.boots {
                let (kind, device, id) = (*kind, *device, boot.id);
                let span = |range: std::ops::RangeInclusive<u64>| {
                    let (from_seq, to_seq) = range.into_inner();
                    Span { kind, device, boot: id, from_seq, to_seq }
                };
                let (replays, give_up) = boot.due(now, heard);
                due.replays.extend(replays.into_iter().map(span));
                due.give_up.extend(give_up.into_iter().map(span));
            }
        }
        for spans in [&mut due.replays, &mut due.give_up] {
            // Stable: the spans of a device stay in the order of its boots.
            spans.sort_by_key(|span| (span.kind, span.device));
        }
        self.wake = self.deadline();
        due
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.devices.values().flat_map(|device| &device.boots).filter_map(Boot::deadline).min()
    }

    /// The devices of which something was heard, in order.
    #[must_use]
    pub fn devices(&self) -> Vec<(DeviceKind, DeviceId)> {
        let mut devices: Vec<_> = self.devices.keys().copied().collect();
        devices.sort_unstable();
        devices
    }

    /// Gives up what is missing in the span and counts it in the device's gaps; returns how many
    /// events that is, 0 when all of it is here or was given up before. Also the answer to a
    /// device that says itself that it no longer has them.
    pub fn give_up(&mut self, span: &Span) -> u64 {
        let Some(device) = self.devices.get_mut(&(span.kind, span.device)) else { return 0 };
        let boot = device.boots.iter_mut().find(|boot| boot.id == span.boot);
        let missing = boot.map_or(0, |boot| boot.give_up(span.from_seq..=span.to_seq));
        device.gaps = device.gaps.saturating_add(missing);
        missing
    }

    /// How many events of the span are missing and not given up.
    #[must_use]
    pub fn missing(&self, span: &Span) -> u64 {
        let boot = self.devices.get(&(span.kind, span.device)).and_then(|device| device.find(span.boot));
        boot.map_or(0, |boot| boot.missing_of(&(span.from_seq..=span.to_seq)))
    }

    /// How many events of the device were given up, ever. One that comes after all is accepted and
    /// still counted here: the wait for it was in vain.
    #[must_use]
    pub fn gaps(&self, kind: DeviceKind, device: DeviceId) -> u64 {
        self.devices.get(&(kind, device)).map_or(0, |device| device.gaps)
    }

    /// What the device may be told once everything appended so far is durable; `None` when nothing
    /// was heard of it.
    #[must_use]
    pub fn ack(&self, kind: DeviceKind, device: DeviceId) -> Option<Ack> {
        let mut marks = self.devices.get(&(kind, device))?.boots.iter().rev().map(|boot| (boot.id, boot.mark()));
        let (boot, seq) = marks.next()?;
        Some(Ack { boot, seq, older: marks.collect() })
    }
}

impl Device {
    fn find(&self, id: BootId) -> Option<&Boot> {
        self.boots.iter().rev().find(|boot| boot.id == id)
    }

    /// The boot, which begins now if it is not known.
    fn boot(&mut self, id: BootId, now: Timestamp) -> &mut Boot {
        let at = self.boots.iter().rposition(|boot| boot.id == id).unwrap_or_else(|| {
            self.make_room(now);
            // Most devices have one boot: room for four would be most of their memory.
            self.boots.reserve_exact(1);
            self.boots.push(Boot::new(id, now));
            self.boots.len() - 1
        });
        &mut self.boots[at]
    }

    /// Forgets old boots. What they still miss will not come: it is a gap.
    fn make_room(&mut self, now: Timestamp) {
        let mut gaps = self.gaps;
        let mut forget = |boot: &Boot| gaps = gaps.saturating_add(boot.missing());
        self.boots.retain(|boot| {
            let kept = now.since(boot.last_seen) <= BOOT_KEPT_MS;
            if !kept {
                forget(boot);
            }
            kept
        });
        while self.boots.len() >= MOST_BOOTS {
            let Some(at) = (0..self.boots.len()).min_by_key(|at| self.boots[*at].last_seen) else { break };
            forget(&self.boots.remove(at));
        }
        self.gaps = gaps;
    }
}

impl Serialize for Sequences {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut devices: Vec<_> = self.devices.iter().collect();
        devices.sort_unstable_by_key(|(key, _)| **key);
        devices.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sequences {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let devices: Vec<((DeviceKind, DeviceId), Device)> = Vec::deserialize(deserializer)?;
        let mut sequences = Self { devices: devices.into_iter().collect(), wake: None };
        sequences.wake = sequences.deadline();
        Ok(sequences)
    }
}
