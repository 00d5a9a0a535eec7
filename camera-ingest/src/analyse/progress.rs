//! How far an analysis is.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const EVERY: Duration = Duration::from_millis(200);

/// A bar on a terminal; nothing where there is none.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    pub(super) fn new(lasts_s: Option<f64>, wanted: bool) -> Self {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            // A file that does not say how long it is has a bar without an end.
            let bar = ProgressBar::with_draw_target(lasts_s.map(|s| s.ceil() as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("giây / seconds {bar:40} {pos}/{len} {eta}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, told: Instant::now() }
    }

    /// It is at this second of the recording.
    pub(super) fn at(&mut self, at_s: f64) {
        if let Some(bar) = &self.bar
            && self.told.elapsed() >= EVERY
        {
            self.told = Instant::now();
            bar.set_position(at_s as u64);
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
