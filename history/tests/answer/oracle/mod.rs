//! The second opinion: every question answered by going through all things, without haste.

mod hours;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::Date;
use history::answer::{By, Figure, Question};

use self::hours::{Hour, hours};
use self::values::Looked;
use super::world::{Thing, What, counter_place, place};

/// A row's group values, and what is expected of its columns.
pub type Expected = BTreeMap<Vec<Option<String>>, Vec<(Option<f64>, u64)>>;

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

/// What is expected: rows, and the completeness of each.
pub fn expect(question: &Question, things: &[Thing]) -> (Expected, BTreeMap<Vec<Option<String>>, Option<f64>>) {
    let of_sites: Vec<Thing> = things
        .iter()
        .filter(|thing| question.sites.is_empty() || question.sites.iter().any(|site| site.as_str() == thing.site))
        .cloned()
        .collect();
    let (by, figure) = (question.rows_by(), question.figure);
    let at_counter = by.iter().any(|by| matches!(by, By::Counter | By::Officer))
        || question.only.counter.is_some()
        || question.only.officer.is_some();
    let in_range = |thing: &&Thing| (question.from..=question.to).contains(&thing.date);
    let happened: Vec<&Thing> = of_sites
        .iter()
        .filter(in_range)
        .filter(|thing| is_of(figure, thing, at_counter) && wanted(question, thing))
        .collect();
    let hours = hours(question, &of_sites);
    let key = |thing: &Thing| by.iter().map(|by| code(*by, figure, thing)).collect::<Vec<_>>();
    let is_time = |by: &By| matches!(by, By::Month | By::Week | By::Day | By::Weekday | By::Hour);
    // What things are of, without their times; and which times there are of it.
    let mut entities: BTreeSet<Vec<Option<String>>> = happened
        .iter()
        .map(|thing| key(thing).into_iter().zip(&by).filter(|(_, by)| !is_time(by)).map(|(code, _)| code).collect())
        .collect();
    if by.iter().all(is_time) {
        entities.insert(Vec::new());
    } else if by.iter().all(|by| is_time(by) || *by == By::Site) {
        entities.extend(of_sites.iter().map(|thing| vec![Some(thing.site.to_owned())]));
    }
    let mut groups: BTreeSet<Vec<Option<String>>> = happened.iter().map(|thing| key(thing)).collect();
    for entity in entities.iter().filter(|entity| entity.iter().all(Option::is_some)) {
        for hour in hours.iter().filter(|hour| hour.due > 0 || hour.any()) {
            let mut codes = entity.iter();
            let group: Vec<_> =
                by.iter()
                    .map(|by| {
                        if is_time(by) { Some(time(*by, hour.date, hour.hour)) } else { codes.next().unwrap().clone() }
                    })
                    .collect();
            let of_site = by.first() != Some(&By::Site) || group[0].as_deref() == Some(hour.site);
            if of_site {
                groups.insert(group);
            }
        }
        if !by.iter().any(is_time) {
            groups.insert(entity.clone());
        }
    }
    let mut rows = Expected::new();
    let mut complete = BTreeMap::new();
    for group in groups {
        let belongs = |site: &str, date: Date, hour: u8| {
            by.iter().zip(&group).all(|(by, code)| match by {
                By::Site => code.as_deref() == Some(site),
                by if is_time(by) => code.as_deref() == Some(&time(*by, date, hour)),
                _ => true,
            })
        };
        let of_group: Vec<&Hour> = hours.iter().filter(|hour| belongs(hour.site, hour.date, hour.hour)).collect();
        let lines = of_sites.iter().filter(in_range).filter(|thing| matches!(thing.what, What::Line { .. }));
        let in_line = lines.filter(|thing| belongs(thing.site, thing.date, thing.hour));
        let heard = of_group.iter().filter(|hour| hour.any() && hour.cell.due_min != Some(0));
        let mut line_hours: BTreeSet<(&str, Date, u8)> =
            in_line.map(|thing| (thing.site, thing.date, thing.hour)).collect();
        line_hours.extend(heard.map(|hour| (hour.site, hour.date, hour.hour)));
        let things: Vec<&Thing> = happened.iter().copied().filter(|thing| key(thing) == group).collect();
        let known = of_group.iter().any(|hour| hour.any()) || !things.is_empty();
        complete.insert(group.clone(), hours::completeness(&of_group));
        let looked = Looked { question, things, hours: of_group, line_hours: line_hours.len() as u64, known };
        rows.insert(group, looked.values());
    }
    (rows, complete)
}
