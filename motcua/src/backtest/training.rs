//! What the waits of all sites taught, and the model of it: trained anew when a day begins, on what
//! was known before, at most once a day.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use domain::boost::Forest;
use domain::calendar::BusinessDay;
use domain::estimate::lessons::Lessons;
use domain::estimate::model::{Course, Model};

use super::progress::Progress;

/// With more lessons than this a model is trained anew only when a tenth of them is new: one day
/// more then changes little.
const MANY: usize = 40_000;
/// Where the draws of all trainings start.
const SEED: u64 = 1;

/// See the module.
pub struct School {
    trains: bool,
    /// What was learned so far.
    pub lessons: Lessons,
    model: Option<Model>,
    /// The last day that began anywhere.
    date: Option<i32>,
    days: u32,
    trainings: u32,
    seconds: f64,
    /// Lessons ever learned at the last training.
    learned: u64,
}

impl School {
    /// Nothing learned. One that does not train never has a model.
    pub fn new(trains: bool) -> Self {
        Self {
            trains,
            lessons: Lessons::new(),
            model: None,
            date: None,
            days: 0,
            trainings: 0,
            seconds: 0.0,
            learned: 0,
        }
    }

    /// A business day begins at some site; the first one of its date trains.
    pub fn day_begins(&mut self, day: BusinessDay, progress: &mut Progress) {
        if self.date.is_some_and(|date| day.date <= date) {
            return;
        }
        self.date = Some(day.date);
        self.days += 1;
        if !self.trains {
            return;
        }
        self.lessons.day_began(day.date);
        let fresh = self.lessons.ever() - self.learned;
        if self.lessons.len() > MANY && fresh < self.lessons.len() as u64 / 10 {
            return;
        }
        self.learned = self.lessons.ever();
        let start = Instant::now();
        if let Some(course) = Course::new(&self.lessons, day.start, SEED) {
            self.model = Some(train(&course, progress));
            self.trainings += 1;
        }
        self.seconds += start.elapsed().as_secs_f64();
    }

    /// The model of the present day.
    pub const fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    /// Days that began.
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// Trainings that made a model.
    pub const fn trainings(&self) -> u32 {
        self.trainings
    }

    /// How long they took, to the millisecond.
    pub fn training_seconds(&self) -> f64 {
        (self.seconds * 1_000.0).round() / 1_000.0
    }
}

/// Trains a model's forests side by side. Which thread trains which forest changes nothing.
fn train(course: &Course, progress: &mut Progress) -> Model {
    let trainings = course.trainings();
    let (next, progress) = (AtomicUsize::new(0), Mutex::new((progress, vec![0.0_f32; trainings])));
    let tell = |which: usize, share: f32| {
        // A thread that panicked ends the scope with its panic: what it leaves here is not read.
        let Ok(mut told) = progress.lock() else { return };
        told.1[which] = share;
        let whole = told.1.iter().sum::<f32>() / trainings as f32;
        told.0.training(whole);
    };
    let work = || {
        let mut forests = Vec::new();
        loop {
            let which = next.fetch_add(1, Ordering::Relaxed);
            if which >= trainings {
                return forests;
            }
            forests.push((which, course.train(which, &mut |share| tell(which, share))));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(trainings);
    let mut forests: Vec<(usize, Forest)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut forests = work();
        for other in others {
            match other.join() {
                Ok(more) => forests.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        forests
    });
    forests.sort_by_key(|(which, _)| *which);
    course.finish(forests.into_iter().map(|(_, forest)| forest).collect())
}
