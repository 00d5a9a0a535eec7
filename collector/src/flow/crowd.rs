//! The crowd operator: what the cameras say of the zones.

use std::rc::Rc;

use domain::crowd::{SiteCrowd, ZonePlace};
use domain::event::ZoneKind;
use domain::view::zone_row;
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::state::FigureState;
use super::{CrowdWord, Epoch, Part, SiteState, Step};

/// See the module.
pub fn crowd<'scope>(steps: StreamVec<'scope, Epoch, Rc<Step>>) -> StreamVec<'scope, Epoch, Part> {
    figures::<Site>("Crowd", steps)
}

#[derive(Default)]
struct Site {
    crowd: SiteCrowd,
    touched: bool,
}

impl Figures for Site {
    fn take(&mut self, step: &Step) -> Option<Part> {
        for word in &step.crowd {
            self.touched |= match word {
                CrowdWord::Event(at, body) => self.crowd.apply(*at, body),
                CrowdWord::Level(camera, zone, at, level, people) => {
                    self.crowd.occupancy(*camera, *zone, *at, *level, *people)
                }
            };
        }
        self.touched |= step.configured;
        let (_, scope) = step.evaluate?;
        if !(self.touched || scope.whole()) {
            return None;
        }
        self.touched = false;
        let rows = self.places(step).into_iter().map(|place| zone_row(place, self.crowd.now(place.camera, place.zone)));
        Some(Part::Crowd(step.site, rows.collect()))
    }

    fn state(&self) -> FigureState {
        FigureState::Crowd(self.crowd.clone())
    }

    fn restore(&mut self, state: &SiteState) {
        self.crowd.clone_from(&state.crowd);
    }
}

impl Site {
    /// The configured zones; at a discovered site those that were heard of, taken for waiting areas.
    fn places(&self, step: &Step) -> Vec<ZonePlace> {
        if !step.names.config().discover {
            return step.names.zones().collect();
        }
        let heard = self.crowd.heard();
        heard.map(|(camera, zone)| ZonePlace { camera, zone, kind: ZoneKind::Waiting, counter: None }).collect()
    }
}
