//! The second opinion: every question answered by going through all things, without haste.

mod hours;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::Date;
use history::answer::{By, Figure, Question};

use self::hours::{Hour, hours};
use self::values::Looked;
use super::world::{Thing, What, counter_place, place};

/// A row's group values.
pub type Group = Vec<Option<String>>;
/// What is expected of a row's columns.
pub type Expected = BTreeMap<Group, Vec<(Option<f64>, u64)>>;

/// The times of a day and hour, in the words of an answer.
fn time(by: By, date: Date, hour: u8) -> String {
    let civil = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(date)).unwrap();
    match by {
        By::Month => civil.strftime("%Y-%m").to_string(),
        By::Week => civil.strftime("%G-W%V").to_string(),
        By::Day => civil.strftime("%Y-%m-%d").to_string(),
        By::Weekday => civil.strftime("%u").to_string(),
        By::Hour => hour.to_string(),
        _ => unreachable!(),
    }
}

fn department(figure: Figure, thing: &Thing) -> Option<&'static str> {
    match figure {
        Figure::Utilisation => thing.counter.and_then(counter_place),
        _ => thing.service.and_then(|service| place(thing.site, service).1),
    }
}

fn code(by: By, figure: Figure, thing: &Thing) -> Option<String> {
    let code = match by {
        By::Site => Some(thing.site),
        By::Department => department(figure, thing),
        By::Field => thing.service.and_then(|service| place(thing.site, service).0),
        By::Service => thing.service,
        By::Counter => thing.counter,
        By::Officer => thing.officer,
        By::Camera => {
            if let What::View { camera, .. } = thing.what {
                Some(camera)
            } else {
                None
            }
        }
        By::Zone => {
            if let What::View { zone, .. } = thing.what {
                Some(zone)
            } else {
                None
            }
        }
        _ => return Some(time(by, thing.date, thing.hour)),
    };
    code.map(str::to_owned)
}

/// Whether a thing is one that the figure is of.
fn is_of(figure: Figure, thing: &Thing, at_counter: bool) -> bool {
    let what = &thing.what;
    let at_line = matches!(what, What::Arrival | What::Line { .. });
    match figure {
        Figure::Waits => matches!(what, What::Call(..) | What::Walk(_)),
        Figure::Load => {
            matches!(what, What::Call(..) | What::Served(_) | What::Recall | What::Transfer) || (at_line && !at_counter)
        }
        Figure::Ratings => matches!(what, What::Rating(_) | What::Unbound),
        Figure::Utilisation => matches!(what, What::Post { .. } | What::Served(_)),
        Figure::Abandonment => {
            let of_line = matches!(what, What::Arrival | What::Cancelled);
            matches!(what, What::NoShow | What::DayEnded) || (of_line && !at_counter)
        }
        Figure::Estimates => matches!(what, What::Call(_, Some(_))),
        Figure::Zones => matches!(what, What::View { .. }),
        Figure::Quality => {
            matches!(what, What::Quality(cell) if cell.accepted + cell.lost + cell.dead_letters > 0)
        }
    }
}

fn wanted(question: &Question, thing: &Thing) -> bool {
    let only = &question.only;
    let is = |wanted: Option<String>, by| wanted.is_none() || wanted == code(by, question.figure, thing);
    is(only.department.map(|id| id.to_string()), By::Department)
        && is(only.field.map(|id| id.to_string()), By::Field)
        && is(only.service.map(|id| id.to_string()), By::Service)
        && is(only.counter.map(|id| id.to_string()), By::Counter)
        && is(only.officer.map(|id| id.to_string()), By::Officer)
}

fn is_time(by: &By) -> bool {
    matches!(by, By::Month | By::Week | By::Day | By::Weekday | By::Hour)
}

/// What is looked at for one question.
struct Case<'a> {
    question: &'a Question,
    by: Vec<By>,
    of_sites: &'a [Thing],
    happened: Vec<&'a Thing>,
    hours: Vec<Hour>,
}

impl<'a> Case<'a> {
    fn of(question: &'a Question, of_sites: &'a [Thing]) -> Self {
        let (by, figure, only) = (question.rows_by(), question.figure, &question.only);
        let local = by.iter().any(|by| matches!(by, By::Counter | By::Officer));
        let at_counter = local || only.counter.is_some() || only.officer.is_some();
        let in_range = |thing: &&Thing| (question.from..=question.to).contains(&thing.date);
        let wanted = |thing: &&Thing| is_of(figure, thing, at_counter) && wanted(question, thing);
        let happened = of_sites.iter().filter(in_range).filter(wanted).collect();
        Self { question, by, of_sites, happened, hours: hours(question, of_sites) }
    }

    fn key(&self, thing: &Thing) -> Group {
        self.by.iter().map(|by| code(*by, self.question.figure, thing)).collect()
    }

    /// What things are of, without their times.
    fn entities(&self) -> BTreeSet<Group> {
        let timeless = |thing: &&Thing| {
            let codes = self.key(thing).into_iter().zip(&self.by);
            codes.filter(|(_, by)| !is_time(by)).map(|(code, _)| code).collect()
        };
        let mut entities: BTreeSet<Group> = self.happened.iter().map(timeless).collect();
        if self.by.iter().all(is_time) {
            entities.insert(Vec::new());
        } else if self.by.iter().all(|by| is_time(by) || *by == By::Site) {
            entities.extend(self.of_sites.iter().map(|thing| vec![Some(thing.site.to_owned())]));
        }
        entities
    }

    /// Everything at every time that was due or heard, and whatever happened.
    fn groups(&self) -> BTreeSet<Group> {
        let mut groups: BTreeSet<Group> = self.happened.iter().map(|thing| self.key(thing)).collect();
        for entity in self.entities().iter().filter(|entity| entity.iter().all(Option::is_some)) {
            for hour in self.hours.iter().filter(|hour| hour.due > 0 || hour.any()) {
                let mut codes = entity.iter().cloned();
                let code = |by: &By| match by {
                    by if is_time(by) => Some(time(*by, hour.date, hour.hour)),
                    _ => codes.next().flatten(),
                };
                let group: Group = self.by.iter().map(code).collect();
                if self.by.first() != Some(&By::Site) || group[0].as_deref() == Some(hour.site) {
                    groups.insert(group);
                }
            }
            if !self.by.iter().any(is_time) {
                groups.insert(entity.clone());
            }
        }
        groups
    }

    fn belongs(&self, group: &Group, site: &str, date: Date, hour: u8) -> bool {
        self.by.iter().zip(group).all(|(by, code)| match by {
            By::Site => code.as_deref() == Some(site),
            by if is_time(by) => code.as_deref() == Some(&time(*by, date, hour)),
            _ => true,
        })
    }

    fn look(&self, group: &Group) -> Looked<'_> {
        let of_group = |hour: &&Hour| self.belongs(group, hour.site, hour.date, hour.hour);
        let hours: Vec<&Hour> = self.hours.iter().filter(of_group).collect();
        let in_line = |thing: &&Thing| {
            let in_range = (self.question.from..=self.question.to).contains(&thing.date);
            let is_line = matches!(thing.what, What::Line { .. });
            in_range && is_line && self.belongs(group, thing.site, thing.date, thing.hour)
        };
        let in_line = self.of_sites.iter().filter(in_line).map(|thing| (thing.site, thing.date, thing.hour));
        let heard = hours.iter().filter(|hour| hour.any() && hour.cell.due_min != Some(0));
        let heard = heard.map(|hour| (hour.site, hour.date, hour.hour));
        let line_hours = in_line.chain(heard).collect::<BTreeSet<(&str, Date, u8)>>().len() as u64;
        let things: Vec<&Thing> = self.happened.iter().copied().filter(|thing| self.key(thing) == *group).collect();
        let known = hours.iter().any(|hour| hour.any()) || !things.is_empty();
        Looked { question: self.question, things, hours, line_hours, known }
    }
}

/// What is expected: rows, and the completeness of each.
pub fn expect(question: &Question, things: &[Thing]) -> (Expected, BTreeMap<Group, Option<f64>>) {
    let asked = |site: &str| question.sites.is_empty() || question.sites.iter().any(|other| other.as_str() == site);
    let of_sites: Vec<Thing> = things.iter().filter(|thing| asked(thing.site)).cloned().collect();
    let case = Case::of(question, &of_sites);
    let (mut rows, mut complete) = (Expected::new(), BTreeMap::new());
    for group in case.groups() {
        let looked = case.look(&group);
        complete.insert(group.clone(), hours::completeness(&looked.hours));
        rows.insert(group, looked.values());
    }
    (rows, complete)
}
