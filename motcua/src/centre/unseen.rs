//! What only cameras see: an officer who leaves an open counter without a word while people wait, and
//! a group that fills the benches and takes no tickets.

use domain::Timestamp;
use domain::event::ZoneKind;

use super::desk::Status;
use super::hall::{Hall, Scene, Step};
use super::hours::Day;
use super::layout::Layout;
use super::random::{Dice, ms};

/// Minutes from one who leaves to the next, and for how long he is away.
const EVERY_MIN: (f64, f64) = (30.0, 60.0);
const AWAY_MIN: (f64, f64) = (7.0, 11.0);
/// Nobody leaves that soon after the opening, or that late, minutes.
const STAYS_MIN: f64 = 25.0;
/// When groups come, minutes after the opening, and for how long they sit there.
const GROUPS_MIN: [(f64, f64); 2] = [(285.0, 305.0), (430.0, 510.0)];
const SITS_MIN: (f64, f64) = (16.0, 20.0);

/// When somebody leaves on a day.
pub(super) fn leaves(day: &Day, dice: &mut Dice) -> Vec<Timestamp> {
    let mut all = Vec::new();
    let mut at = day.open.plus(ms(STAYS_MIN * 60.0));
    loop {
        at = at.plus(ms(dice.between(EVERY_MIN.0, EVERY_MIN.1) * 60.0));
        if at >= day.last.plus(-ms(STAYS_MIN * 60.0)) {
            return all;
        }
        all.push(at);
    }
}

/// From when to when a group sits in the hall.
pub(super) fn groups(day: &Day, dice: &mut Dice) -> Vec<(Timestamp, Timestamp)> {
    let group = |(from, to): &(f64, f64)| {
        let comes = day.open.plus(ms(dice.between(*from, *to) * 60.0));
        (comes, comes.plus(ms(dice.between(SITS_MIN.0, SITS_MIN.1) * 60.0)))
    };
    let all: Vec<_> = GROUPS_MIN.iter().map(group).collect();
    all.into_iter().filter(|(_, goes)| *goes < day.last).collect()
}

impl Hall {
    /// Of the counters that a camera sees, the open one for which most people wait.
    fn most_wanted(&self, layout: &Layout) -> Option<usize> {
        let watched = layout.eyes.iter().filter(|eye| eye.kind == ZoneKind::Counter).filter_map(|eye| eye.desk);
        let waiting = |place: usize| {
            let services = self.seats[place].serves(&layout.desks[place]);
            self.line.iter().filter(|guest| services.contains(&self.guests[**guest].service)).count()
        };
        let open = watched.filter(|place| self.seats[*place].status == Status::Open);
        open.map(|place| (waiting(place), place)).filter(|(waiting, _)| *waiting > 0).max().map(|(_, place)| place)
    }
}

impl Scene<'_> {
    /// An officer means to leave, as soon as nobody sits before him.
    pub(super) fn leave(&mut self) {
        let takes_ms = ms(self.hall.away.between(AWAY_MIN.0, AWAY_MIN.1) * 60.0);
        if let Some(place) = self.hall.most_wanted(self.layout) {
            self.hall.seats[place].leaves = Some(takes_ms);
        }
    }

    /// He leaves; his counter is still open for whoever asks the devices.
    pub(super) fn go_away(&mut self, place: usize, takes_ms: i64) {
        self.hall.seats[place].status = Status::Away;
        self.hall.then(self.at.plus(takes_ms), Step::Resume(place));
    }

    /// He is back and looks up.
    pub(super) fn come_back(&mut self, place: usize) {
        self.hall.seats[place].status = Status::Open;
        self.look(place);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use domain::event::{Body, CounterStatus};
    use domain::{CounterId, ZoneId};
    use jiff::tz::TimeZone;
    use mqtt_config::settings::read_site;

    use super::super::{Centre, Happening, Hours, TEMPLATE};
    use super::*;

    const FIVE_MIN_MS: i64 = 5 * 60_000;

    fn day(seed: u64) -> (Centre, Vec<Happening>) {
        let layout = Layout::new(&read_site(Path::new("song-may.toml"), TEMPLATE).unwrap());
        let start = Timestamp::parse("2026-11-23T10:00:00+07:00").unwrap();
        let hours = Hours::at(start, TimeZone::get("Asia/Ho_Chi_Minh").unwrap());
        let mut centre = Centre::new(layout, hours, start, seed);
        let mut all = Vec::new();
        centre.advance(centre.today().end.plus(-1), &mut all);
        (centre, all)
    }

    /// How often a counter that a camera sees is open for five minutes with nothing moving in its zone.
    fn unattended(centre: &Centre, all: &[Happening]) -> usize {
        let zone_of: BTreeMap<ZoneId, CounterId> = centre
            .layout()
            .eyes
            .iter()
            .filter_map(|eye| Some((eye.zone, centre.layout().desks[eye.desk?].counter)))
            .collect();
        let (mut open, mut empty) = (BTreeMap::new(), BTreeMap::new());
        let mut found = 0;
        for Happening { at, body, .. } in all {
            let counter = match body {
                Body::CounterChanged { counter, status, .. } => {
                    let was = open.remove(counter);
                    if *status == CounterStatus::Open {
                        open.insert(*counter, *at);
                    } else if let (Some(opened), Some(left)) = (was, empty.get(counter)) {
                        found += usize::from(at.since(opened.max(*left)) >= FIVE_MIN_MS);
                    }
                    continue;
                }
                Body::MotionStarted { zone, .. } => zone_of.get(zone).and_then(|it| Some((it, empty.remove(it)?))),
                Body::MotionEnded { zone, .. } => {
                    zone_of.get(zone).map(|it| empty.insert(*it, *at));
                    continue;
                }
                _ => continue,
            };
            if let Some((counter, left)) = counter
                && let Some(opened) = open.get(counter)
            {
                found += usize::from(at.since(left.max(*opened)) >= FIVE_MIN_MS);
            }
        }
        found
    }

    #[test]
    fn an_open_counter_is_empty_only_when_its_officer_has_left() {
        let mut total = 0;
        for seed in 1..5 {
            let (centre, all) = day(seed);
            let left = leaves(&centre.today(), &mut Dice::new(seed, 4)).len();
            let found = unattended(&centre, &all);
            assert!(found <= left, "seed {seed}: {found} of {left}");
            total += found;
        }
        assert!((8..=80).contains(&total), "{total} in four days");
    }

    #[test]
    fn a_group_fills_the_benches() {
        let (centre, all) = day(3);
        let groups = groups(&centre.today(), &mut Dice::new(3, 5));
        assert_eq!(groups.len(), 2);
        for (comes, goes) in groups {
            let full = all.iter().filter(|one| one.at > comes && one.at < goes).filter(
                |one| matches!(&one.body, Body::Occupancy { zone, level, .. } if zone.as_str().starts_with("cho") && *level >= 0.5),
            );
            assert!(full.count() >= 7, "{comes}");
        }
    }
}
