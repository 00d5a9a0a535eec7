//! The estimates operator: what a ticket taken now can expect of each service, how today's promises
//! held, and the outlook of the site.

use std::rc::Rc;
use std::sync::Arc;

use domain::Timestamp;
use domain::calendar::Hours;
use domain::estimate::model::Model;
use domain::estimate::{Estimator, Place};
use domain::facts::ServiceIx;
use domain::view::{Expected, SiteNames, Wait};
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::outlook::Prospects;
use super::state::FigureState;
use super::waits::service_of;
use super::{Epoch, EstimatesPart, Extent, Part, SiteState, Step};

/// What was reckoned for a service that nothing touched since holds for so long. Whole boards are
/// reckoned anew: they say what the journal says at their `as_of`, whatever was shown before.
const HOLDS_MS: i64 = 1_000;

/// See the module.
pub fn estimates<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    figures::<Site>("Estimates", steps)
}

#[derive(Default)]
struct Site {
    calendar: Option<Calendar>,
    model: Option<Arc<Model>>,
    estimator: Estimator,
    touched: Vec<bool>,
    /// What was reckoned last, and when.
    known: Vec<Option<(Timestamp, Expected)>>,
    prospects: Prospects,
}

/// The site's calendar, which remembers the days it was asked for.
struct Calendar {
    names: SiteNames,
    hours: Hours,
}

impl Figures for Site {
    fn take(&mut self, step: &Step) -> Option<Part> {
        if step.configured || self.calendar.is_none() {
            self.calendar = Some(Calendar { hours: step.names.site_hours().clone(), names: (*step.names).clone() });
        }
        self.hear(step);
        self.touch(step);
        if step.history.is_some() {
            return self.judged(step);
        }
        let (as_of, extent) = step.evaluate?;
        let exact = extent == Extent::Whole { board: true };
        let due: Vec<usize> = (0..self.touched.len()).filter(|ix| extent.whole() || self.touched[*ix]).collect();
        let services = due.into_iter().map(|ix| (ix as ServiceIx, self.expect(ix, as_of, exact, step))).collect();
        let outlook = if exact { self.outlook(as_of, step) } else { None };
        Some(Part::Estimates(step.site, Rc::new(EstimatesPart { services, outlook })))
    }

    fn state(&self) -> FigureState {
        FigureState::Estimates(Box::new(self.estimator.clone()))
    }

    fn restore(&mut self, state: &SiteState) {
        self.estimator = (*state.estimates).clone();
        self.prospects.restore(state);
    }
}

impl Site {
    /// Takes the facts in, each with the model that was in force then.
    fn hear(&mut self, step: &Step) {
        let Some(Calendar { hours, .. }) = &mut self.calendar else { return };
        if let Some(model) = &step.model {
            self.estimator.before_another_model(&mut Place { hours, model: self.model.as_deref() });
            self.model = Some(Arc::clone(model));
        }
        let mut place = Place { hours, model: self.model.as_deref() };
        for change in &step.changes {
            self.estimator.apply(change, &mut place);
            self.prospects.apply(change);
        }
        self.prospects.counters(&step.counters);
    }

    /// The promises that were judged, for history.
    fn judged(&mut self, step: &Step) -> Option<Part> {
        let Calendar { hours, .. } = self.calendar.as_mut()?;
        let judged = self.estimator.judged(&mut Place { hours, model: self.model.as_deref() });
        Some(Part::Judged(step.site, judged))
    }

    fn touch(&mut self, step: &Step) {
        let known = step.named.services.len();
        self.touched.resize(known, true);
        self.known.resize(known, None);
        for change in &step.changes {
            if let Some(touched) = service_of(change).and_then(|ix| self.touched.get_mut(usize::from(ix))) {
                *touched = true;
            }
        }
        if step.staffed || step.configured || step.model.is_some() {
            self.touched.fill(true);
        }
    }

    fn expect(&mut self, ix: usize, as_of: Timestamp, exact: bool, step: &Step) -> Expected {
        let touched = std::mem::take(&mut self.touched[ix]);
        if let Some((of, known)) = self.known[ix]
            && !touched
            && !exact
            && (0..HOLDS_MS).contains(&as_of.since(of))
        {
            return known;
        }
        let expected = self.reckon(ix, as_of, step);
        self.known[ix] = Some((as_of, expected));
        expected
    }

    fn reckon(&mut self, ix: usize, as_of: Timestamp, step: &Step) -> Expected {
        let Some(Calendar { names, hours }) = &mut self.calendar else { return Expected::default() };
        let mut place = Place { hours, model: self.model.as_deref() };
        let range = self.estimator.range(ix as ServiceIx, as_of, &mut place);
        let wait = range.map_or(Wait::Unknown, |range| {
            let open_ms = (i64::from(range.p50_ms), i64::from(range.p90_ms));
            Wait::of_open_time(names.service_hours(step.named.services[ix]), as_of, open_ms)
        });
        Expected { wait, promise: self.estimator.promise(ix as ServiceIx) }
    }

    fn outlook(&mut self, as_of: Timestamp, step: &Step) -> Option<Box<domain::outlook::Outlook>> {
        let Calendar { names, hours } = self.calendar.as_mut()?;
        self.prospects.look(as_of, step, names, (&mut self.estimator, Place { hours, model: self.model.as_deref() }))
    }
}
