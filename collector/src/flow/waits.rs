//! The waits operator: lines and windows of each service.

use std::rc::Rc;

use domain::Timestamp;
use domain::facts::{Change, Fact, ServiceIx};
use domain::waits::ServiceWaits;
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::state::FigureState;
use super::{Epoch, Part, SiteState, Step, WaitsPart};

/// See the module.
pub fn waits<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    figures::<Site>("Waits", steps)
}

#[derive(Default)]
struct Site {
    services: Vec<ServiceWaits>,
    touched: Vec<bool>,
}

impl Figures for Site {
    fn take(&mut self, step: &Step) -> Option<Part> {
        let known = step.named.services.len();
        self.services.resize_with(known, ServiceWaits::default);
        self.touched.resize(known, true);
        for change in &step.changes {
            if let Some(ix) = service_of(change).map(usize::from).filter(|ix| *ix < known) {
                self.services[ix].apply(change);
                self.touched[ix] = true;
            }
        }
        if step.staffed || step.configured {
            self.touched.fill(true);
        }
        let window_ms = step.names.window_ms();
        let Some((as_of, scope)) = step.evaluate else {
            // Nothing is shown, as in a long recovery: what left the window goes all the same.
            self.services.iter_mut().for_each(|waits| waits.advance(step.now, window_ms));
            return None;
        };
        let whole = scope.whole();
        let due = (0..known).filter(|ix| whole || self.touched[*ix]).collect::<Vec<_>>();
        let services = due.into_iter().map(|ix| self.evaluate(ix, as_of, window_ms)).collect();
        let next_edge = self.services.iter().filter_map(|waits| waits.next_edge(window_ms)).min();
        Some(Part::Waits(step.site, Rc::new(WaitsPart { services, next_edge })))
    }

    fn state(&self) -> FigureState {
        FigureState::Waits(self.services.clone())
    }

    fn restore(&mut self, state: &SiteState) {
        self.services.clone_from(&state.waits);
    }
}

impl Site {
    fn evaluate(&mut self, ix: usize, as_of: Timestamp, window_ms: i64) -> (ServiceIx, domain::waits::WaitFigures) {
        self.touched[ix] = false;
        let waits = &mut self.services[ix];
        waits.advance(as_of, window_ms);
        (ix as ServiceIx, waits.figures(as_of))
    }
}

/// The service whose line or window a change is of.
pub(super) const fn service_of(change: &Change) -> Option<ServiceIx> {
    match change.fact {
        Fact::Arrived { service, .. } | Fact::Abandoned { service, .. } | Fact::Staffing { service, .. } => {
            Some(service)
        }
        Fact::WaitBegan(line) | Fact::WaitEnded { line, .. } => Some(line.service),
        // What happens at counters touches no line.
        Fact::Missed { .. }
        | Fact::Archived { .. }
        | Fact::OpenBegan(_)
        | Fact::OpenEnded(_)
        | Fact::BusyBegan(_)
        | Fact::BusyEnded(_)
        | Fact::Served { .. }
        | Fact::Rated { .. }
        | Fact::Unbound { .. }
        | Fact::Parked
        | Fact::Rejected { .. } => None,
    }
}
