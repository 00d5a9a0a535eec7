//! The load operator: busy and open time of each counter, and its day.

use std::rc::Rc;

use domain::facts::{Change, CounterIx, Fact};
use domain::load::CounterLoad;
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::state::FigureState;
use super::{Epoch, Part, SiteState, Step};

/// See the module.
pub fn load<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    figures::<Site>("Load", steps)
}

#[derive(Default)]
struct Site {
    counters: Vec<CounterLoad>,
    touched: Vec<bool>,
}

impl Figures for Site {
    fn take(&mut self, step: &Step) -> Option<Part> {
        let known = step.named.counters.len();
        self.counters.resize_with(known, CounterLoad::default);
        self.touched.resize(known, true);
        for change in &step.changes {
            if let Some(ix) = counter_of(change).map(usize::from).filter(|ix| *ix < known) {
                self.counters[ix].apply(change);
                self.touched[ix] = true;
            }
        }
        for (ix, _) in &step.counters {
            self.touched[usize::from(*ix)] = true;
        }
        let (window_ms, today) = (step.names.window_ms(), step.day.date);
        // Yesterday's totals stay, for late events of yesterday.
        let keep = today - 1;
        let Some((as_of, scope)) = step.evaluate else {
            // Nothing is shown, as in a long recovery: what left the window goes all the same.
            self.counters.iter_mut().for_each(|load| load.advance(step.now, window_ms, keep));
            return None;
        };
        let mut figures = Vec::new();
        for ix in 0..known {
            if scope.whole() || self.touched[ix] {
                self.touched[ix] = false;
                let load = &mut self.counters[ix];
                load.advance(as_of, window_ms, keep);
                figures.push((ix as CounterIx, load.figures(as_of, window_ms, today)));
            }
        }
        Some(Part::Load(step.site, figures.into()))
    }

    fn state(&self) -> FigureState {
        FigureState::Load(self.counters.clone())
    }

    fn restore(&mut self, state: &SiteState) {
        self.counters.clone_from(&state.load);
    }
}

const fn counter_of(change: &Change) -> Option<CounterIx> {
    match change.fact {
        Fact::OpenBegan(span) | Fact::OpenEnded(span) | Fact::BusyBegan(span) | Fact::BusyEnded(span) => {
            Some(span.counter)
        }
        Fact::Served { counter, .. } => Some(counter),
        Fact::Rated { counter, .. } => counter,
        // Lines and the door are no counter's load.
        Fact::Arrived { .. }
        | Fact::WaitBegan(_)
        | Fact::WaitEnded { .. }
        | Fact::Abandoned { .. }
        | Fact::Missed { .. }
        | Fact::Archived { .. }
        | Fact::Unbound { .. }
        | Fact::Staffing { .. }
        | Fact::Parked
        | Fact::Rejected { .. } => None,
    }
}
