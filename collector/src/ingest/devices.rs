//! The devices of one site, as they say themselves: not in the journal, but kept by the broker
//! (retained `status`), so that a restart hears them again. What was measured of their clocks nobody
//! says again: that is kept beside the journal ([`crate::device_clocks`]).

use std::collections::{BTreeMap, BTreeSet};

use domain::board::DeviceRow;
use domain::clock::{BootClock, EventTime, MeasuredDevice};
use domain::dedupe::Sequences;
use domain::event::{DeviceKind, DeviceState, Envelope};
use domain::{BootId, DeviceId, FlagWord, Timestamp};
use mqtt_config::wire::Status;

use crate::flow::DeviceWord;

/// Boots of one device whose clock is remembered.
const CLOCKS: usize = 3;

/// A clock whose offset has moved by more, in milliseconds, is soon kept anew.
const MOVED_MS: i64 = 250;

/// A silent device's age is shown anew this often.
const AGES_EVERY_MS: i64 = 10_000;

/// The devices of one site.
#[derive(Debug, Default)]
pub struct Devices {
    devices: BTreeMap<(DeviceKind, DeviceId), Device>,
    touched: BTreeSet<(DeviceKind, DeviceId)>,
    gone: Vec<(DeviceKind, DeviceId)>,
    aged: Option<Timestamp>,
    /// What was kept of devices that have not been heard of since the start.
    kept: BTreeMap<(DeviceKind, DeviceId), KeptClocks>,
    /// A clock was measured anew since somebody last asked.
    measured: bool,
}

/// The clocks of one device, by boot.
#[derive(Debug, Clone)]
pub struct KeptClocks {
    /// When a live heartbeat last measured one.
    pub beat: Timestamp,
    /// Its last boots, the newest last.
    pub clocks: Vec<(BootId, BootClock)>,
}

#[derive(Debug, Default)]
struct Device {
    state: Option<DeviceState>,
    heard: Option<Timestamp>,
    /// It said good-bye, or the broker did for it, and nothing was heard since.
    away: bool,
    /// When its last event came: unlike its other words the journal holds it.
    told: Option<Timestamp>,
    /// Newest last.
    clocks: Vec<(BootId, BootClock)>,
    /// When a live heartbeat last measured one.
    beat: Option<Timestamp>,
    flags: BTreeSet<&'static str>,
    /// What it says of itself.
    said: Box<[FlagWord]>,
}

impl Device {
    fn clock(&mut self, boot: BootId) -> &mut BootClock {
        let place = match self.clocks.iter().position(|(other, _)| *other == boot) {
            Some(place) => place,
            None => {
                if self.clocks.len() == CLOCKS {
                    self.clocks.remove(0);
                }
                self.clocks.push((boot, BootClock::default()));
                self.clocks.len() - 1
            }
        };
        &mut self.clocks[place].1
    }

    /// Takes up what was kept, unless something was measured since.
    fn recall(&mut self, kept: KeptClocks) {
        if self.clocks.is_empty() {
            self.clocks = kept.clocks;
        }
        self.beat = self.beat.max(Some(kept.beat));
    }
}

impl KeptClocks {
    /// The host's time leapt by `ms`: what was measured against it stands as far off.
    pub fn host_leapt(&mut self, ms: i64) {
        self.clocks.iter_mut().for_each(|(_, clock)| clock.host_leapt(ms));
        self.beat = self.beat.plus(ms);
    }
}

/// Whether offsets are others than they were, beyond what the way of a heartbeat explains.
fn has_moved(before: [Option<i64>; 2], after: [Option<i64>; 2]) -> bool {
    before.into_iter().zip(after).any(|offsets| match offsets {
        (Some(before), Some(after)) => after.saturating_sub(before).saturating_abs() > MOVED_MS,
        (before, after) => before != after,
    })
}

impl Devices {
    /// A device's `status`. `live`: neither retained nor queued, so that it measures the clock.
    pub fn status(&mut self, kind: DeviceKind, id: DeviceId, status: &Status, live: bool, rx: Timestamp) {
        let device = self.known(kind, id);
        device.state = Some(status.state);
        device.said.clone_from(&status.flags);
        let speaks = !matches!(status.state, DeviceState::Lost);
        device.away = matches!(status.state, DeviceState::Lost | DeviceState::Disconnected);
        if live && speaks {
            // The will carries the time of the connection, not of the moment.
            let clock = device.clock(status.boot);
            let before = clock.offsets();
            clock.heartbeat(status.ts, status.up_ms, rx);
            let measured = has_moved(before, clock.offsets());
            if clock.is_trusted() == Some(true) {
                device.flags.remove("clock_untrusted");
            }
            device.heard = Some(rx);
            device.beat = Some(rx);
            self.measured |= measured;
        }
        self.touched.insert((kind, id));
    }

    /// The device's retained `status` was cleared: it is taken off the board.
    pub fn forget(&mut self, kind: DeviceKind, id: DeviceId) {
        self.measured |= self.kept.remove(&(kind, id)).is_some();
        if self.devices.remove(&(kind, id)).is_some() {
            self.touched.remove(&(kind, id));
            self.gone.push((kind, id));
            self.measured = true;
        }
    }

    /// When an event of the device happened, by the host's clock (contract section 2).
    pub fn time(&mut self, kind: DeviceKind, id: DeviceId, envelope: &Envelope, rx: Timestamp) -> EventTime {
        let time = self.when(kind, id, envelope, rx);
        self.flag(kind, id, "clock_untrusted", !time.trusted);
        time
    }

    /// The same of an event that is not taken in: its device is not flagged.
    #[must_use]
    pub fn when(&self, kind: DeviceKind, id: DeviceId, envelope: &Envelope, rx: Timestamp) -> EventTime {
        let device = self.devices.get(&(kind, id)).map(|device| &device.clocks);
        let clocks = device.or_else(|| Some(&self.kept.get(&(kind, id))?.clocks));
        let known = clocks.and_then(|clocks| clocks.iter().find(|(boot, _)| *boot == envelope.boot));
        match known {
            Some((_, clock)) => clock.at(envelope.ts, envelope.up_ms, rx),
            None => BootClock::default().at(envelope.ts, envelope.up_ms, rx),
        }
    }

    /// The device was heard of by an event.
    pub fn heard(&mut self, kind: DeviceKind, id: DeviceId, rx: Timestamp) {
        let device = self.known(kind, id);
        let is_news = device.heard.is_none();
        device.heard = Some(rx);
        device.told = Some(rx);
        device.away = false;
        if is_news {
            self.touched.insert((kind, id));
        }
    }

    /// When the device was last heard of; `None` while it hears nothing. One that never said a
    /// status cannot be told from one that is there.
    #[must_use]
    pub fn hears(&self, kind: DeviceKind, id: DeviceId, now: Timestamp) -> Option<Timestamp> {
        match self.devices.get(&(kind, id)) {
            Some(device) if device.state.is_some() => device.heard.filter(|_| !device.away),
            Some(_) | None => Some(now),
        }
    }

    /// The devices of which an event came, and when the last did.
    #[must_use]
    pub fn told(&self) -> Vec<(DeviceKind, DeviceId, Timestamp)> {
        self.devices.iter().filter_map(|((kind, id), device)| Some((*kind, *id, device.told?))).collect()
    }

    /// The clocks of the devices' present boots, as far as they were measured.
    pub fn measured(&self) -> impl Iterator<Item = MeasuredDevice> {
        self.devices.values().filter_map(|device| {
            let (_, clock) = device.clocks.last()?;
            let (skew_ms, since) = clock.skew_ms().zip(clock.measured_since())?;
            Some(MeasuredDevice { skew_ms, since, heard: device.heard? })
        })
    }

    /// What is known of the devices' clocks, to be kept over a restart.
    pub fn clocks(&self) -> impl Iterator<Item = (DeviceKind, DeviceId, KeptClocks)> {
        let live = self.devices.iter().filter_map(|((kind, id), device)| {
            Some((*kind, *id, KeptClocks { beat: device.beat?, clocks: device.clocks.clone() }))
        });
        live.chain(self.kept.iter().map(|((kind, id), kept)| (*kind, *id, kept.clone())))
    }

    /// Whether a clock was measured anew since this was last asked.
    pub fn take_measured(&mut self) -> bool {
        std::mem::take(&mut self.measured)
    }

    /// Takes up what was kept of a device's clocks, at the start. A device that nobody speaks of any
    /// more does not come back by it.
    pub fn recall(&mut self, kind: DeviceKind, id: DeviceId, mut kept: KeptClocks) {
        kept.clocks.drain(..kept.clocks.len().saturating_sub(CLOCKS));
        match self.devices.get_mut(&(kind, id)) {
            Some(device) => {
                device.recall(kept);
                self.touched.insert((kind, id));
            }
            None => drop(self.kept.insert((kind, id), kept)),
        }
    }

    /// The device, which is known from now on.
    fn known(&mut self, kind: DeviceKind, id: DeviceId) -> &mut Device {
        let kept = &mut self.kept;
        self.devices.entry((kind, id)).or_insert_with(|| {
            let mut device = Device::default();
            if let Some(kept) = kept.remove(&(kind, id)) {
                device.recall(kept);
            }
            device
        })
    }

    /// The host's time leapt forward: what was measured against it stands as far off.
    pub fn host_leapt(&mut self, ms: i64) {
        self.measured = true;
        for kept in self.kept.values_mut() {
            kept.host_leapt(ms);
        }
        for device in self.devices.values_mut() {
            device.clocks.iter_mut().for_each(|(_, clock)| clock.host_leapt(ms));
            device.heard = device.heard.map(|heard| heard.plus(ms));
            device.beat = device.beat.map(|beat| beat.plus(ms));
        }
    }

    /// Raises or lowers a flag.
    pub fn flag(&mut self, kind: DeviceKind, id: DeviceId, flag: &'static str, raised: bool) {
        let device = self.known(kind, id);
        let changed = if raised { device.flags.insert(flag) } else { device.flags.remove(flag) };
        if changed {
            self.touched.insert((kind, id));
        }
    }

    /// Something else of the device's row has changed.
    pub fn touch(&mut self, kind: DeviceKind, id: DeviceId) {
        self.touched.insert((kind, id));
    }

    /// Ages are shown anew every ten seconds.
    pub fn age(&mut self, now: Timestamp) {
        if self.aged.is_none_or(|aged| now.since(aged) >= AGES_EVERY_MS) {
            self.aged = Some(now);
            self.touched.extend(self.devices.keys().copied());
        }
    }

    /// What is new since the last call: first who is gone, then the rows that changed.
    pub fn news(&mut self, sequences: &Sequences, now: Timestamp) -> Vec<DeviceWord> {
        let gone = std::mem::take(&mut self.gone).into_iter().map(|(kind, id)| DeviceWord::Gone(kind, id));
        let touched = std::mem::take(&mut self.touched);
        let known = touched.into_iter().filter_map(|key| Some((key, self.devices.get(&key)?)));
        gone.chain(known.map(|((kind, id), device)| DeviceWord::Is(row(kind, id, device, sequences, now)))).collect()
    }
}

fn row(kind: DeviceKind, id: DeviceId, device: &Device, sequences: &Sequences, now: Timestamp) -> DeviceRow {
    DeviceRow {
        device: id,
        kind,
        state: device.state,
        age_s: device.heard.map(|heard| u64::try_from(now.since(heard) / 1_000).unwrap_or(0)),
        skew_ms: device.clocks.last().and_then(|(_, clock)| clock.skew_ms()),
        gaps: sequences.gaps(kind, id),
        flags: device
            .flags
            .iter()
            .copied()
            .chain(device.said.iter().map(FlagWord::as_str))
            .map(str::to_owned)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall() -> DeviceId {
        DeviceId::new("hall-1").unwrap()
    }

    fn said(flags: &[&str]) -> Status {
        let ts = Timestamp::from_ms(1_000);
        let flags = flags.iter().map(|flag| FlagWord::new(flag).unwrap()).collect();
        Status { flags, ..Status::new(DeviceState::Ready, ts, BootId::new("b").unwrap(), None) }
    }

    fn news(devices: &mut Devices) -> Vec<DeviceWord> {
        devices.news(&Sequences::default(), Timestamp::from_ms(2_000))
    }

    #[test]
    fn what_a_device_says_of_itself_stands_with_its_row_until_its_next_word() {
        let mut devices = Devices::default();
        let rx = Timestamp::from_ms(1_500);
        devices.status(DeviceKind::Wall, wall(), &said(&["muted"]), true, rx);
        devices.flag(DeviceKind::Wall, wall(), "retained_evt", true);
        let flags = |news: Vec<DeviceWord>| match &news[..] {
            [DeviceWord::Is(row)] => row.flags.join(" "),
            other => panic!("{other:?}"),
        };
        assert_eq!(flags(news(&mut devices)), "retained_evt muted");
        devices.status(DeviceKind::Wall, wall(), &said(&[]), true, rx);
        assert_eq!(flags(news(&mut devices)), "retained_evt");
    }

    #[test]
    fn a_device_hears_from_its_birth_to_its_farewell() {
        let mut devices = Devices::default();
        let at = |ms| Timestamp::from_ms(ms);
        let hears = |devices: &Devices| devices.hears(DeviceKind::Wall, wall(), at(9_000)).map(Timestamp::ms);
        assert_eq!(hears(&devices), Some(9_000), "without a status nobody can tell");
        devices.heard(DeviceKind::Wall, wall(), at(1_000));
        assert_eq!(hears(&devices), Some(9_000));
        for (n, state) in [DeviceState::Lost, DeviceState::Disconnected].into_iter().enumerate() {
            let rx = at(2_000 + 100 * n as i64);
            devices.status(DeviceKind::Wall, wall(), &said(&[]), true, rx);
            assert_eq!(hears(&devices), Some(rx.ms()));
            devices.status(DeviceKind::Wall, wall(), &Status { state, ..said(&[]) }, true, rx);
            assert_eq!(hears(&devices), None);
        }
        devices.heard(DeviceKind::Wall, wall(), at(3_000));
        assert_eq!(hears(&devices), Some(3_000), "one without a birth that speaks is there");
    }

    #[test]
    fn a_cleared_device_is_gone_once() {
        let mut devices = Devices::default();
        devices.forget(DeviceKind::Wall, wall());
        assert_eq!(news(&mut devices), [], "nobody knew it");
        devices.status(DeviceKind::Wall, wall(), &said(&[]), true, Timestamp::from_ms(1_500));
        devices.forget(DeviceKind::Wall, wall());
        assert_eq!(news(&mut devices), [DeviceWord::Gone(DeviceKind::Wall, wall())]);
        assert_eq!(news(&mut devices), []);
    }
}
