//! The memory of event ids: 35 days of every site, as long as they fit. Room is made only when a
//! business day begins, and by counts alone, so that a replay of the journal does the same.

use domain::Timestamp;
use domain::dedupe::day_of;

use super::Door;

/// What the contract promises.
const PROMISED_DAYS: i64 = 35;

impl Door {
    /// Forgets the oldest days of the largest sites until the ids fit, but none from the day of
    /// `yesterday` to tomorrow.
    pub(super) fn make_room(&mut self, yesterday: Timestamp) {
        let mut ids: usize = self.sites.iter().map(|site| site.dedupe.ids.len()).sum();
        if ids <= self.most_ids {
            return;
        }
        let first = day_of(yesterday);
        let mut largest: Vec<usize> = (0..self.sites.len()).collect();
        while ids > self.most_ids && !largest.is_empty() {
            largest.sort_by_key(|ix| (self.sites[*ix].dedupe.ids.len(), std::cmp::Reverse(*ix)));
            let Some(ix) = largest.pop() else { break };
            let site = &mut self.sites[ix];
            let before = site.dedupe.ids.len();
            if site.dedupe.ids.make_room(first..=first + 3) {
                ids -= before - site.dedupe.ids.len();
                if let Some(kept_from) = site.dedupe.ids.kept_from() {
                    site.book.forget_before(kept_from);
                }
                largest.push(ix);
            }
        }
    }

    /// For how many days back every id is known at every site, at least; 35 as promised, or fewer
    /// where the memory does not hold as many.
    #[must_use]
    pub fn ids_kept_days(&self, now: Timestamp) -> i64 {
        let kept = self.sites.iter().filter_map(|site| site.dedupe.ids.kept_from());
        kept.map(|first| day_of(now) - first).fold(PROMISED_DAYS, i64::min).max(0)
    }

    /// Says once a day that ids are forgotten early.
    pub(super) fn tell_of_ids(&mut self, now: Timestamp) {
        let days = self.ids_kept_days(now);
        if days < PROMISED_DAYS && self.told_of_ids != day_of(now) {
            self.told_of_ids = day_of(now);
            tracing::warn!(
                days,
                "Event ids are known for fewer than 35 days, because no more fit; raise `dedupe_memory_mib`."
            );
        }
    }
}
