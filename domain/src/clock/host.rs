//! The host's clock is a device too.

use crate::Timestamp;

/// More than this between the system's clock and the monotonic one is a jump. A clock that is
/// steered (500 millionths at most) needs an hour for it.
const JUMP_MS: i64 = 2_000;
/// The two clocks are compared over at most about this long, so that steering adds up to nothing.
const WINDOW_MS: i64 = 60_000;
/// How long a distrusted clock must run evenly before it is believed again.
const PROBATION_MS: i64 = 30_000;

/// The time that receive times are taken from: the system's clock as long as it behaves, else the
/// last good time carried on by the monotonic clock. Never goes backwards.
#[derive(Debug, Clone)]
pub struct HostClock {
    /// The latest time that was given out, or that the journal holds.
    last: Timestamp,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Not asked yet.
    New,
    /// The system's clock, and the readings it is compared with.
    Trusted(Readings),
    /// Carried on from `good`; the system's clock has run evenly since `even`.
    Distrusted { why: Why, good: Readings, even: Readings },
}

/// Both clocks at one instant, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Readings {
    system: i64,
    monotonic: i64,
}

/// Why the host's clock is not believed (alert `host_clock`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is earlier than what the journal holds already.
    BehindJournal {
        /// By how much, when that was noticed.
        by_ms: i64,
    },
    /// It jumped against the monotonic clock.
    Jumped {
        /// By how much, when that was noticed; negative when it jumped back.
        by_ms: i64,
    },
}

impl Readings {
    /// What the system's clock should show when the monotonic one shows `monotonic`.
    fn carried_to(self, monotonic: i64) -> i64 {
        self.system.saturating_add(monotonic.saturating_sub(self.monotonic).max(0))
    }

    /// How much the system's clock has jumped since.
    fn jump(self, now: Self) -> i64 {
        now.system.saturating_sub(self.carried_to(now.monotonic))
    }

    fn age(self, now: Self) -> i64 {
        now.monotonic.saturating_sub(self.monotonic)
    }
}

impl HostClock {
    /// A clock that must not be behind `last_rx`, the receive time of the journal's last record;
    /// `None` for an empty journal.
    #[must_use]
    pub fn new(last_rx: Option<Timestamp>) -> Self {
        Self { last: last_rx.unwrap_or(Timestamp::MIN), state: State::New }
    }

    /// The time, given what the system's clock (Unix milliseconds) and the monotonic clock
    /// (milliseconds since anything) show now. Never earlier than an answer before.
    pub fn now(&mut self, system_ms: i64, monotonic_ms: i64) -> Timestamp {
        let now = Readings { system: Timestamp::from_ms(system_ms).ms(), monotonic: monotonic_ms };
        self.state = self.judge(now);
        let shown = match self.state {
            State::Distrusted { good, .. } => good.carried_to(now.monotonic),
            State::New | State::Trusted(_) => now.system,
        };
        self.last = self.last.max(Timestamp::from_ms(shown));
        self.last
    }

    fn judge(&self, now: Readings) -> State {
        match self.state {
            State::New if now.system < self.last.ms() => {
                let why = Why::BehindJournal { by_ms: self.last.ms() - now.system };
                State::Distrusted { why, good: Readings { system: self.last.ms(), ..now }, even: now }
            }
            State::New => State::Trusted(now),
            State::Trusted(reference) => {
                let by_ms = reference.jump(now);
                if by_ms.saturating_abs() > JUMP_MS {
                    let good = Readings { system: reference.carried_to(now.monotonic), ..now };
                    State::Distrusted { why: Why::Jumped { by_ms }, good, even: now }
                } else if reference.age(now) >= WINDOW_MS {
                    State::Trusted(now)
                } else {
                    self.state
                }
            }
            State::Distrusted { why, good, even } => {
                if even.jump(now).saturating_abs() > JUMP_MS {
                    return State::Distrusted { why, good, even: now };
                }
                let caught_up = now.system >= good.carried_to(now.monotonic).max(self.last.ms());
                if caught_up && even.age(now) >= PROBATION_MS { State::Trusted(now) } else { self.state }
            }
        }
    }

    /// Why the system's clock is not believed at present; `None` when it is.
    #[must_use]
    pub fn distrusted(&self) -> Option<Why> {
        match self.state {
            State::Distrusted { why, .. } => Some(why),
            State::New | State::Trusted(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_795_000_000_000;
    const DAY: i64 = 86_400_000;

    fn journal_at(ms: i64) -> HostClock {
        HostClock::new(Some(Timestamp::from_ms(ms)))
    }

    #[test]
    fn a_good_clock_is_passed_on() {
        let mut clock = journal_at(NOW - 5);
        assert_eq!(clock.now(NOW, 0).ms(), NOW);
        assert_eq!(clock.now(NOW + 1_000, 1_010).ms(), NOW + 1_000);
        assert_eq!(clock.now(NOW + 999, 1_011).ms(), NOW + 1_000, "a small step back is waited out");
        assert_eq!(clock.distrusted(), None);
    }

    #[test]
    fn steering_is_no_jump_however_long_it_goes_on() {
        let mut clock = HostClock::new(None);
        for s in 0..100_000 {
            let steered = NOW + s * 1_000 + s / 2;
            assert_eq!(clock.now(steered, s * 1_000).ms(), steered);
        }
        assert_eq!(clock.distrusted(), None);
    }

    #[test]
    fn a_clock_behind_the_journal_is_carried_on_until_set_right() {
        let mut clock = journal_at(NOW);
        assert_eq!(clock.now(0, 100).ms(), NOW);
        assert_eq!(clock.distrusted(), Some(Why::BehindJournal { by_ms: NOW }));
        assert_eq!(clock.now(60_000, 60_100).ms(), NOW + 60_000, "even, but behind");
        // Set right: two minutes have passed on the shelf.
        assert_eq!(clock.now(NOW + 181_000, 61_100).ms(), NOW + 61_000);
        assert_eq!(clock.now(NOW + 210_999, 91_099).ms(), NOW + 90_999);
        assert_eq!(clock.now(NOW + 211_000, 91_100).ms(), NOW + 211_000, "30 s later");
        assert_eq!(clock.distrusted(), None);
    }

    #[test]
    fn a_jump_back_is_carried_over() {
        let mut clock = HostClock::new(None);
        clock.now(NOW, 0);
        assert_eq!(clock.now(NOW - DAY, 1_000).ms(), NOW + 1_000);
        assert_eq!(clock.distrusted(), Some(Why::Jumped { by_ms: -DAY - 1_000 }));
        for s in 2..120 {
            assert_eq!(clock.now(NOW - DAY + s * 1_000, s * 1_000).ms(), NOW + s * 1_000);
        }
        clock.now(NOW + 121_000, 120_000);
        clock.now(NOW + 151_000, 150_000);
        assert_eq!(clock.distrusted(), None);
    }

    #[test]
    fn a_jump_forward_that_is_taken_back_never_shows() {
        let mut clock = HostClock::new(None);
        clock.now(NOW, 0);
        for s in 1..20 {
            assert_eq!(clock.now(NOW + DAY + s * 1_000, s * 1_000).ms(), NOW + s * 1_000);
        }
        for s in 20..60 {
            assert_eq!(clock.now(NOW + s * 1_000, s * 1_000).ms(), NOW + s * 1_000);
            assert_eq!(clock.distrusted().is_some(), s < 50, "{s}");
        }
    }

    #[test]
    fn a_jump_forward_that_stays_is_followed_after_30_s() {
        let mut clock = HostClock::new(None);
        clock.now(NOW, 0);
        assert_eq!(clock.now(NOW + 3_000, 999).ms(), NOW + 999);
        assert_eq!(clock.distrusted(), Some(Why::Jumped { by_ms: 2_001 }));
        assert_eq!(clock.now(NOW + 32_999, 30_998).ms(), NOW + 30_998);
        assert_eq!(clock.now(NOW + 33_000, 30_999).ms(), NOW + 33_000);
    }

    proptest! {
        #[test]
        fn host_time_never_goes_backwards(
            last_rx in any::<Option<i64>>(),
            steps in prop::collection::vec((0..100_000_i64, prop_oneof![0..100_000_i64, any::<i64>()]), 1..60),
        ) {
            let mut clock = HostClock::new(last_rx.map(Timestamp::from_ms));
            let mut last = Timestamp::from_ms(last_rx.unwrap_or(i64::MIN));
            let (mut system, mut monotonic) = (NOW, 0);
            for (passed, moved) in steps {
                monotonic += passed;
                system = moved.wrapping_add(system);
                let shown = clock.now(system, monotonic);
                prop_assert!(shown >= last);
                last = shown;
            }
        }
    }
}
