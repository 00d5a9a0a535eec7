//! The crowd operator: what the cameras say of the zones.

use std::rc::Rc;

use domain::Timestamp;
use domain::crowd::matters::ZoneFact;
use domain::crowd::{SiteCrowd, Standing, ZonePlace};
use domain::event::ZoneKind;
use domain::view::zone_row;
use timely::dataflow::StreamVec;

use super::figures::{Figures, figures};
use super::history::{DayPart, Telling};
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
    /// The business day of the last step: its date and its start.
    day: Option<(i32, Timestamp)>,
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
        if let Some(telling) = &step.history {
            return Some(self.seen(step, telling));
        }
        self.forget(step);
        let (_, scope) = step.evaluate?;
        if !(self.touched || scope.whole()) {
            return None;
        }
        self.touched = false;
        let full = step.names.config().crowd.crowd_level;
        let fact = |place: ZonePlace| ZoneFact {
            row: zone_row(place, self.crowd.now(place.camera, place.zone)),
            // What is a matter is looked at with the whole board alone: this reads two days.
            standing: if scope.whole() {
                self.crowd.standing(place.camera, place.zone, full).within(step.day.start)
            } else {
                Standing::default()
            },
        };
        Some(Part::Crowd(step.site, self.places(step).into_iter().map(fact).collect()))
    }

    fn state(&self) -> FigureState {
        FigureState::Crowd(self.crowd.clone())
    }

    fn restore(&mut self, state: &SiteState) {
        self.crowd.clone_from(&state.crowd);
    }
}

impl Site {
    /// When a day has begun, what lies before the one before it is let go.
    fn forget(&mut self, step: &Step) {
        let today = (step.day.date, step.day.start);
        if let Some((_, start)) = self.day.replace(today).filter(|before| *before != today) {
            self.crowd.forget(start);
        }
    }

    /// What the cameras saw on the days that history is told of.
    fn seen(&self, step: &Step, telling: &Telling) -> Part {
        let places = self.places(step);
        let kind = |camera, zone| {
            let place = places.iter().find(|place| (place.camera, place.zone) == (camera, zone));
            place.map(|place| place.kind).filter(|kind| *kind != ZoneKind::Ignore)
        };
        let of_day = |part: &DayPart| self.crowd.seen().of_day(part.day(), part.utc_offset_s, part.until, kind);
        Part::Seen(step.site, telling.days.borrow().iter().map(of_day).collect())
    }

    /// The configured zones; at a discovered site those that were heard of, taken for waiting areas.
    fn places(&self, step: &Step) -> Vec<ZonePlace> {
        if !step.names.config().discover {
            return step.names.zones().collect();
        }
        let heard = self.crowd.heard();
        heard.map(|(camera, zone)| ZonePlace { camera, zone, kind: ZoneKind::Waiting, counter: None }).collect()
    }
}
