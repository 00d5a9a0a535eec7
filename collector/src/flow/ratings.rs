//! The ratings operator: what citizens pressed, of the business day.

use std::rc::Rc;

use domain::ratings::SiteRatings;
use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Operator;

use super::{Epoch, Part, SiteIx, Step};

/// See the module.
pub fn ratings<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    steps.unary::<CapacityContainerBuilder<Vec<_>>, _, _, _>(Pipeline, "Ratings", |_, _| {
        let mut sites: HashMap<SiteIx, Site> = HashMap::new();
        move |input, output| {
            input.for_each_stamp(|cap, batches| {
                let mut session = output.session(&cap);
                for step in batches.flat_map(|batch| batch.drain(..)) {
                    if let Some(part) = sites.entry(step.site).or_default().take(&step) {
                        session.give(part);
                    }
                }
            });
        }
    })
}

#[derive(Default)]
struct Site {
    ratings: SiteRatings,
    shown: Option<i32>,
    touched: bool,
}

impl Site {
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
}
