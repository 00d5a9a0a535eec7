//! When a ticket will be called: half of the tickets by `p50`, nine in ten by `p90`.
//!
//! One [`Estimator`] a site takes the ledger's facts, in their order, and learns from each: the
//! pace of every line, who shares counters with whom, how long services take, what a usual day
//! looks like. A range for a place in a line comes from a row of what is known at that instant
//! ([`row`]): a trained [`model::Model`] reads it where there is one, and else the queueing figures
//! decide. How the promises held moves the upper bound at once (`docs/estimate.md`).
//!
//! Like the ledger it keeps two business days and rewinds when a fact is taken back, so that its
//! state is that of the ordered run, whatever came late.

mod accuracy;
mod counters;
mod fold;
mod group;
mod learned;
pub mod lessons;
pub mod model;
mod outlook;
mod promise;
mod queue;
pub mod row;
mod sharing;
mod state;
#[cfg(test)]
mod tests;
mod told;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use self::accuracy::{Accuracy, Kept};
use self::fold::Came;
use self::model::Model;
pub use self::outlook::Habits;
use self::queue::Queue;
pub use self::row::{BASE, NAMES, Row, WIDTH};
use self::state::{Open, State};
use self::told::{Told, What};
use crate::Timestamp;
use crate::board::Promise;
use crate::calendar::Hours;
use crate::facts::{Change, ServiceIx};

/// So many of a line are worked out one by one when all of it is asked for.
const WORKED_OUT: usize = 100;
/// As many checkpoints are kept while facts are taken back, spread over the two days.
const CHECKPOINTS: usize = 3;
/// After as many facts in order, they are let go.
const CALM: u32 = 2_048;

/// A promised range, in open (working) milliseconds from the instant it was asked for: a break
/// has no length in it ([`Hours::add_working`] gives the wall clock).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Half are called by then.
    pub p50_ms: u32,
    /// Nine in ten are called by then; never below `p50_ms`.
    pub p90_ms: u32,
}

/// A promise that was judged: its ticket was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Its place in the line ([`crate::facts::InLine::order`]), which no other wait has.
    pub order: u32,
    /// What was promised when the wait began.
    pub range: Range,
    /// How long it waited, in open (working) milliseconds like the range.
    pub waited_ms: u32,
}

/// What an estimate needs beside the facts.
#[derive(Debug)]
pub struct Place<'a> {
    /// The site's opening hours.
    pub hours: &'a mut Hours,
    /// The trained part in force.
    pub model: Option<&'a Model>,
}

/// What was known when a ticket was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Issued {
    /// The row.
    pub row: Box<Row>,
    /// The promised range; `None` while too little is known of the service.
    pub range: Option<Range>,
    /// The same, wide where too little is known: what a forecast of every ticket shows.
    pub wide: Range,
}

/// A ticket in line and what it can expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Its number.
    pub ticket: crate::TicketNumber,
    /// When its wait began, in open milliseconds before the instant asked.
    pub waited_ms: u32,
    /// Until its call, from the instant asked.
    pub range: Option<Range>,
}

/// See the module.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Estimator {
    /// Facts of the present business day and the one before.
    log: VecDeque<Told>,
    /// As many of them are in `state`.
    folded: usize,
    /// As many of those are still the same: fewer when some were taken back.
    valid: usize,
    state: State,
    /// The state before the first of `log`.
    origin: Box<State>,
    checkpoints: Vec<(usize, State)>,
    calm: u32,
    /// Margin and accuracy before the first fact of each business day of `log`, the latest last.
    /// The origin is folded without promises, which alone move them.
    mornings: Vec<Morning>,
}

/// What promises had taught before a business day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Morning {
    date: i32,
    widen: [f32; state::BANDS],
    late_misses: [f32; state::BANDS],
    accuracy: Accuracy,
}

impl Default for Estimator {
    fn default() -> Self {
        Self::new()
    }
}

impl Estimator {
    /// One that knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            log: VecDeque::new(),
            folded: 0,
            valid: 0,
            state: State::default(),
            origin: Box::default(),
            checkpoints: Vec::new(),
            calm: 0,
            mornings: Vec::new(),
        }
    }

    /// Takes a change of the ledger, in its order. A ticket that joins a line is given its range;
    /// `None` for other facts, and while facts that were taken back have not been told anew.
    pub fn apply(&mut self, change: &Change, place: &mut Place<'_>) -> Option<Issued> {
        let told = Told::of(&change.fact)?;
        if !change.holds {
            // The ledger takes back the last first. What is older than two days stays.
            if self.log.back() == Some(&told) {
                self.log.pop_back();
                self.valid = self.valid.min(self.log.len());
                self.calm = 0;
            }
            return None;
        }
        self.forget(&told, place);
        let in_order = self.folded == self.log.len() && self.valid == self.folded;
        self.log.push_back(told);
        if !in_order {
            return None;
        }
        self.calm += 1;
        if self.calm == CALM {
            self.checkpoints = Vec::new();
        }
        self.fold_next(place)
    }

    /// Works out what late facts have left open.
    pub fn settle(&mut self, place: &mut Place<'_>) {
        if self.valid < self.folded {
            self.rewind(place);
        }
        while self.folded < self.log.len() {
            self.fold_next(place);
        }
    }

    /// Another model comes into force; `place` is still that of the one before. A later rewind goes
    /// back to the first of the two days, so that its result does not depend on what was kept by
    /// the way with the model before.
    pub fn before_another_model(&mut self, place: &mut Place<'_>) {
        self.settle(place);
        self.checkpoints = Vec::new();
    }

    /// The range of a ticket of class `normal` taken at `as_of`; `None` while too little is known.
    pub fn range(&mut self, service: ServiceIx, as_of: Timestamp, place: &mut Place<'_>) -> Option<Range> {
        self.settle(place);
        let at = open(as_of, place.hours);
        let queue = Queue { state: &self.state, ix: service, class: 0, at, place: None };
        promise::issued(&queue, place.model).range
    }

    /// The same, where nothing is known a wide one: of the queueing formula alone.
    pub fn range_or_prior(&mut self, service: ServiceIx, as_of: Timestamp, place: &mut Place<'_>) -> Range {
        self.settle(place);
        let at = open(as_of, place.hours);
        let queue = Queue { state: &self.state, ix: service, class: 0, at, place: None };
        promise::issued(&queue, place.model).wide
    }

    /// Everybody in line for a service, first come first.
    pub fn line(&mut self, service: ServiceIx, as_of: Timestamp, place: &mut Place<'_>) -> Vec<Standing> {
        self.settle(place);
        let at = open(as_of, place.hours);
        let line = self.state.services.get(usize::from(service)).map_or(&[][..], |service| &service.line);
        let standing = |waiting: &state::Waiting| {
            let place_in_line = Some((waiting.since, waiting.order));
            let queue = Queue { state: &self.state, ix: service, class: waiting.class, at, place: place_in_line };
            Standing {
                ticket: waiting.ticket,
                waited_ms: u32::try_from(at.saturating_sub(waiting.since)).unwrap_or(0),
                range: promise::issued(&queue, place.model).range,
            }
        };
        let mut standing: Vec<Standing> = line.iter().take(WORKED_OUT).map(standing).collect();
        // Who stands far behind is told what the last one is, in proportion.
        let last = standing.last().and_then(|last| last.range);
        let further = line.iter().zip(1_u64..).skip(WORKED_OUT).map(|(waiting, nth)| {
            let scaled = |ms: u32| u32::try_from(u64::from(ms) * nth / WORKED_OUT as u64).unwrap_or(u32::MAX);
            Standing {
                ticket: waiting.ticket,
                waited_ms: u32::try_from(at.saturating_sub(waiting.since)).unwrap_or(0),
                range: last.map(|Range { p50_ms, p90_ms }| Range { p50_ms: scaled(p50_ms), p90_ms: scaled(p90_ms) }),
            }
        });
        standing.extend(further);
        standing
    }

    /// The promises that were judged on the present business day and the one before.
    pub fn judged(&mut self, place: &mut Place<'_>) -> Vec<Judged> {
        self.settle(place);
        self.state.judged.concat()
    }

    /// How today's promises of a service held; `None` while no promised ticket was called.
    #[must_use]
    pub fn promise(&self, service: ServiceIx) -> Option<Promise> {
        let promise = self.state.services.get(usize::from(service))?.promise;
        (promise.n > 0).then_some(promise)
    }

    /// How the site's promises hold.
    #[must_use]
    pub const fn accuracy(&self) -> &Accuracy {
        &self.state.accuracy
    }

    /// Whether somebody waits for a service.
    #[must_use]
    pub fn somebody_waits(&self, service: ServiceIx) -> bool {
        self.state.services.get(usize::from(service)).is_some_and(|service| !service.line.is_empty())
    }

    /// Bytes that the site's facts and figures take, about: what benchmarks hold against the limit.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let states = self.checkpoints.iter().map(|(_, state)| state).chain([&self.state, &*self.origin]);
        self.log.capacity() * size_of::<Told>() + states.map(State::size_bytes).sum::<usize>()
    }

    /// Lets go of the days before the last two: they become the origin. What is derived there is
    /// not promised anew; accuracy and margin are those that the promises of the time have left.
    fn forget(&mut self, told: &Told, place: &mut Place<'_>) {
        let date = place.hours.day_of(told.at).date;
        if self.mornings.last().is_some_and(|last| date <= last.date) {
            return;
        }
        self.settle(place);
        let State { widen, late_misses, accuracy, .. } = &self.state;
        let (widen, late_misses, accuracy) = (*widen, *late_misses, accuracy.clone());
        self.mornings.push(Morning { date, widen, late_misses, accuracy });
        self.mornings.retain(|morning| morning.date >= date - 1);
        let old = |at: Timestamp, hours: &mut Hours| hours.day_of(at).date < date - 1;
        let mut gone = 0;
        while let Some(first) = self.log.front().copied().filter(|first| old(first.at, place.hours)) {
            self.log.pop_front();
            fold_into(&mut self.origin, first, place, None);
            gone += 1;
        }
        if let Some(morning) = self.mornings.first() {
            self.origin.widen = morning.widen;
            self.origin.late_misses = morning.late_misses;
            self.origin.accuracy = morning.accuracy.clone();
        }
        self.folded -= gone;
        self.valid -= gone;
        self.checkpoints = Vec::new();
        self.log.shrink_to_fit();
    }

    fn fold_next(&mut self, place: &mut Place<'_>) -> Option<Issued> {
        let told = *self.log.get(self.folded)?;
        self.folded += 1;
        self.valid = self.folded;
        let model = place.model;
        self.note_morning(told.at, place.hours);
        fold_into(&mut self.state, told, place, Some(&|queue: &Queue<'_>| promise::issued(queue, model)))
    }

    /// What promises had taught before the first fact of a day; told anew when late facts of the day
    /// before changed it.
    fn note_morning(&mut self, at: Timestamp, hours: &mut Hours) {
        let date = hours.day_of(at).date;
        let State { widen, late_misses, accuracy, .. } = &self.state;
        if self.state.date.is_none_or(|last| last < date)
            && let Some(morning) = self.mornings.iter_mut().find(|morning| morning.date == date)
        {
            *morning = Morning { date, widen: *widen, late_misses: *late_misses, accuracy: accuracy.clone() };
        }
    }

    /// Takes the state back to before what is not in the log any more.
    fn rewind(&mut self, place: &mut Place<'_>) {
        let valid = self.valid;
        self.checkpoints.retain(|(at, _)| *at <= valid);
        let (start, state) = match self.checkpoints.last() {
            Some((at, state)) => (*at, state.clone()),
            None => (0, (*self.origin).clone()),
        };
        (self.folded, self.valid, self.state) = (start, start, state);
        while self.folded < valid {
            self.fold_next(place);
        }
        if start < valid {
            self.checkpoints.push((valid, self.state.clone()));
            if self.checkpoints.len() > CHECKPOINTS {
                self.checkpoints.remove(1);
            }
        }
    }
}

/// Open milliseconds since the business day of `at` began.
fn open(at: Timestamp, hours: &mut Hours) -> Open {
    let day = hours.day_of(at);
    Open::try_from(hours.working_between(day.start, at)).unwrap_or(Open::MAX)
}

type Predict<'a> = &'a dyn Fn(&Queue<'_>) -> Issued;

/// Folds one fact.
fn fold_into(state: &mut State, told: Told, place: &mut Place<'_>, predict: Option<Predict<'_>>) -> Option<Issued> {
    let hours = &mut *place.hours;
    let day = hours.day_of(told.at);
    if state.date.is_none_or(|date| date < day.date) {
        let length = state.date.map_or(0, |_| hours.working_between(state.start, day.start));
        state.start_day(day.date, day.start, Open::try_from(length).unwrap_or(Open::MAX));
    }
    let at = open(told.at, hours);
    let mut when = |since: Timestamp| {
        if since >= day.start {
            open(since, hours)
        } else {
            Open::try_from(-hours.working_between(since, day.start)).unwrap_or(Open::MIN)
        }
    };
    match told.what {
        What::Came { service, ticket, order, class } => {
            let who = Came { service, ticket, order, class };
            return state.came(at, who, |queue| predict.map(|predict| predict(queue)));
        }
        What::Called { service, since, order, counter } => state.called(at, service, (when(since), order), counter),
        What::Left { service, since, order } => state.left(service, (when(since), order)),
        What::Free { counter, from } => {
            let from = when(from);
            state.free(at, counter, Some(from));
        }
        What::Opened { counter } => state.counter(counter).open = true,
        What::Closed { counter } => state.counter(counter).open = false,
        What::Staffing { service, open } => {
            state.sharing.staffed(service, open, at);
            state.service(service).note_staffing(at, open);
        }
    }
    None
}
