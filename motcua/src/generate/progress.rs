//! How far a year is: a bar for a person, a line now and then for a log.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a log without a terminal is told.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts days of centres.
#[derive(Debug)]
pub(super) struct Progress {
    done: u64,
    of: u64,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    pub(super) fn new(of: usize) -> Self {
        let of = of as u64;
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("ngày / days {bar:40} {pos}/{len} {eta}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { done: 0, of, bar, told: Instant::now() }
    }

    /// So many more days are done.
    pub(super) fn add(&mut self, days: usize) {
        self.done += days as u64;
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if self.told.elapsed() >= LINE_EVERY => {
                self.told = Instant::now();
                tracing::info!(done = self.done, of = self.of, "The years go on.");
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
