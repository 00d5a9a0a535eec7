//! When a site is evaluated: at once for a call, otherwise so often and no more.
//!
//! - A call leaves with its group; calls of one group share a message.
//! - Other rows leave at most every [`ROWS_EVERY_MS`].
//! - Figures that move with time alone (the longest wait, utilisation) are exact in every row that
//!   leaves; rows that nothing touched are made exact [`SETTLE_MS`] after the last word of a site,
//!   at the latest [`WHOLE_EVERY_MS`] while it goes on speaking, at the next edge of a window, and
//!   at least every [`IDLE_EVERY_MS`].
//! - A whole board is asked for soon after a word of the site, and at least every
//!   [`IDLE_BOARD_EVERY_MS`]: time alone moves rows too, and a retained board that stays behind what
//!   was shown leaves whoever missed a delta without the truth. One that did not move is not sent.
//! - With recorded time (`--clock event`) every evaluation is whole.

use std::collections::BTreeSet;

use crate::flow::{Extent, SiteIx};
use crate::topology::{BOARD_EVERY_MS, IDLE_BOARD_EVERY_MS, IDLE_EVERY_MS, ROWS_EVERY_MS, SETTLE_MS, WHOLE_EVERY_MS};

/// Decides for all sites. Times are milliseconds of a monotonic clock.
#[derive(Debug)]
pub struct Pacer {
    sites: Vec<Site>,
    due: BTreeSet<(i64, SiteIx)>,
    always_whole: bool,
}

#[derive(Debug, Clone, Copy)]
struct Site {
    /// Last evaluation, last whole one, last board.
    any: i64,
    whole: i64,
    board: i64,
    /// Shown less than is known; boards older than what was shown.
    dirty: bool,
    board_dirty: bool,
    due: i64,
}

const NEVER: i64 = i64::MIN / 2;

impl Pacer {
    /// For sites that are yet to come.
    #[must_use]
    pub const fn new(always_whole: bool) -> Self {
        Self { sites: Vec::new(), due: BTreeSet::new(), always_whole }
    }

    fn site(&mut self, ix: SiteIx) -> &mut Site {
        let fresh = Site { any: NEVER, whole: NEVER, board: NEVER, dirty: false, board_dirty: true, due: i64::MAX };
        if self.sites.len() <= ix as usize {
            self.sites.resize(ix as usize + 1, fresh);
        }
        &mut self.sites[ix as usize]
    }

    fn plan(&mut self, ix: SiteIx, at: i64) {
        let site = self.site(ix);
        let before = std::mem::replace(&mut site.due, at);
        self.due.remove(&(before, ix));
        self.due.insert((at, ix));
    }

    /// Something happened at a site. `urgent`: it must not wait. Returns how much to evaluate now.
    pub fn touch(&mut self, ix: SiteIx, urgent: bool, now: i64) -> Option<Extent> {
        let site = self.site(ix);
        site.dirty = true;
        site.board_dirty = true;
        let at = site.any + ROWS_EVERY_MS;
        if urgent || at <= now {
            return Some(self.show(ix, now));
        }
        if self.site(ix).due > at {
            self.plan(ix, at);
        }
        None
    }

    /// What was published of the site may be lost: the next evaluation is whole, with its board.
    pub fn again(&mut self, ix: SiteIx, now: i64) -> Extent {
        let site = self.site(ix);
        (site.whole, site.board, site.board_dirty) = (NEVER, NEVER, true);
        self.show(ix, now)
    }

    /// Sites whose time has come, and how much to evaluate.
    pub fn due(&mut self, now: i64) -> Vec<(SiteIx, Extent)> {
        let mut sites = Vec::new();
        while let Some((at, ix)) = self.due.first().copied()
            && at <= now
        {
            self.due.pop_first();
            self.site(ix).due = i64::MAX;
            sites.push((ix, self.show(ix, now)));
        }
        sites
    }

    /// When [`Self::due`] is worth calling.
    #[must_use]
    pub fn next(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A figure of the site changes by time alone in `in_ms`.
    pub fn edge(&mut self, ix: SiteIx, in_ms: i64, now: i64) {
        let at = (now + in_ms).max(self.site(ix).any + SETTLE_MS);
        if at < self.site(ix).due {
            self.plan(ix, at);
        }
    }

    fn show(&mut self, ix: SiteIx, now: i64) -> Extent {
        let always_whole = self.always_whole;
        let site = self.site(ix);
        let settled = !site.dirty && site.any + SETTLE_MS <= now;
        let board_late = site.board + IDLE_BOARD_EVERY_MS <= now;
        let whole = always_whole || settled || board_late || site.whole + WHOLE_EVERY_MS <= now;
        let board = board_late || (whole && site.board_dirty && site.board + BOARD_EVERY_MS <= now);
        site.any = now;
        site.dirty = false;
        if whole {
            site.whole = now;
        }
        if board {
            site.board = now;
            site.board_dirty = false;
        }
        let next = if !whole {
            now + SETTLE_MS
        } else if site.board_dirty {
            site.board + BOARD_EVERY_MS
        } else {
            (now + IDLE_EVERY_MS).min(site.board + IDLE_BOARD_EVERY_MS)
        };
        self.plan(ix, next.max(now + 1));
        if whole { Extent::Whole { board } } else { Extent::Touched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_site_is_its_whole_board() {
        assert_eq!(Pacer::new(false).touch(3, false, 0), Some(Extent::Whole { board: true }));
    }

    #[test]
    fn a_call_never_waits_and_other_rows_wait_for_each_other() {
        let mut pacer = Pacer::new(false);
        pacer.touch(0, false, 0);
        assert_eq!(pacer.touch(0, false, 50), None);
        assert_eq!(pacer.next(), Some(100));
        assert_eq!(pacer.touch(0, true, 60), Some(Extent::Touched));
        assert_eq!(pacer.touch(0, false, 90), None);
        assert_eq!(pacer.due(160), [(0, Extent::Touched)]);
        assert_eq!(pacer.next(), Some(410), "what time alone moves is settled");
        assert_eq!(pacer.due(410), [(0, Extent::Whole { board: false })]);
        assert_eq!(pacer.due(1_000), [(0, Extent::Whole { board: true })]);
        assert_eq!(pacer.next(), Some(6_000));
    }

    #[test]
    fn a_site_that_never_rests_is_made_exact_once_a_second() {
        let mut pacer = Pacer::new(false);
        pacer.touch(0, true, 0);
        let extents: Vec<_> = (1..25).filter_map(|n| pacer.touch(0, true, n * 100)).collect();
        assert_eq!(extents.iter().filter(|extent| extent.whole()).count(), 2);
    }

    #[test]
    fn a_site_at_rest_gives_its_board_every_ten_seconds() {
        let mut pacer = Pacer::new(false);
        pacer.touch(0, false, 0);
        let mut boards = vec![0];
        while let Some(at) = pacer.next().filter(|at| *at <= 60_000) {
            // Whatever wakes it in between, also when the one who asks comes late.
            let now = at + at % 7;
            if let [(0, Extent::Whole { board: true })] = pacer.due(now)[..] {
                boards.push(now);
            }
            pacer.edge(0, 3_300, now);
        }
        assert!(boards.len() >= 6, "{boards:?}");
        assert!(boards.windows(2).all(|two| two[1] - two[0] <= IDLE_BOARD_EVERY_MS + 7), "{boards:?}");
        assert!(boards.windows(2).all(|two| two[1] - two[0] >= IDLE_BOARD_EVERY_MS), "no more than needed: {boards:?}");
    }

    #[test]
    fn an_edge_of_a_window_wakes_an_idle_site() {
        let mut pacer = Pacer::new(false);
        pacer.touch(0, false, 0);
        pacer.edge(0, 2_000, 0);
        assert_eq!(pacer.next(), Some(2_000));
        pacer.edge(0, 9_000, 0);
        assert_eq!(pacer.next(), Some(2_000));
    }

    #[test]
    fn recorded_time_is_always_exact() {
        let mut pacer = Pacer::new(true);
        pacer.touch(0, false, 0);
        assert_eq!(pacer.touch(0, true, 1), Some(Extent::Whole { board: false }));
    }
}
