//! How far long work is: a bar for a person, a line now and then for a log.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a log without a terminal is told.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how many bytes of the present step are done.
#[derive(Debug, Default)]
pub struct Progress {
    now: Option<Step>,
}

#[derive(Debug)]
struct Step {
    what: &'static str,
    done: u64,
    total: u64,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    /// A step begins; the one before it is over. `total` in bytes.
    pub fn step(&mut self, what: &'static str, total: u64) {
        self.end();
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = "{msg:12} {bar:40} {bytes}/{total_bytes} {eta}";
            let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.with_style(style).with_message(what)
        });
        self.now = Some(Step { what, done: 0, total, bar, told: Instant::now() });
    }

    /// So many more bytes are done.
    pub fn add(&mut self, bytes: u64) {
        let Some(step) = &mut self.now else { return };
        step.done += bytes;
        match &step.bar {
            Some(bar) => bar.set_position(step.done),
            None if step.told.elapsed() >= LINE_EVERY => {
                step.told = Instant::now();
                tracing::info!(step = step.what, done = step.done, total = step.total, "The backup goes on.");
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        if let Some(bar) = self.now.take().and_then(|step| step.bar) {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
