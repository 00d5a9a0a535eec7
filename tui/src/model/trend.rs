//! What waiting and p90 were, service by service, since the program began: the server keeps no
//! history for screens, so what was not seen is a hole.

use std::collections::{BTreeMap, VecDeque};

use domain::board::Board;
use domain::{ServiceId, Timestamp};

/// One sample for each half minute of the server's clock.
const EVERY_MS: i64 = 30_000;
/// An hour of them; the oldest is dropped.
const KEPT: usize = 120;

/// What a service was at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Which half minute.
    slot: i64,
    /// Waiting.
    pub waiting: u32,
    /// p90 of the window in seconds; `None` where no wait ended.
    pub wait_p90_s: Option<f64>,
}

/// Samples of one service, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trend {
    samples: VecDeque<Sample>,
}

/// Samples of every service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trends {
    by_service: BTreeMap<ServiceId, Trend>,
}

impl Trend {
    /// The last `n` half minutes, oldest first, the newest being the last one seen; a hole is `None`.
    #[must_use]
    pub fn last(&self, n: usize) -> Vec<Option<Sample>> {
        let Some(newest) = self.samples.back() else { return Vec::new() };
        let n = n.min(KEPT);
        let begin = newest.slot - i64::try_from(n).unwrap_or(0) + 1;
        let mut seen = vec![None; n];
        for sample in &self.samples {
            if let Ok(place) = usize::try_from(sample.slot - begin) {
                seen[place] = Some(*sample);
            }
        }
        seen
    }

    fn put(&mut self, sample: Sample) {
        match self.samples.back_mut() {
            Some(last) if last.slot == sample.slot => *last = sample,
            // The server's clock was set back: what was is not comparable any more.
            Some(last) if last.slot > sample.slot => {
                self.samples.clear();
                self.samples.push_back(sample);
            }
            _ => {
                if self.samples.len() == KEPT {
                    self.samples.pop_front();
                }
                self.samples.push_back(sample);
            }
        }
    }
}

impl Trends {
    /// The trend of a service; empty when it was never seen.
    #[must_use]
    pub fn of(&self, service: ServiceId) -> Option<&Trend> {
        self.by_service.get(&service)
    }

    /// Takes in a board of the moment `as_of`.
    pub fn take(&mut self, board: &Board, as_of: Timestamp) {
        let slot = as_of.ms().div_euclid(EVERY_MS);
        self.by_service.retain(|id, _| board.services.iter().any(|row| row.service == *id));
        for row in &board.services {
            let wait_p90_s = row.wait_p90_s.map(|s| s.ms() as f64 / 1000.0);
            self.by_service.entry(row.service).or_default().put(Sample { slot, waiting: row.waiting, wait_p90_s });
        }
    }
}
