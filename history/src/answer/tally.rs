//! What a figure gathers for one row, and how cells reach their rows.

use domain::history::Hour;
use domain::{CameraId, CounterId, OfficerId, ServiceId, ZoneId};

use super::coverage::Heard;
use super::groups::{Groups, SKIP};
use super::question::By;
use super::shape::{Column, Missing, Value};
use crate::source::{Cells, Key, Names};
use crate::{DayPart, Part};

/// As many tallies a question may need: rows that stay empty count too.
pub(super) const MOST_TALLIES: usize = 400_000;

/// What one figure gathers of one row.
pub(super) trait Tally: Default {
    /// The parts that it reads.
    const PARTS: &'static [Part];
    /// Its columns.
    const COLUMNS: &'static [Column];

    /// Takes in a part of a day.
    fn take(cells: &Cells<'_>, to: &mut Sheet<'_, Self>);

    /// Whether anything happened that one of the columns is about.
    fn touched(&self, of: &Of) -> bool;

    /// The values, in the order of the columns.
    fn values(&mut self, of: &Of) -> Vec<Value>;
}

/// What the row is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    /// How complete its hours are.
    pub heard: Heard,
    /// By or of one counter or officer: what happens at no counter is not to be told.
    pub at_counter: bool,
    /// By or of one officer.
    pub of_officer: bool,
    /// One site, one service: one line.
    pub one_line: bool,
    /// Something was heard in its hours, or happened.
    pub known: bool,
}

impl Of {
    /// What the rows of a question by `by` have in common.
    pub fn question(question: &super::question::Question, by: &[By]) -> Self {
        let named = |one: By| by.contains(&one) || question.only.named().any(|other| other == one);
        Self {
            heard: Heard::default(),
            at_counter: named(By::Counter) || named(By::Officer),
            of_officer: named(By::Officer),
            one_line: named(By::Service) && (question.sites.len() == 1 || by.contains(&By::Site)),
            known: false,
        }
    }

    fn make(&self, value: Option<f64>, n: u64, missing: Option<Missing>) -> Value {
        Value { value, n, completeness: self.heard.completeness(), exact: value.is_some(), missing }
    }

    fn none(&self, n: u64) -> Value {
        self.make(None, n, Some(if self.known { Missing::Nothing } else { Missing::NoData }))
    }

    /// How many: 0 where it was listened to, nothing where it was not.
    pub fn count(&self, n: u64) -> Value {
        if self.known { self.make(Some(n as f64), n, None) } else { self.none(0) }
    }

    /// Milliseconds, of `n` observations; shown in seconds.
    pub fn seconds(&self, ms: Option<i64>, n: u64) -> Value {
        self.number(ms.map(|ms| ms as f64 / 1_000.0), n)
    }

    /// A number of `n` observations.
    pub fn number(&self, value: Option<f64>, n: u64) -> Value {
        if value.is_some() { self.make(value, n, None) } else { self.none(n) }
    }

    /// A part of `n`, up to six decimals.
    pub fn share(&self, part: u64, n: u64) -> Value {
        self.ratio(part as f64, n as f64, n)
    }

    /// A part of a whole in whatever unit, up to six decimals; `n` observations.
    pub fn ratio(&self, part: f64, whole: f64, n: u64) -> Value {
        self.number((whole > 0.0).then(|| decimals(part / whole)), n)
    }

    /// What these rows cannot tell.
    pub fn not_of_group(&self) -> Value {
        self.make(None, 0, Some(Missing::NotOfGroup))
    }

    /// What is of too few to be told.
    pub fn too_few(&self, n: u64) -> Value {
        self.make(None, n, Some(Missing::TooFew))
    }
}

/// Cut to six decimals, to the nearest: sums of floats never show.
pub(super) fn decimals(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// All tallies of a question, and to which of them the cells of the present part belong.
#[derive(Debug)]
pub(super) struct Sheet<'a, T> {
    groups: &'a mut Groups,
    tallies: &'a mut Vec<T>,
    names: Names<'a>,
    /// The first time of the part's day, and how many times a row has.
    time: usize,
    times: usize,
    by_hour: bool,
}

/// Where the cells of a day go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first time of the day.
    pub time: usize,
    /// How many times a row has.
    pub times: usize,
    /// Times are by hour.
    pub by_hour: bool,
}

impl<'a, T: Default> Sheet<'a, T> {
    /// For the cells of a part.
    pub fn new(groups: &'a mut Groups, tallies: &'a mut Vec<T>, part: &DayPart<'a>, place: Place) -> Self {
        groups.begin(part.site, &part.names);
        let Place { time, times, by_hour } = place;
        Self { groups, tallies, names: part.names, time, times, by_hour }
    }

    /// Of a flow cell.
    #[inline]
    pub fn flow(&mut self, key: Key) -> Option<&mut T> {
        let row = self.groups.flow(key, &self.names);
        self.at(row, key.hour)
    }

    /// Of a line.
    #[inline]
    pub fn line(&mut self, hour: Hour, service: &ServiceId) -> Option<&mut T> {
        let row = self.groups.line(service, &self.names);
        self.at(row, hour)
    }

    /// Of a counter.
    #[inline]
    pub fn post(&mut self, hour: Hour, counter: &CounterId, officer: Option<OfficerId>) -> Option<&mut T> {
        let row = self.groups.post(counter, officer, &self.names);
        self.at(row, hour)
    }

    /// Of a zone.
    #[inline]
    pub fn view(&mut self, hour: Hour, camera: CameraId, zone: ZoneId) -> Option<&mut T> {
        let row = self.groups.view(camera, zone);
        self.at(row, hour)
    }

    /// Of the site as a whole.
    pub fn whole(&mut self, hour: Hour) -> Option<&mut T> {
        let row = self.groups.whole();
        self.at(row, hour)
    }

    #[inline]
    fn at(&mut self, row: u32, hour: Hour) -> Option<&mut T> {
        if row == SKIP {
            return None;
        }
        let hour = if self.by_hour { usize::from(hour.min(23)) } else { 0 };
        let place = row as usize * self.times + self.time + hour;
        if place >= self.tallies.len() {
            let length = (row as usize + 1) * self.times;
            if length > MOST_TALLIES {
                return None;
            }
            self.tallies.resize_with(length, T::default);
        }
        self.tallies.get_mut(place)
    }
}
