//! How far a replay is: a bar for a person, a line now and then for a log.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// How often a log without a terminal is told.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how many events are acknowledged.
#[derive(Debug)]
pub struct Progress {
    total: u64,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    /// For `total` events. A bar where stderr is a terminal.
    #[must_use]
    pub fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = "{bar:40} {human_pos}/{human_len} {per_sec} {eta}";
            bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { total, bar, told: Instant::now() }
    }

    /// So many are acknowledged now.
    pub fn at(&mut self, acked: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(acked),
            None if self.told.elapsed() >= LINE_EVERY => {
                self.told = Instant::now();
                tracing::info!(acked, total = self.total, "The replay goes on.");
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
