//! When the estimates are trained anew, and what becomes of it. The work is a thread's of its own, of
//! the lowest priority; the run loop only looks whether it has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use domain::Timestamp;
use domain::calendar::{Hours, Opening};
use mqtt_config::settings::Clock;

use super::Collector;
use crate::training::{Outcome, train};
use crate::{Error, recover};

/// Whether it is time is looked at this often.
const LOOK_EVERY_MS: i64 = 60_000;
/// Between two trainings at least.
const EVERY_MS: i64 = 20 * 3_600_000;
/// A model younger than this is not replaced, also where the nights are quiet all day.
const FRESH_MS: i64 = 24 * 3_600_000;
/// A start has other things to do first.
const AFTER_START_MS: i64 = 300_000;
/// Local minutes of the day in which the night's training may begin: 2:30 to 5:00.
const NIGHT_MIN: std::ops::Range<i64> = 150..300;
/// Others go first (the highest nice value that Linux has).
const NICE: i32 = 19;

/// See the module. Times are milliseconds of a monotonic clock.
pub struct Trainer {
    /// With recorded time nothing is trained: recorded days give the same boards on every machine.
    allowed: bool,
    at: i64,
    /// When the last one began in this process.
    tried: Option<i64>,
    thread: Option<JoinHandle<Result<Outcome, Error>>>,
    stop: Arc<AtomicBool>,
}

impl Trainer {
    /// Before the first training of the process.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { allowed: clock == Clock::Wall, at: AFTER_START_MS, tried: None, thread: None, stop: Arc::default() }
    }

    /// What became of the training that was under way, once it has ended.
    fn ended(&mut self) -> Option<Result<Outcome, Error>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        let failed = |_| Err(Error::Thread(std::io::Error::other("the training has failed")));
        Some(thread.join().unwrap_or_else(failed))
    }
}

impl Drop for Trainer {
    /// Nobody waits for it: it sees this soon, and the process ends anyway.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Whether a training shall begin: at night, or while the site is closed where the last model is
/// more than a day old (an office that is switched off at night).
fn is_time(hours: &mut Hours, now: Timestamp, model_at: Option<Timestamp>) -> bool {
    let age = model_at.map_or(i64::MAX, |at| now.since(at));
    let wall = hours.wall_clock(now);
    let night = NIGHT_MIN.contains(&(i64::from(wall.hour()) * 60 + i64::from(wall.minute())));
    (night && age >= EVERY_MS) || (age >= FRESH_MS && hours.opening(now) != Opening::Open)
}

impl Collector {
    /// Begins a training when it is time, and lets the sites follow the model that one has made.
    pub(super) fn learn(&mut self) {
        if let Some(outcome) = self.trainer.ended() {
            self.learned(outcome);
        }
        let mono = self.clocks.mono_ms();
        let rested = self.trainer.tried.is_none_or(|tried| mono - tried >= EVERY_MS);
        if !self.trainer.allowed || self.trainer.thread.is_some() || !rested || mono < self.trainer.at {
            return;
        }
        self.trainer.at = mono + LOOK_EVERY_MS;
        let Some(site) = self.door.sites().first() else { return };
        let Ok(mut hours) = Hours::of_site(&site.config) else { return };
        let model_at = self.door.model().map(|model| model.rx);
        if self.clocks.distrusted().is_none() && is_time(&mut hours, self.clocks.now(), model_at) {
            self.trainer.tried = Some(mono);
            self.begin_training();
        }
    }

    fn begin_training(&mut self) {
        let (until, stop) = (self.durable.offset, Arc::clone(&self.trainer.stop));
        let journal = recover::journal_dir(&self.runtime.data_dir);
        let work = move || {
            // Linux gives each thread its own; without it the training only is in the way a little.
            let _ = rustix::process::nice(NICE);
            train(&journal, until, &stop)
        };
        match std::thread::Builder::new().name("training".into()).spawn(work) {
            Ok(thread) => self.trainer.thread = Some(thread),
            Err(error) => tracing::warn!(%error, "Estimates are not trained: no thread could be started."),
        }
    }

    fn learned(&mut self, outcome: Result<Outcome, Error>) {
        match outcome {
            Ok(Outcome::Trained(model)) => {
                let now = self.clocks.now();
                match self.door.learned(&model, now) {
                    Some(offset) => tracing::info!(offset, rows = model.rows, "Estimates have been trained."),
                    None => tracing::warn!("The trained model is too large for the journal; the old one stays."),
                }
            }
            Ok(Outcome::TooLittle { lessons, days }) => {
                tracing::info!(lessons, days, "Too little was seen to train the estimates yet.");
            }
            Ok(Outcome::Stopped) => {}
            Err(error) => tracing::warn!(%error, "Estimates could not be trained; what was learned before stays."),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::SiteId;
    use domain::config::{OpeningHours, SiteConfig};

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn it_is_time_at_night_once_or_when_an_old_model_meets_a_closed_door() {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
        let unsaid = Hours::of_site(&config).unwrap();
        config.hours.push(OpeningHours { days: vec![1, 2, 3, 4, 5], open_min: 420, close_min: 1_020 });
        let hours = Hours::of_site(&config).unwrap();
        let night = at("2026-11-24T02:30:00+07:00");
        let evening = at("2026-11-24T18:00:00+07:00");
        for mut hours in [hours.clone(), unsaid.clone()] {
            assert!(is_time(&mut hours, night, None));
            assert!(is_time(&mut hours, night, Some(night.plus(-86_000_000))));
            assert!(!is_time(&mut hours, night.plus(3_600_000), Some(night)));
            assert!(!is_time(&mut hours, at("2026-11-24T10:00:00+07:00"), None));
        }
        let (mut hours, mut unsaid) = (hours, unsaid);
        assert!(is_time(&mut hours, evening, None) && is_time(&mut hours, evening, Some(evening.plus(-86_400_000))));
        assert!(!is_time(&mut hours, evening, Some(night)));
        assert!(!is_time(&mut unsaid, evening, None), "nobody said that it is closed");
    }
}
