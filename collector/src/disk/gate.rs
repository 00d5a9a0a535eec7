//! What is taken in while the disk takes nothing.
//!
//! The group that could not be written is kept and written first when there is room. Meanwhile
//! nothing is acknowledged, neither to the broker nor to a device. A little more is taken in, so
//! that the walls go on: it is kept in memory, like the group. Above [`MOST_RECORDS`] or
//! [`MOST_BYTES`] messages are left with the broker: not taken in, not acknowledged, and asked for
//! again by a new connection when there is room. Memory does not grow, and nothing is lost that
//! anybody was promised.

use super::Refusal;

/// Nothing is read for this long after the first refusal: the reserve may be all that is needed.
const PATIENCE_MS: i64 = 300;
/// The disk is tried again this often.
const TRY_EVERY_MS: i64 = 250;
/// Records kept in memory; beyond it messages are left with the broker.
const MOST_RECORDS: u64 = 4_096;
/// The same in bytes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// See the module. Times are milliseconds of a monotonic clock.
#[derive(Debug, Default)]
pub struct Gate {
    closed: Option<Closed>,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    why: Refusal,
    since: i64,
    try_at: i64,
    /// The last record that was written.
    written: u64,
    held_bytes: usize,
    left: u64,
}

/// The disk takes writes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// How long it did not.
    pub after_ms: i64,
    /// Messages that were left with the broker: it has to be asked for them again.
    pub left: u64,
}

impl Gate {
    /// Why nothing can be written now.
    #[must_use]
    pub fn why(&self) -> Option<Refusal> {
        self.closed.map(|closed| closed.why)
    }

    /// Whether a write may be tried.
    #[must_use]
    pub fn may_try(&self, now: i64) -> bool {
        self.closed.is_none_or(|closed| closed.try_at <= now)
    }

    /// When the next write may be tried; `None` while the disk takes everything.
    #[must_use]
    pub fn next(&self) -> Option<i64> {
        self.closed.map(|closed| closed.try_at)
    }

    /// A write was refused; the records up to `written` are written. True for the first refusal in
    /// a row.
    pub fn refused(&mut self, why: Refusal, written: u64, now: i64) -> bool {
        let try_at = now + TRY_EVERY_MS;
        match &mut self.closed {
            Some(closed) => {
                (closed.why, closed.try_at) = (why, try_at);
                false
            }
            None => {
                self.closed = Some(Closed { why, since: now, try_at, written, held_bytes: 0, left: 0 });
                true
            }
        }
    }

    /// There may be room now.
    pub fn try_at_once(&mut self) {
        if let Some(closed) = &mut self.closed {
            closed.try_at = i64::MIN;
        }
    }

    /// A write was taken. `None` when the one before was taken too.
    pub fn passed(&mut self, now: i64) -> Option<Passed> {
        let Closed { since, left, .. } = self.closed.take()?;
        Some(Passed { after_ms: now - since, left })
    }

    /// Whether the broker's socket is not to be read for a moment.
    #[must_use]
    pub fn is_patient(&self, now: i64) -> bool {
        self.closed.is_some_and(|closed| now < closed.since + PATIENCE_MS)
    }

    /// Whether a message of so many bytes can be taken in, with the journal's last record so far.
    pub fn takes(&mut self, bytes: usize, last: u64) -> bool {
        let Some(closed) = &mut self.closed else { return true };
        let room = last.saturating_sub(closed.written) < MOST_RECORDS && closed.held_bytes + bytes <= MOST_BYTES;
        if room {
            closed.held_bytes += bytes;
        } else {
            closed.left += 1;
        }
        room
    }

    /// Messages that were left with the broker since the disk refused.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.closed.map_or(0, |closed| closed.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_takes_everything_holds_nothing_up() {
        let mut gate = Gate::default();
        assert!(gate.may_try(0) && gate.takes(usize::MAX, u64::MAX) && !gate.is_patient(0));
        assert_eq!((gate.passed(0), gate.next(), gate.left()), (None, None, 0));
    }

    #[test]
    fn a_refused_write_is_tried_again_now_and_then_or_when_there_is_room() {
        let mut gate = Gate::default();
        assert!(gate.refused(Refusal::NoRoom, 10, 1_000));
        assert!(gate.is_patient(1_299) && !gate.is_patient(1_300));
        assert!(!gate.may_try(1_249) && gate.may_try(1_250));
        assert!(!gate.refused(Refusal::ReadOnly, 10, 1_250), "only the first one is news");
        assert_eq!((gate.why(), gate.next()), (Some(Refusal::ReadOnly), Some(1_500)));
        gate.try_at_once();
        assert!(gate.may_try(1_251));
        assert_eq!(gate.passed(1_300), Some(Passed { after_ms: 300, left: 0 }));
        assert_eq!(gate.why(), None);
    }

    #[test]
    fn memory_does_not_grow_and_what_was_left_is_counted() {
        let mut gate = Gate::default();
        gate.refused(Refusal::NoRoom, 10, 0);
        assert!(gate.takes(1, 10 + MOST_RECORDS - 1));
        assert!(!gate.takes(1, 10 + MOST_RECORDS), "too many records");
        assert!(gate.takes(MOST_BYTES - 1, 10));
        assert!(!gate.takes(1, 10), "too many bytes");
        assert_eq!(gate.left(), 2);
        assert_eq!(gate.passed(5).map(|passed| passed.left), Some(2));
        assert!(gate.takes(1, u64::MAX));
    }
}
