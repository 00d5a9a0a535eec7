//! How long a worker waits before it tries a camera again.

use std::time::Duration;

const FIRST_S: f64 = 1.0;
const LAST_S: f64 = 30.0;

/// Pauses that double from 1 s to 30 s, each up to half shorter by chance so that the cameras of a
/// switch that failed do not all come back at once.
#[derive(Debug)]
pub(super) struct Backoff {
    next_s: f64,
    dice: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(dice: fastrand::Rng) -> Self {
        Self { next_s: FIRST_S, dice }
    }

    /// How long to wait now.
    pub(super) fn pause(&mut self) -> Duration {
        let longest = self.next_s;
        self.next_s = (longest * 2.0).min(LAST_S);
        let shortest = (longest / 2.0).max(FIRST_S);
        Duration::from_secs_f64(shortest + self.dice.f64() * (longest.max(1.5) - shortest))
    }

    /// It went well for a while.
    pub(super) fn begin_anew(&mut self) {
        self.next_s = FIRST_S;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_one_to_thirty_seconds_and_differ() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(fastrand::Rng::with_seed(seed));
            (0..10).map(|_| backoff.pause().as_secs_f64()).collect::<Vec<_>>()
        };
        for seed in 0..200 {
            let all = pauses(seed);
            assert!(all.iter().all(|pause| (1.0..=30.0).contains(pause)), "{all:?}");
            assert!(all[0] <= 1.5 && all[1] <= 2.0 && all[9] >= 15.0, "{all:?}");
        }
        assert_ne!(pauses(1), pauses(2));
        let mut backoff = Backoff::new(fastrand::Rng::with_seed(1));
        for _ in 0..9 {
            backoff.pause();
        }
        backoff.begin_anew();
        assert!(backoff.pause().as_secs_f64() <= 1.5);
    }
}
