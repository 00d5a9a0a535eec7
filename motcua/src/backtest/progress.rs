//! How far a backtest is: a line a second on stderr.

use std::io::Write;
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(1);
/// The clock is looked at once in so many tickets.
const LOOK_EVERY: usize = 256;

/// Tells how many tickets are predicted, and how far a training is.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    done: usize,
    quiet: bool,
    start: Instant,
    told: Instant,
}

impl Progress {
    /// For `total` tickets.
    pub fn new(total: usize, quiet: bool) -> Self {
        let start = Instant::now();
        Self { total, done: 0, quiet, start, told: start }
    }

    /// So many are predicted now.
    pub fn at(&mut self, done: usize) {
        self.done = done;
        if done.is_multiple_of(LOOK_EVERY) {
            self.tell("");
        }
    }

    /// A training is done to this share, 0 to 1.
    pub fn training(&mut self, share: f32) {
        self.tell(&format!(", training {:.0} %", share * 100.0));
    }

    /// All are predicted.
    pub fn end(&mut self) {
        if self.told != self.start {
            self.line("");
        }
    }

    fn tell(&mut self, more: &str) {
        if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            self.line(more);
        }
    }

    fn line(&self, more: &str) {
        if self.quiet {
            return;
        }
        let share = 100.0 * self.done as f64 / self.total.max(1) as f64;
        let rate = self.done as f64 / self.start.elapsed().as_secs_f64().max(0.001);
        // Where stderr is gone there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "{} of {} tickets, {share:.1} %, {rate:.0} tickets/s{more}",
            self.done,
            self.total
        );
    }
}
