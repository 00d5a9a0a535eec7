//! How long to wait before the next attempt to connect.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// After a connection that held: it was most likely a hiccup.
const AT_ONCE: Duration = Duration::from_millis(200);
/// Never more often than this after that.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(4);

/// A short pause after a connection that held, then pauses that double from 1 s to 4 s, each
/// lengthened by up to a half at random, so that the devices of a centre do not come back in step
/// after the broker restarted. In any second there is at most one attempt.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    random: u64,
}

impl Backoff {
    pub(super) fn new() -> Self {
        // The hasher's keys are the one source of randomness that the standard library has.
        Self::seeded(RandomState::new().hash_one(0))
    }

    fn seeded(random: u64) -> Self {
        Self { next: FIRST, random }
    }

    /// The pause before the next attempt.
    pub(super) fn pause(&mut self) -> Duration {
        let shortest = self.next;
        self.next = (shortest * 2).clamp(FIRST, LONGEST);
        shortest + shortest.mul_f64(self.fraction() / 2.0)
    }

    /// A connection has proved good: the next pause is the shortest again.
    pub(super) fn reset(&mut self) {
        self.next = AT_ONCE;
    }

    /// A number in [0, 1), by the splitmix64 generator.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_is_at_most_one_attempt_a_second_unless_the_connection_had_held(seed: u64) {
            let mut backoff = Backoff::seeded(seed);
            let mut shortest = FIRST;
            for _ in 0..12 {
                let pause = backoff.pause();
                prop_assert!(pause >= shortest && pause <= shortest.mul_f64(1.5), "{pause:?} of {shortest:?}");
                shortest = (shortest * 2).min(LONGEST);
            }
            prop_assert_eq!(shortest, LONGEST);
            backoff.reset();
            prop_assert!(backoff.pause() <= AT_ONCE.mul_f64(1.5));
        }
    }

    #[test]
    fn two_sessions_do_not_wait_in_step() {
        let (mut a, mut b) = (Backoff::seeded(1), Backoff::seeded(2));
        let pauses = |backoff: &mut Backoff| (0..5).map(|_| backoff.pause()).collect::<Vec<_>>();
        assert_ne!(pauses(&mut a), pauses(&mut b));
    }
}
