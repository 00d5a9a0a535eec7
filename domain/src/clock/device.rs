//! A device's clock, measured by its heartbeats.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How many heartbeats an offset is taken from: at the default of one in 30 s, four minutes.
const SAMPLES: usize = 8;
/// A change of the offset beyond this is a new setting of the clock; below it, it is the network.
/// Also how far an unmeasured `ts` may be from the receive time and still be believed.
const TOLERANCE_MS: i64 = 2_000;
/// A clock this far off the host's was never set: 1970, a firmware's birthday, 2100.
const ABSURD_MS: i64 = 86_400_000;

/// What is known of one boot's clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BootClock {
    by_ts: Offset,
    by_up: Offset,
    /// Since when the measurements by `ts` have agreed.
    since: Option<Timestamp>,
    /// How many measurements in a row have begun anew: two are a clock that stands still or leaps
    /// about.
    anew: u8,
    /// How many heartbeats in a row looked as if they had lain somewhere.
    lain: u8,
}

/// When an event happened, by the host's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTime {
    /// Never after the receive time.
    pub at: Timestamp,
    /// False: the device is to be flagged `clock_untrusted`. Its clock was never set, does not run,
    /// or is not measured yet and does not agree with ours.
    pub trusted: bool,
}

impl BootClock {
    /// Takes note of a heartbeat that was received live at `rx`: not retained, not queued while
    /// either side was away, so that `rx − ts` is the offset plus a short way.
    ///
    /// One that lay in the device itself while its line was down is told by `up_ms`, which nobody
    /// sets: its offset has grown. (So has that of a device whose monotonic clock slept; but then
    /// the other offset is what it was.) It is passed over, unless all that come are such.
    pub fn heartbeat(&mut self, ts: Timestamp, up_ms: Option<u64>, rx: Timestamp) {
        let by_ts = rx.since(ts);
        let by_up = up_ms.map(|up_ms| rx.ms().saturating_sub(saturated(up_ms)));
        let change = |offset: &Offset, now: i64| offset.smallest().map(|known| now.saturating_sub(known));
        let ts_changed = change(&self.by_ts, by_ts).unwrap_or(0);
        let up_changed = by_up.and_then(|by_up| change(&self.by_up, by_up)).unwrap_or(0);
        let has_lain = up_changed > TOLERANCE_MS && ts_changed.saturating_abs() > TOLERANCE_MS;
        if has_lain && usize::from(self.lain) < SAMPLES {
            self.lain += 1;
            return;
        }
        self.lain = 0;
        let known = self.by_ts.smallest().is_some();
        let anew = self.by_ts.sample(by_ts);
        if anew {
            self.since = Some(rx);
        }
        // When `up_ms` has come closer, the ones before had lain somewhere: that is not the clock.
        let unsteady = anew && known && up_changed >= -TOLERANCE_MS;
        self.anew = if unsteady { self.anew.saturating_add(1) } else { 0 };
        if let Some(by_up) = by_up {
            self.by_up.sample(by_up);
        }
    }

    /// When an event of this boot happened that says `ts` and `up_ms` and was received at `rx`.
    #[must_use]
    pub fn at(&self, ts: Timestamp, up_ms: Option<u64>, rx: Timestamp) -> EventTime {
        let measured_up = up_ms.and_then(|up_ms| Some(self.by_up.smallest()?.saturating_add(saturated(up_ms))));
        let offset = self.by_ts.smallest();
        let measured = match (measured_up, offset) {
            (Some(at_ms), _) => Some(Timestamp::from_ms(at_ms)),
            (None, Some(offset)) => Some(ts.plus(offset)),
            (None, None) => None,
        };
        let agrees = rx.since(ts).abs() <= TOLERANCE_MS;
        let believed = measured.unwrap_or(if agrees { ts } else { rx });
        EventTime { at: believed.min(rx), trusted: self.is_trusted().unwrap_or(agrees) }
    }

    /// Whether the clock, as measured, is one that was set and runs; `None` when it was not
    /// measured.
    #[must_use]
    pub fn is_trusted(&self) -> Option<bool> {
        self.by_ts.smallest().map(|offset| offset.abs() <= ABSURD_MS && self.anew < 2)
    }

    /// How far the device's clock is ahead of the host's, in milliseconds, less the shortest way
    /// that a heartbeat took; negative when it is behind, `None` when it was not measured.
    #[must_use]
    pub fn skew_ms(&self) -> Option<i64> {
        self.by_ts.smallest().map(|offset| -offset)
    }

    /// What must be added to `ts`, and to `up_ms`, to have the host's time, in milliseconds; `None`
    /// where it was not measured.
    #[must_use]
    pub fn offsets(&self) -> [Option<i64>; 2] {
        [self.by_ts.smallest(), self.by_up.smallest()]
    }

    /// Since when the clock's measurements have agreed with each other.
    #[must_use]
    pub const fn measured_since(&self) -> Option<Timestamp> {
        self.since
    }

    /// The host's time leapt forward by `ms` (its clock was set right): what was measured against
    /// it stands as far off.
    pub fn host_leapt(&mut self, ms: i64) {
        self.by_ts.leapt(ms);
        self.by_up.leapt(ms);
        self.since = self.since.map(|since| since.plus(ms));
    }
}

/// Two hundred million years are enough for any boot.
fn saturated(up_ms: u64) -> i64 {
    i64::try_from(up_ms).unwrap_or(i64::MAX)
}

/// The smallest of the last samples: the one with the shortest way. Kept as the samples alone, the
/// oldest first, so that whatever is read back is an offset.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<i64>", into = "Vec<i64>")]
struct Offset {
    samples: [i64; SAMPLES],
    len: u8,
    next: u8,
}

impl Offset {
    /// Takes a sample in. True: it is the first, or begins anew.
    fn sample(&mut self, offset_ms: i64) -> bool {
        if self.smallest().is_some_and(|known| offset_ms.saturating_sub(known).saturating_abs() > TOLERANCE_MS) {
            *self = Self::default();
        }
        self.put(offset_ms);
        self.len == 1
    }

    fn put(&mut self, offset_ms: i64) {
        self.samples[usize::from(self.next)] = offset_ms;
        self.next = (self.next + 1) % SAMPLES as u8;
        self.len = (self.len + 1).min(SAMPLES as u8);
    }

    fn smallest(&self) -> Option<i64> {
        self.samples[..usize::from(self.len)].iter().min().copied()
    }

    fn leapt(&mut self, ms: i64) {
        self.samples.iter_mut().for_each(|sample| *sample = sample.saturating_add(ms));
    }
}

impl From<Vec<i64>> for Offset {
    fn from(samples: Vec<i64>) -> Self {
        let mut offset = Self::default();
        for sample in samples.into_iter().rev().take(SAMPLES).rev() {
            offset.put(sample);
        }
        offset
    }
}

impl From<Offset> for Vec<i64> {
    fn from(offset: Offset) -> Self {
        let len = usize::from(offset.len);
        let oldest = (usize::from(offset.next) + SAMPLES - len) % SAMPLES;
        (0..len).map(|n| offset.samples[(oldest + n) % SAMPLES]).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_795_000_000_000;
    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn t(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn time(at: i64, trusted: bool) -> EventTime {
        EventTime { at: t(at), trusted }
    }

    #[test]
    fn without_a_heartbeat_a_near_clock_is_believed_and_a_far_one_is_not() {
        let clock = BootClock::default();
        assert_eq!(clock.at(t(NOW - 2_000), None, t(NOW)), time(NOW - 2_000, true));
        assert_eq!(clock.at(t(NOW - 2_001), Some(7), t(NOW)), time(NOW, false));
        assert_eq!(clock.at(t(NOW + 2_000), None, t(NOW)), time(NOW, true));
        assert_eq!(clock.at(t(NOW + 2_001), None, t(NOW)), time(NOW, false));
        assert_eq!(clock.at(t(0), None, t(NOW)), time(NOW, false));
        assert_eq!(clock.skew_ms(), None);
    }

    #[test]
    fn a_measured_clock_is_set_right() {
        // Ten minutes behind, and the heartbeats took 50, 20 and 90 ms.
        let mut clock = BootClock::default();
        for way in [50, 20, 90] {
            clock.heartbeat(t(NOW - 600_000 - way), None, t(NOW));
        }
        assert_eq!(clock.skew_ms(), Some(-600_020));
        // An event that lay an hour in the device's journal.
        let ts = NOW - 600_000 - 3_600_000;
        assert_eq!(clock.at(t(ts), None, t(NOW)), time(ts + 600_020, true));
        assert_eq!(clock.at(t(NOW), None, t(NOW)), time(NOW, true), "never after it was received");
    }

    #[test]
    fn the_monotonic_clock_goes_before_the_other() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW - 100), Some(1_000_000), t(NOW));
        // The device's clock was set by a day since; up_ms does not care.
        assert_eq!(clock.at(t(NOW - DAY), Some(999_000), t(NOW + 5)), time(NOW - 1_000, true));
        assert_eq!(clock.at(t(NOW - 500), None, t(NOW)), time(NOW - 400, true), "an event without up_ms");
        let mut without_up = BootClock::default();
        without_up.heartbeat(t(NOW - 100), None, t(NOW));
        assert_eq!(without_up.at(t(NOW - 500), Some(5), t(NOW)), time(NOW - 400, true));
    }

    #[test]
    fn an_absurd_clock_is_flagged_and_used_all_the_same() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(1_000), None, t(NOW));
        assert_eq!(clock.at(t(500), None, t(NOW)), time(NOW - 500, false));
        let mut future = BootClock::default();
        future.heartbeat(t(4_102_444_800_000), None, t(NOW));
        assert_eq!(future.at(t(4_102_444_799_000), None, t(NOW)), time(NOW - 1_000, false));
        let mut a_day_off = BootClock::default();
        a_day_off.heartbeat(t(NOW - DAY), None, t(NOW));
        assert!(a_day_off.at(t(NOW - DAY), None, t(NOW)).trusted);
    }

    #[test]
    fn a_clock_that_was_set_is_measured_anew() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW - 600_000), Some(10), t(NOW));
        clock.heartbeat(t(NOW + 30_000 - 2_100), Some(30_010), t(NOW + 30_000));
        assert_eq!(clock.skew_ms(), Some(-2_100));
        clock.heartbeat(t(NOW + 60_000 - 150), Some(60_010), t(NOW + 60_000));
        assert_eq!(clock.skew_ms(), Some(-150), "within 2 s: the shorter way");
        assert_eq!(clock.at(t(0), Some(60_010), t(NOW + 61_000)), time(NOW + 60_000, true), "up_ms was not set");
    }

    #[test]
    fn only_the_last_eight_heartbeats_count() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW), None, t(NOW + 10));
        for _ in 0..7 {
            clock.heartbeat(t(NOW), None, t(NOW + 300));
        }
        assert_eq!(clock.skew_ms(), Some(-10));
        clock.heartbeat(t(NOW), None, t(NOW + 300));
        assert_eq!(clock.skew_ms(), Some(-300));
    }

    #[test]
    fn a_heartbeat_that_lay_in_the_device_measures_nothing() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW - 50), Some(1_000), t(NOW));
        // Its line was down for five minutes; ten heartbeats come at once, and events between them.
        let back = NOW + 300_000;
        for n in 1..=10 {
            clock.heartbeat(t(NOW + n * 30_000), Some(1_050 + n as u64 * 30_000), t(back + 20));
        }
        assert_eq!(clock.skew_ms(), Some(-20), "only the last one is fresh");
        let mut midway = BootClock::default();
        midway.heartbeat(t(NOW - 50), Some(1_000), t(NOW));
        midway.heartbeat(t(NOW + 30_000), Some(31_050), t(back));
        let told = midway.at(t(NOW + 31_000), Some(32_050), t(back));
        assert_eq!(told, time(NOW + 31_050, true), "what happened while the line was down keeps its time");
        assert_eq!(midway.at(t(NOW + 31_000), None, t(back)), time(NOW + 31_050, true));
    }

    #[test]
    fn a_device_whose_monotonic_clock_slept_is_measured_anew() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW), Some(1_000), t(NOW));
        // An hour of sleep, which up_ms did not count.
        clock.heartbeat(t(NOW + 3_600_000), Some(2_000), t(NOW + 3_600_000));
        assert_eq!(clock.at(t(NOW), Some(2_500), t(NOW + 3_601_000)), time(NOW + 3_600_500, true));
        // A device that slept and lost its time by as much looks like a late heartbeat; not for ever.
        let mut both = BootClock::default();
        both.heartbeat(t(NOW), Some(1_000), t(NOW));
        for n in 1..=9 {
            both.heartbeat(t(NOW + n), Some(1_000 + n as u64), t(NOW + 3_600_000 + n));
        }
        assert_eq!(both.skew_ms(), Some(-3_600_000));
    }

    #[test]
    fn a_clock_that_stands_still_is_flagged_and_one_that_was_set_is_not() {
        let beats = |ts: [i64; 4]| {
            let mut clock = BootClock::default();
            let flags = ts.iter().enumerate().map(|(n, ts)| {
                clock.heartbeat(t(NOW + ts), None, t(NOW + n as i64 * 30_000));
                clock.is_trusted()
            });
            flags.collect::<Option<Vec<bool>>>().unwrap()
        };
        assert_eq!(beats([0, 0, 0, 0]), [true, true, false, false], "frozen");
        assert_eq!(beats([0, 3_630_000, 3_660_000, 3_690_000]), [true; 4], "set forward by an hour");
        assert_eq!(beats([0, -DAY / 2, DAY / 2, 90_000]), [true, true, false, false], "leaping about");
        assert_eq!(beats([-NOW, 30_000, 60_000, 90_000]), [false, true, true, true], "1970 until it was synced");
        assert_eq!(BootClock::default().is_trusted(), None);
    }

    #[test]
    fn a_leap_of_the_host_moves_what_was_measured() {
        let mut clock = BootClock::default();
        clock.heartbeat(t(NOW - 100), Some(1_000), t(NOW));
        clock.host_leapt(HOUR);
        assert_eq!(clock.measured_since(), Some(t(NOW + HOUR)));
        let rx = t(NOW + HOUR + 6_000);
        assert_eq!(clock.at(t(NOW + 5_000), Some(6_000), rx), time(NOW + HOUR + 5_000, true));
        clock.heartbeat(t(NOW + 29_900), Some(31_000), t(NOW + HOUR + 30_000));
        assert_eq!(clock.skew_ms(), Some(-HOUR - 100), "nothing begins anew");
    }

    #[test]
    fn a_clock_that_was_kept_goes_on_as_it_was() {
        let mut clock = BootClock::default();
        for n in 0..11_u64 {
            let now = NOW + n as i64 * 30_000;
            clock.heartbeat(t(now - 600_000 - n as i64), Some(1_000 + n * 30_000), t(now));
            let text = serde_json::to_string(&clock).unwrap();
            let mut kept: BootClock = serde_json::from_str(&text).unwrap();
            assert_eq!((kept.offsets(), kept.is_trusted()), (clock.offsets(), clock.is_trusted()));
            assert_eq!(serde_json::to_string(&kept).unwrap(), text);
            // The eighth heartbeat from here pushes the oldest of now out.
            let mut other = clock.clone();
            for late in 1..=8 {
                let at = now + late * 30_000;
                for clock in [&mut kept, &mut other] {
                    clock.heartbeat(t(at - 599_000), None, t(at));
                }
                assert_eq!(kept.offsets(), other.offsets(), "after {n} and {late}");
            }
        }
        let samples = serde_json::from_str::<Offset>("[9,1,2,3,4,5,6,7,8,9]").unwrap();
        assert_eq!(Vec::from(samples), [2, 3, 4, 5, 6, 7, 8, 9], "too many: the newest");
    }

    proptest! {
        #[test]
        fn nothing_happens_after_it_was_received(
            heartbeats in prop::collection::vec((any::<i64>(), any::<Option<u64>>(), any::<i64>()), 0..12),
            ts in any::<i64>(), up_ms in any::<Option<u64>>(), rx in any::<i64>(),
        ) {
            let mut clock = BootClock::default();
            for (ts, up_ms, rx) in heartbeats {
                clock.heartbeat(t(ts), up_ms, t(rx));
            }
            prop_assert!(clock.at(t(ts), up_ms, t(rx)).at <= t(rx));
        }

        #[test]
        fn a_steady_clock_is_right_within_the_way(
            skew in -DAY..DAY, ways in prop::collection::vec(0..1_000_i64, 1..12), age in 0..3 * DAY,
        ) {
            let mut clock = BootClock::default();
            for (n, way) in ways.iter().enumerate() {
                let sent = NOW + n as i64 * 30_000;
                clock.heartbeat(t(sent + skew), None, t(sent + way));
            }
            let now = NOW + ways.len() as i64 * 30_000;
            let time = clock.at(t(now - age + skew), None, t(now));
            let error = time.at.since(t(now - age));
            prop_assert!((0..=1_000).contains(&error), "{error}");
        }
    }
}
