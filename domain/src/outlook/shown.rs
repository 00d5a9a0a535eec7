//! The call time shown for one ticket. An estimate moves with every event; a time that jumps back
//! and forth is not believed. What was shown stands until it is clearly wrong, and it moves later
//! only with a reason.

use crate::Timestamp;

/// It moves later when the estimate is more than this after what is shown, milliseconds...
const LATER_MS: i64 = 5 * 60_000;
/// ...and by more than this part of what remains until then.
const LATER_PART: i64 = 5;
/// It moves earlier when the estimate is more than this before what is shown, milliseconds.
const EARLIER_MS: i64 = 2 * 60_000;

/// What is shown for a ticket: half of the tickets like it are called by `p50_at`, nine in ten by
/// `p90_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    p50_at: Timestamp,
    p90_at: Timestamp,
    /// Open counters of its service when it last moved, where they were known.
    open: Option<u32>,
    moved: Option<Moved>,
}

/// Why a shown call time was moved later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Fewer counters serve its service than when the time was shown.
    CounterClosed,
    /// Those before it take longer than was expected.
    SlowerThanExpected,
}

impl Moved {
    /// Its code on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CounterClosed => "counter_closed",
            Self::SlowerThanExpected => "slower_than_expected",
        }
    }
}

impl Shown {
    /// The first time that is shown: the estimate itself. `open`: counters that serve the service.
    #[must_use]
    pub fn first(now: Timestamp, (p50_at, p90_at): (Timestamp, Timestamp), open: Option<u32>) -> Self {
        let p50_at = p50_at.max(now);
        Self { p50_at, p90_at: p90_at.max(p50_at), open, moved: None }
    }

    /// What stands when the estimate has become this one: the same, unless one of the ends is
    /// clearly wrong; then both are the estimate's.
    #[must_use]
    pub fn after(self, now: Timestamp, estimate: (Timestamp, Timestamp), open: Option<u32>) -> Self {
        let fresh = Self::first(now, estimate, open);
        let ends = [(self.p50_at, fresh.p50_at), (self.p90_at, fresh.p90_at)];
        if ends.iter().any(|(shown, fresh)| fresh.since(*shown) > patience(now, *shown)) {
            let closed = self.open.zip(open).is_some_and(|(before, now)| now < before);
            let why = if closed { Moved::CounterClosed } else { Moved::SlowerThanExpected };
            return Self { moved: Some(why), ..fresh };
        }
        if ends.iter().any(|(shown, fresh)| shown.since(*fresh) > EARLIER_MS) {
            // What of the other end would be later stays: nothing moves later without a reason.
            let (p50_at, p90_at) = (fresh.p50_at.min(self.p50_at).max(now), fresh.p90_at.min(self.p90_at).max(now));
            return Self { p50_at, p90_at: p90_at.max(p50_at), ..fresh };
        }
        self
    }

    /// What is shown at an instant, p50 and p90: never before it.
    #[must_use]
    pub fn at(self, now: Timestamp) -> (Timestamp, Timestamp) {
        (self.p50_at.max(now), self.p90_at.max(now))
    }

    /// Why it is later than what was shown before; `None` when it is not.
    #[must_use]
    pub const fn moved(self) -> Option<Moved> {
        self.moved
    }
}

/// How much later the estimate may be before what is shown is moved, milliseconds.
fn patience(now: Timestamp, shown: Timestamp) -> i64 {
    LATER_MS.max(shown.since(now) / LATER_PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn min(minutes: i64) -> Timestamp {
        Timestamp::from_ms(1_000_000_000_000 + minutes * 60_000)
    }

    #[test]
    fn small_changes_move_nothing() {
        let shown = Shown::first(min(0), (min(20), min(30)), Some(2));
        for (p50, p90) in [(25, 35), (18, 28), (20, 36), (24, 29)] {
            assert_eq!(shown.after(min(0), (min(p50), min(p90)), Some(1)), shown, "{p50} {p90}");
        }
        assert_eq!(shown.moved(), None);
    }

    #[test]
    fn it_moves_later_with_a_reason_and_earlier_without() {
        let shown = Shown::first(min(0), (min(20), min(30)), Some(2));
        let closed = shown.after(min(5), (min(40), min(60)), Some(1));
        assert_eq!((closed.at(min(5)), closed.moved()), ((min(40), min(60)), Some(Moved::CounterClosed)));
        assert_eq!(shown.after(min(5), (min(40), min(60)), Some(2)).moved(), Some(Moved::SlowerThanExpected));
        assert_eq!(shown.after(min(5), (min(40), min(60)), None).moved(), Some(Moved::SlowerThanExpected));
        assert_eq!(closed.after(min(6), (min(41), min(61)), Some(1)), closed, "the reason stays with it");
        let sooner = closed.after(min(7), (min(30), min(45)), Some(2));
        assert_eq!((sooner.at(min(7)), sooner.moved()), ((min(30), min(45)), None));
    }

    #[test]
    fn a_far_time_has_more_patience() {
        let shown = Shown::first(min(0), (min(100), min(150)), None);
        assert_eq!(shown.after(min(0), (min(120), min(180)), None), shown, "a fifth");
        assert_ne!(shown.after(min(0), (min(121), min(180)), None), shown);
        assert_ne!(shown.after(min(50), (min(111), min(150)), None), shown, "half of it has gone");
    }

    #[test]
    fn nothing_is_shown_that_is_over_and_p90_is_not_before_p50() {
        let shown = Shown::first(min(0), (min(2), min(4)), None);
        assert_eq!(shown.at(min(3)), (min(3), min(4)));
        assert_eq!(shown.at(min(9)), (min(9), min(9)));
        assert_eq!(Shown::first(min(5), (min(3), min(1)), None).at(min(5)), (min(5), min(5)));
        // One end is earlier, the other later by less than its patience: only the first moves.
        let narrow = Shown::first(min(0), (min(20), min(30)), None).after(min(0), (min(23), min(27)), None);
        assert_eq!(narrow.at(min(0)), (min(20), min(27)));
    }
}
