//! The clocks: the host's boot clock, in which workers speak, and the two in which events are told.

use domain::Timestamp;

/// How far the wall clock may wander from what was measured before it is measured anew: less is
/// rounding.
const WALL_WANDERS_MS: i64 = 20;
/// The same of the time that this process has run, which stands still while the host sleeps.
const UP_WANDERS_MS: i64 = 250;

/// One moment by all three clocks, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// CLOCK_BOOTTIME.
    pub boot_ms: i64,
    /// The wall clock.
    pub wall_ms: i64,
    /// What the camera's device tells as its `up_ms` at this moment.
    pub up_ms: i64,
}

/// Turns times of the boot clock into an event's `ts` and `up_ms`. Two events keep their order and
/// their distance to the millisecond, as long as no clock is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Telling {
    wall: Offset,
    up: Offset,
}

impl Telling {
    /// What happened at `at_ms` of the boot clock, told at `now`.
    pub fn of(&mut self, at_ms: i64, now: Moment) -> (Timestamp, u64) {
        let wall_ms = self.wall.of(at_ms, now.wall_ms - now.boot_ms, WALL_WANDERS_MS);
        let up_ms = self.up.of(at_ms, now.up_ms - now.boot_ms, UP_WANDERS_MS);
        (Timestamp::from_ms(wall_ms), u64::try_from(up_ms).unwrap_or(0))
    }
}

/// What is added to the boot clock.
#[derive(Debug, Clone, Copy, Default)]
struct Offset(Option<i64>);

impl Offset {
    fn of(&mut self, at_ms: i64, measured_ms: i64, wanders_ms: i64) -> i64 {
        let steady = self.0.filter(|offset_ms| (offset_ms - measured_ms).abs() <= wanders_ms);
        at_ms + *self.0.insert(steady.unwrap_or(measured_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn moment(boot_ms: i64, wall_ms: i64) -> Moment {
        Moment { boot_ms, wall_ms, up_ms: boot_ms }
    }

    #[test]
    fn distances_are_exact_while_the_clocks_agree() {
        let mut telling = Telling::default();
        assert_eq!(telling.of(900, moment(1_000, 500_000)), (Timestamp::from_ms(499_900), 900));
        // Rounded another way.
        assert_eq!(telling.of(900, moment(2_000, 501_001)), (Timestamp::from_ms(499_900), 900));
    }

    #[test]
    fn a_clock_that_is_set_is_followed() {
        let mut telling = Telling::default();
        telling.of(900, moment(1_000, 500_000));
        assert_eq!(telling.of(1_900, moment(2_000, 900_000)).0, Timestamp::from_ms(899_900));
    }

    #[test]
    fn an_hour_of_sleep_is_no_time_of_this_process() {
        let mut telling = Telling::default();
        assert_eq!(telling.of(900, moment(1_000, 500_000)).1, 900);
        let woken = Moment { boot_ms: 3_601_500, wall_ms: 4_100_500, up_ms: 1_500 };
        assert_eq!(telling.of(3_601_400, woken), (Timestamp::from_ms(4_100_400), 1_400));
    }
}
