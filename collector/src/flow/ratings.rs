//! The ratings operator: what citizens pressed, of the business day.

use std::rc::Rc;

use domain::ratings::SiteRatings;
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::state::FigureState;
use super::{Epoch, Part, SiteState, Step};

/// See the module.
pub fn ratings<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    figures::<Site>("Ratings", steps)
}

#[derive(Default)]
struct Site {
    ratings: SiteRatings,
    shown: Option<i32>,
    touched: bool,
}

impl Figures for Site {
    fn take(&mut self, step: &Step) -> Option<Part> {
        for change in &step.changes {
            self.touched |= self.ratings.apply(change);
        }
        let (_, scope) = step.evaluate?;
        let today = step.day.date;
        if !(self.touched || scope.whole() || self.shown != Some(today)) {
            return None;
        }
        self.touched = false;
        self.shown = Some(today);
        self.ratings.advance(today - 1);
        Some(Part::Ratings(step.site, Rc::new(self.ratings.totals(today))))
    }

    fn state(&self) -> FigureState {
        FigureState::Ratings(self.ratings.clone())
    }

    fn restore(&mut self, state: &SiteState) {
        self.ratings.clone_from(&state.ratings);
    }
}
