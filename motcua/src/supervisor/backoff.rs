//! How long to wait before a child is started again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);
/// After a child that had accepted work: walls wait for it, and it will most likely work again.
const LONGEST_AT_WORK: Duration = Duration::from_secs(1);
/// A child that lived this long did its work: its next end is a new story.
const HEALTHY: Duration = Duration::from_secs(30);

/// Doubles from 0.2 s to 10 s, to 1 s for a child that had accepted work, and begins anew after a
/// life of 30 s.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// The pause after a child that lived for `lived`; `worked`: it had accepted work.
    pub fn after(&mut self, lived: Duration, worked: bool) -> Duration {
        if lived >= HEALTHY {
            self.next = FIRST;
        }
        let pause = if worked { self.next.min(LONGEST_AT_WORK) } else { self.next };
        self.next = (pause * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_ten_seconds_and_begins_anew() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..8).map(|_| backoff.after(Duration::ZERO, false).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        assert_eq!(backoff.after(HEALTHY, false), FIRST);
    }

    #[test]
    fn who_had_worked_is_back_within_a_second() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..5).map(|_| backoff.after(Duration::ZERO, true).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_000, 1_000]);
    }
}
