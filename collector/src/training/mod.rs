//! The nightly training: the journal is read once more, apart from everything that serves, and what
//! its waits teach becomes a model. It takes effect as a record of the journal and not before.
//!
//! Deterministic: the same records give the same model. Bounded: two days of every site and
//! [`domain::estimate::lessons::MOST`] lessons are in memory, whatever the journal's length.

mod by_hand;
mod school;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::estimate::lessons::Lessons;
use domain::estimate::model::{Course, LEAST, Model};
use journal::Reader;

pub use self::by_hand::{Done, train_now};
use self::school::School;
use crate::Error;

/// Business days with calls that a model needs.
pub const LEAST_DAYS: usize = 2;
/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// Whether to stop is asked after as many records.
const LOOK_EVERY: u64 = 1_024;

/// What became of a training.
#[derive(Debug)]
pub enum Outcome {
    /// A model.
    Trained(Box<Model>),
    /// There are too few waits to learn from.
    TooLittle {
        /// Waits that ended with a call.
        lessons: usize,
        /// Business days on which they began.
        days: usize,
    },
    /// It was told to stop.
    Stopped,
}

/// Learns from the journal's records up to `until`.
///
/// # Errors
/// When the journal cannot be read or is damaged.
pub fn train(journal: &Path, until: u64, stop: &AtomicBool) -> Result<Outcome, Error> {
    let Some((school, days)) = learn(journal, until, stop)? else { return Ok(Outcome::Stopped) };
    let lessons = school.lessons();
    let too_little = Outcome::TooLittle { lessons: lessons.len(), days };
    if days < LEAST_DAYS || lessons.len() < LEAST {
        return Ok(too_little);
    }
    let Some(course) = Course::new(lessons, school.until(), 0) else { return Ok(too_little) };
    let mut forests = Vec::new();
    for which in 0..course.trainings() {
        if stop.load(Ordering::Relaxed) {
            return Ok(Outcome::Stopped);
        }
        tracing::info!(forest = which + 1, of = course.trainings(), lessons = lessons.len(), "Estimates are trained.");
        forests.push(course.train(which, &mut |_| {}));
    }
    Ok(Outcome::Trained(Box::new(course.finish(forests))))
}

/// Reads the journal; `None` when it was told to stop.
fn learn(journal: &Path, until: u64, stop: &AtomicBool) -> Result<Option<(School, usize)>, Error> {
    let mut school = School::new(Lessons::new());
    let mut told = Instant::now();
    let mut reader = Reader::open_untrimmed(journal, 1)?;
    while let Some(record) = reader.next_record()? {
        let offset = record.offset;
        if offset > until {
            break;
        }
        school.take(&record);
        if offset % LOOK_EVERY == 0 {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                tracing::info!(records = offset, of = until, "The journal is read for what its waits teach.");
            }
        }
    }
    school.end();
    let days = school.days();
    Ok(Some((school, days)))
}
