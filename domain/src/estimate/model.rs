//! The learned model: from what is known when a ticket is taken to the range of its wait.
//!
//! Waits are learned as `y = ln(wait + c)`, where `c` is a tenth of the median wait, so that a
//! minute counts for much in a short wait and for little in a long one, and no wait is too short for
//! a logarithm. The middle of the range is the mean of forests trained on the median of `y`, its
//! upper end that of forests trained on the 0.9 quantile (Koenker & Bassett, 1978). A quantile of
//! `y` is the same quantile of the wait, because the logarithm is monotonic.
//!
//! Of each kind one forest learns `y` itself, and one by how much `y` differs from what a queueing
//! figure expects. The first does not depend on a figure that may be far off, the second can say
//! what no past day has seen: a line of a hundred. Their mean is better than either.
//!
//! Every number that a training depends on stands in [`RECIPES`] and beside it.

use serde::{Deserialize, Serialize};

use super::lessons::Lessons;
use super::row::Feature;
use super::{BASE, Range, Row, WIDTH};
use crate::Timestamp;
use crate::boost::{Binned, Forest, Settings, Table, train};

/// Goes up whenever rows or targets mean something else: an older model is then not used.
pub const VERSION: u16 = 1;
/// Fewer lessons than this make no model: the queueing figures answer alone.
pub const LEAST: usize = 500;

/// How one forest is trained, and what for.
#[derive(Debug, Clone, Copy)]
struct Recipe {
    role: Role,
    /// It learns by how much `y` differs from what this feature expects; `None`: `y` itself.
    beside: Option<Feature>,
    /// Rows count by this power of the seconds that a unit of `y` means to them: 0 is all the same,
    /// with 1 it is the loss in seconds that is minimised.
    seconds_power: f32,
    settings: Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Centre,
    High,
}

const PLAIN: Settings = Settings {
    quantile: 0.5,
    trees: 160,
    leaves: 24,
    min_leaf: 40,
    rate: 0.06,
    feature_share: 0.4,
    row_share: 0.7,
    bins: 47,
    l2: 2.0,
    extra: false,
    seed: 1,
};

/// Trees that differ more: steadier where days are few.
const EXTRA: Settings = Settings { extra: true, seed: 5, ..PLAIN };

/// The forests of a model, in the order in which their trainings are numbered.
const RECIPES: [Recipe; 4] = [
    Recipe { role: Role::Centre, beside: None, seconds_power: 0.0, settings: EXTRA },
    Recipe {
        role: Role::High,
        beside: None,
        seconds_power: 0.0,
        settings: Settings { quantile: 0.9, seed: 3, ..EXTRA },
    },
    Recipe { role: Role::Centre, beside: Some(Feature::ByPace), seconds_power: 0.0, settings: PLAIN },
    Recipe {
        role: Role::High,
        beside: Some(Feature::ByPace),
        seconds_power: 0.0,
        settings: Settings { quantile: 0.9, seed: 4, ..EXTRA },
    },
];

/// What is expected where the feature beside which a forest learns is not known, seconds.
const UNKNOWN_S: f32 = 300.0;
/// Longest wait that is ever predicted, seconds: a day.
const LONGEST_S: f32 = 86_400.0;

/// What was learned, small enough for a record of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Predict the median.
    pub centre: Vec<Member>,
    /// Predict the 0.9 quantile.
    pub high: Vec<Member>,
    /// The `c` of `y = ln(wait + c)`, seconds.
    pub offset_s: f32,
    /// Nothing that happened at or after this instant was learned.
    pub trained_until: Timestamp,
    /// Lessons it was trained on.
    pub rows: u32,
    /// See [`VERSION`].
    pub version: u16,
}

/// One forest of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Predicts `y`, or by how much it differs from what a feature expects.
    pub forest: Forest,
    /// The place of that feature in a row.
    pub beside: Option<u16>,
}

impl Model {
    /// Trains on `lessons`, which end before `trained_until`, one forest after the other. `progress`
    /// is told the share that is done, 0 to 1. `None` where there are fewer than [`LEAST`] lessons.
    #[must_use]
    pub fn train(
        lessons: &Lessons,
        trained_until: Timestamp,
        seed: u64,
        progress: &mut dyn FnMut(f32),
    ) -> Option<Self> {
        let course = Course::new(lessons, trained_until, seed)?;
        let forests = (0..course.trainings())
            .map(|which| course.train(which, &mut |share| progress((which as f32 + share) / RECIPES.len() as f32)))
            .collect();
        Some(course.finish(forests))
    }

    /// The range of the wait of a ticket about which `row` is known.
    #[must_use]
    pub fn range(&self, row: &Row) -> Range {
        let p50_s = self.wait_s(&self.centre, row);
        let p90_s = self.wait_s(&self.high, row).max(p50_s);
        // Both are held to a day, so they fit.
        Range { p50_ms: (p50_s * 1_000.0) as u32, p90_ms: (p90_s * 1_000.0) as u32 }
    }

    fn wait_s(&self, members: &[Member], row: &Row) -> f32 {
        let one = |Member { forest, beside }: &Member| {
            let expected = beside.map_or(0.0, |feature| expected(row[usize::from(feature)], self.offset_s));
            expected + forest.predict(row)
        };
        let sum: f32 = members.iter().map(one).sum();
        ((sum / members.len() as f32).exp() - self.offset_s).clamp(0.0, LONGEST_S)
    }

    /// Can this model be asked? One that was written by another version, or is damaged, cannot.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut members = self.centre.iter().chain(&self.high);
        let is_sound = |Member { forest, beside }: &Member| {
            forest.is_sound(WIDTH) && beside.is_none_or(|feature| usize::from(feature) < WIDTH)
        };
        self.version == VERSION
            && !self.centre.is_empty()
            && !self.high.is_empty()
            && self.offset_s.is_finite()
            && members.all(is_sound)
    }
}

/// A training that is prepared: its forests can be trained one by one, in any order or side by side,
/// and always become the same.
#[derive(Debug)]
pub struct Course {
    rows: Vec<f32>,
    binned: Binned,
    /// The `y` of each row.
    target: Vec<f32>,
    offset_s: f32,
    trained_until: Timestamp,
    seed: u64,
}

impl Course {
    /// Prepares the training on `lessons`, which end before `trained_until`. `None` where there are
    /// fewer than [`LEAST`].
    #[must_use]
    pub fn new(lessons: &Lessons, trained_until: Timestamp, seed: u64) -> Option<Self> {
        if lessons.len() < LEAST {
            return None;
        }
        let (rows, waits_s) = (lessons.rows(), lessons.waits_s());
        let offset_s = offset_of(&waits_s);
        let target: Vec<f32> = waits_s.iter().map(|wait| (wait.min(LONGEST_S) + offset_s).ln()).collect();
        let table = Table { width: WIDTH, rows: &rows, target: &target, weight: None };
        let binned = Binned::new(&table, PLAIN.bins);
        Some(Self { rows, binned, target, offset_s, trained_until, seed })
    }

    /// Forests to train: numbers 0 to one less than this.
    #[must_use]
    pub const fn trainings(&self) -> usize {
        RECIPES.len()
    }

    /// Trains one forest. `progress` is told the share of its trees that are grown, 0 to 1.
    ///
    /// # Panics
    /// Where there is no forest of this number.
    #[must_use]
    pub fn train(&self, which: usize, progress: &mut dyn FnMut(f32)) -> Forest {
        let Recipe { beside, seconds_power, settings, .. } = RECIPES[which];
        let settings = Settings { seed: self.seed.wrapping_add(settings.seed), ..settings };
        let differences = beside.map(|feature| {
            let all = self.target.iter().zip(self.expected(feature as usize));
            all.map(|(y, expected)| y - expected).collect::<Vec<f32>>()
        });
        let target = differences.as_deref().unwrap_or(&self.target);
        let weight = (seconds_power != 0.0)
            .then(|| self.expected(BASE).map(|y| (y * seconds_power).exp()).collect::<Vec<f32>>());
        let trees = settings.trees as f32;
        train(&self.binned, target, weight.as_deref(), &settings, &mut |done| progress(done as f32 / trees))
    }

    /// The `y` that a feature expects of each row.
    fn expected(&self, feature: usize) -> impl Iterator<Item = f32> + '_ {
        self.rows.chunks_exact(WIDTH).map(move |row| expected(row[feature], self.offset_s))
    }

    /// The model of all the forests, given in the order of their numbers.
    #[must_use]
    pub fn finish(&self, forests: Vec<Forest>) -> Model {
        let (mut centre, mut high) = (Vec::new(), Vec::new());
        for (forest, recipe) in forests.into_iter().zip(&RECIPES) {
            let member = Member { forest, beside: recipe.beside.map(|feature| feature as u16) };
            match recipe.role {
                Role::Centre => centre.push(member),
                Role::High => high.push(member),
            }
        }
        Model {
            centre,
            high,
            offset_s: self.offset_s,
            trained_until: self.trained_until,
            rows: self.target.len() as u32,
            version: VERSION,
        }
    }
}

/// The `y` of a wait that a feature expects, seconds.
fn expected(wait_s: f32, offset_s: f32) -> f32 {
    let wait_s = if wait_s.is_nan() { UNKNOWN_S } else { wait_s.clamp(0.0, LONGEST_S) };
    (wait_s + offset_s).ln()
}

/// The `c` of `y = ln(wait + c)`: a tenth of the median of the waits that were any, 5 to 60 seconds.
fn offset_of(waits_s: &[f32]) -> f32 {
    let mut waits: Vec<f32> = waits_s.iter().copied().filter(|wait| *wait > 0.0).collect();
    let middle = waits.len() / 2;
    if waits.is_empty() {
        return 5.0;
    }
    let (_, median, _) = waits.select_nth_unstable_by(middle, f32::total_cmp);
    (*median / 10.0).clamp(5.0, 60.0)
}

#[cfg(test)]
mod tests {
    use super::super::lessons::Key;
    use super::*;
    use crate::TicketNumber;

    const UNTIL: Timestamp = Timestamp::from_ms(1_000);

    /// A wait is ten times feature 1, more or less by up to a half.
    fn lessons(count: usize) -> Lessons {
        let mut lessons = Lessons::new();
        let mut state = 9_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        for number in 0..count {
            let mut row = [f32::NAN; WIDTH];
            let told = (draw() * 100.0).round();
            row[usize::from(BASE == 1) + 1] = told;
            row[BASE] = 500.0;
            let key = Key { site: 0, service: 0, ticket: TicketNumber::new(&number.to_string()).unwrap() };
            lessons.issued(key, 1, Box::new(row));
            lessons.called(key, told * 10.0 * (0.5 + draw()));
        }
        lessons
    }

    fn asked(told: f32) -> Row {
        let mut row = [f32::NAN; WIDTH];
        row[usize::from(BASE == 1) + 1] = told;
        row[BASE] = 500.0;
        row
    }

    #[test]
    fn too_few_lessons_make_no_model() {
        assert!(Model::train(&lessons(LEAST - 1), UNTIL, 1, &mut |_| {}).is_none());
    }

    #[test]
    fn the_range_is_the_middle_and_the_ninth_tenth_of_what_was_seen() {
        let mut told = Vec::new();
        let model = Model::train(&lessons(6_000), UNTIL, 1, &mut |share| told.push(share)).unwrap();
        assert!(told.is_sorted() && told.last() == Some(&1.0));
        assert!(model.is_sound());
        assert_eq!((model.rows, model.trained_until), (6_000, UNTIL));
        for told in [20.0, 50.0, 80.0] {
            let Range { p50_ms, p90_ms } = model.range(&asked(told));
            let (p50, p90) = (p50_ms as f32 / 1_000.0, p90_ms as f32 / 1_000.0);
            assert!((p50 / (told * 10.0) - 1.0).abs() < 0.12, "{told}: {p50}");
            assert!((p90 / (told * 14.0) - 1.0).abs() < 0.12, "{told}: {p90}");
        }
        let nothing = model.range(&[f32::NAN; WIDTH]);
        assert!(nothing.p50_ms <= nothing.p90_ms);
    }

    #[test]
    fn side_by_side_or_one_after_the_other_is_the_same_and_so_is_what_was_kept() {
        let lessons = lessons(700);
        let model = Model::train(&lessons, UNTIL, 7, &mut |_| {}).unwrap();
        let course = Course::new(&lessons, UNTIL, 7).unwrap();
        let mut forests: Vec<Forest> =
            (0..course.trainings()).rev().map(|which| course.train(which, &mut |_| {})).collect();
        forests.reverse();
        assert_eq!(course.finish(forests), model);
        let kept: Model = postcard::from_bytes(&postcard::to_stdvec(&model).unwrap()).unwrap();
        assert_eq!(kept, model);
        assert_ne!(Model::train(&lessons, UNTIL, 8, &mut |_| {}).unwrap(), model);
    }

    #[test]
    fn a_model_of_another_version_or_without_forests_is_not_asked() {
        let model = Model::train(&lessons(600), UNTIL, 1, &mut |_| {}).unwrap();
        assert!(!Model { version: VERSION + 1, ..model.clone() }.is_sound());
        assert!(!Model { high: Vec::new(), ..model.clone() }.is_sound());
        assert!(!Model { offset_s: f32::NAN, ..model }.is_sound());
    }

    #[test]
    fn the_offset_is_a_tenth_of_the_median_within_bounds() {
        assert_eq!(offset_of(&[]), 5.0);
        assert_eq!(offset_of(&[0.0, 0.0, 10.0]), 5.0);
        assert_eq!(offset_of(&[0.0, 100.0, 200.0, 9_000.0]), 20.0);
        assert_eq!(offset_of(&[5_000.0; 3]), 60.0);
    }
}
