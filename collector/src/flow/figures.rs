//! How every operator of figures is driven: a state a site, shown each step, that may add a part.

use std::rc::Rc;

use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Operator;

use super::state::FigureState;
use super::{Epoch, Part, SiteIx, SiteState, Step};

/// What an operator of figures keeps of one site.
pub trait Figures: Default + 'static {
    /// Takes a step in; what it adds to the board, when it is evaluated.
    fn take(&mut self, step: &Step) -> Option<Part>;

    /// What a snapshot keeps of it.
    fn state(&self) -> FigureState;

    /// Begins with what a snapshot kept.
    fn restore(&mut self, state: &SiteState);
}

/// The operator that keeps an `F` for each site.
pub fn figures<'scope, F: Figures>(
    name: &str,
    steps: StreamVec<'scope, Epoch, Rc<Step>>,
) -> StreamVec<'scope, Epoch, Part> {
    steps.unary::<CapacityContainerBuilder<Vec<_>>, _, _, _>(Pipeline, name, |_, _| {
        let mut sites: HashMap<SiteIx, F> = HashMap::new();
        move |input, output| {
            input.for_each_stamp(|cap, batches| {
                let mut session = output.session(&cap);
                for step in batches.flat_map(|batch| batch.drain(..)) {
                    let site = sites.entry(step.site).or_default();
                    if let Some(state) = &step.restore {
                        site.restore(state);
                    }
                    if let Some(part) = site.take(&step) {
                        session.give(part);
                    }
                    if step.keep.is_some() {
                        session.give(Part::State(step.site, Rc::new(site.state())));
                    }
                }
            });
        }
    })
}
