//! The second opinion: every question answered by going through all things, without haste.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::Date;
use domain::history::QualityCell;
use history::answer::{By, Figure, Question};

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

/// Service hours and what was heard of them, hour by hour; missing days reckoned.
#[derive(Debug, Clone)]
struct Hour {
    site: &'static str,
    date: Date,
    hour: u8,
    due: u64,
    heard: u64,
    cell: QualityCell,
}

fn hours(question: &Question, things: &[Thing]) -> Vec<Hour> {
    let mut hours = Vec::new();
    let sites: BTreeSet<&'static str> = things.iter().map(|thing| thing.site).collect();
    let last = things.iter().map(|thing| thing.date).max().unwrap_or(Date::MIN);
    for site in sites {
        let of_site: Vec<&Thing> = things.iter().filter(|thing| thing.site == site).collect();
        let stored: BTreeSet<Date> = of_site.iter().map(|thing| thing.date).collect();
        for thing in &of_site {
            if let What::Quality(cell) = &thing.what {
                let due = u64::from(cell.due_min.unwrap_or(cell.heard_min));
                hours.push(Hour {
                    site,
                    date: thing.date,
                    hour: thing.hour,
                    due,
                    heard: u64::from(cell.heard_min),
                    cell: *cell,
                });
            }
        }
        let first = *stored.first().unwrap();
        let weekday = |date: Date| (date + 3).rem_euclid(7);
        let in_range: Vec<Date> =
            stored.iter().copied().filter(|date| (question.from..=question.to).contains(date)).collect();
        let missing: Vec<Date> =
            (question.from.max(first)..=question.to.min(last)).filter(|date| !stored.contains(date)).collect();
        let lacks = missing.iter().any(|date| !in_range.iter().any(|other| weekday(*other) == weekday(*date)));
        let looked: Vec<Date> = stored
            .iter()
            .copied()
            .filter(|date| in_range.contains(date) || (lacks && (question.from - 28..question.from).contains(date)))
            .collect();
        let most = (0..7).map(|day| looked.iter().filter(|date| weekday(**date) == day).count()).max().unwrap_or(0);
        for date in missing {
            let alike: Vec<Date> = looked.iter().copied().filter(|other| weekday(*other) == weekday(date)).collect();
            if alike.is_empty() || alike.len() * 2 < most {
                continue;
            }
            for hour in 0..24 {
                let due = of_site.iter().filter(|thing| alike.contains(&thing.date) && thing.hour == hour);
                let due: u64 =
                    due.map(|thing| {
                        if let What::Quality(cell) = &thing.what { u64::from(cell.due_min.unwrap_or(0)) } else { 0 }
                    })
                    .sum();
                let mean = (due as f64 / alike.len() as f64).round() as u64;
                hours.push(Hour { site, date, hour, due: mean, heard: 0, cell: QualityCell::default() });
            }
        }
    }
    hours.retain(|hour| (question.from..=question.to).contains(&hour.date));
    hours
}

fn nearest(of: &mut [u32], percent: usize) -> Option<f64> {
    of.sort_unstable();
    let rank = (of.len() * percent).div_ceil(100);
    (rank > 0).then(|| f64::from(of[rank - 1] / 1_000))
}

fn mean_s(of: &[i64]) -> Option<f64> {
    let mean = of.iter().sum::<i64>() as f64 / of.len() as f64;
    (!of.is_empty()).then(|| (mean + 0.5).floor() / 1_000.0)
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn values(
    question: &Question,
    things: &[&Thing],
    hours: &[&Hour],
    line_hours: u64,
    known: bool,
) -> Vec<(Option<f64>, u64)> {
    let by = question.rows_by();
    let named = |one: By, given: bool| by.contains(&one) || given;
    let of_officer = named(By::Officer, question.only.officer.is_some());
    let at_counter = of_officer || named(By::Counter, question.only.counter.is_some());
    let n = |is: &dyn Fn(&What) -> bool| things.iter().filter(|thing| is(&thing.what)).count() as u64;
    let count = |n: u64| (known.then_some(n as f64), if known { n } else { 0 });
    let ms =
        |of: &dyn Fn(&What) -> Option<i64>| things.iter().filter_map(|thing| of(&thing.what)).collect::<Vec<i64>>();
    let total = |of: &dyn Fn(&What) -> Option<i64>| ms(of).iter().sum::<i64>() as f64;
    let served = count(n(&|what| matches!(what, What::Served(_))));
    let calls = ms(&|what| if let What::Call(wait, _) = what { Some(i64::from(*wait)) } else { None });
    let arrivals = n(&|what| matches!(what, What::Arrival));
    match question.figure {
        Figure::Waits => {
            let walks = ms(&|what| if let What::Walk(ms) = what { Some(i64::from(*ms)) } else { None });
            let mut waits: Vec<u32> = calls.iter().map(|ms| *ms as u32).collect();
            let n = calls.len() as u64;
            let over =
                |minutes: i64| (share(calls.iter().filter(|ms| **ms >= minutes * 60_000).count() as f64, n as f64), n);
            vec![
                count(n),
                (mean_s(&calls), n),
                (nearest(&mut waits, 50), n),
                (nearest(&mut waits, 90), n),
                (calls.iter().max().map(|ms| *ms as f64 / 1_000.0), n),
                over(15),
                over(30),
                over(60),
                (mean_s(&walks), walks.len() as u64),
            ]
        }
        Figure::Load => {
            let timed = ms(&|what| if let What::Served(Some(ms)) = what { Some(i64::from(*ms)) } else { None });
            let mut services: Vec<u32> = timed.iter().map(|ms| *ms as u32).collect();
            let of = timed.len() as u64;
            let waited = total(&|what| if let What::Line { waited_ms, .. } = what { Some(*waited_ms) } else { None });
            let most = ms(&|what| if let What::Line { most, .. } = what { Some(i64::from(*most)) } else { None });
            let longest =
                ms(&|what| if let What::Line { longest_ms, .. } = what { Some(i64::from(*longest_ms)) } else { None });
            let lines = most.len() as u64;
            let nothing = (None, 0);
            let of_line = [
                count(arrivals),
                (share(waited, line_hours as f64 * 3_600_000.0), line_hours),
                (known.then(|| most.iter().max().map_or(0.0, |most| *most as f64)), lines),
                (longest.iter().max().map(|ms| *ms as f64 / 1_000.0), lines),
            ];
            let [arrivals, mean, most, longest] = if at_counter { [nothing; 4] } else { of_line };
            vec![
                arrivals,
                count(calls.len() as u64),
                served,
                (mean_s(&timed), of),
                (nearest(&mut services, 50), of),
                (nearest(&mut services, 90), of),
                mean,
                most,
                longest,
                count(n(&|what| matches!(what, What::Recall))),
                count(n(&|what| matches!(what, What::Transfer))),
            ]
        }
        Figure::Ratings => {
            let level = |level: usize| n(&|what| matches!(what, What::Rating(other) if *other == level));
            let rated: u64 = (0..5).map(level).sum();
            let hidden = of_officer && (1..20).contains(&rated);
            let mut values = vec![count(rated)];
            values.push(if hidden {
                (None, rated)
            } else {
                (share((level(0) + level(1)) as f64, rated as f64), rated)
            });
            values.extend((0..5).map(|ix| if hidden { (None, rated) } else { count(level(ix)) }));
            values.push(count(n(&|what| matches!(what, What::Unbound))));
            values
        }
        Figure::Utilisation => {
            let posts = n(&|what| matches!(what, What::Post { .. }));
            let post = |of: fn(u32, u32, u32) -> u32| {
                total(&|what| {
                    if let What::Post { open, busy, paused } = what {
                        Some(i64::from(of(*open, *busy, *paused)))
                    } else {
                        None
                    }
                })
            };
            let (open, busy, paused) = (post(|open, _, _| open), post(|_, busy, _| busy), post(|_, _, paused| paused));
            let time = |ms: f64| (known.then_some(ms / 1_000.0), posts);
            vec![(share(busy, open), posts), time(open), time(busy), time(paused), served]
        }
        Figure::Abandonment => {
            let cancelled = n(&|what| matches!(what, What::Cancelled));
            let no_shows = n(&|what| matches!(what, What::NoShow));
            let left = cancelled + no_shows;
            let of_line =
                [count(arrivals), count(left), (share(left as f64, arrivals as f64), arrivals), count(cancelled)];
            let of_line = if at_counter { [(None, 0); 4] } else { of_line };
            of_line.into_iter().chain([count(no_shows), count(n(&|what| matches!(what, What::DayEnded)))]).collect()
        }
        Figure::Estimates => {
            let errors = ms(&|what| {
                if let What::Call(wait, Some((p50, _))) = what {
                    Some(i64::from(*wait) - i64::from(*p50))
                } else {
                    None
                }
            });
            let absolute: Vec<i64> = errors.iter().map(|ms| ms.abs()).collect();
            let mut sorted: Vec<u32> = absolute.iter().map(|ms| *ms as u32).collect();
            let n_of = errors.len() as u64;
            let p90 = n(&|what| matches!(what, What::Call(wait, Some((_, p90))) if wait <= p90));
            let p50 = n(&|what| matches!(what, What::Call(wait, Some((p50, _))) if wait <= p50));
            let bias = errors.iter().sum::<i64>() as f64 / n_of as f64;
            vec![
                count(n_of),
                (share(p90 as f64, n_of as f64), n_of),
                (share(p50 as f64, n_of as f64), n_of),
                ((n_of > 0).then(|| bias.round() / 1_000.0), n_of),
                (mean_s(&absolute), n_of),
                (nearest(&mut sorted, 90), n_of),
            ]
        }
        Figure::Zones => {
            let view = |of: fn(u32, i64, u32) -> i64| {
                total(&|what| {
                    if let What::View { known, level, motion, .. } = what {
                        Some(of(*known, *level, *motion))
                    } else {
                        None
                    }
                })
            };
            let (known_ms, level, motion) = (
                view(|known, _, _| i64::from(known)),
                view(|_, level, _| level),
                view(|_, _, motion| i64::from(motion)),
            );
            let people = ms(&|what| {
                if let What::View { people: Some(people), .. } = what { Some(i64::from(*people)) } else { None }
            });
            let n = things.len() as u64;
            vec![
                (share(level / 1_000.0, known_ms), n),
                (share(motion, known_ms), n),
                ((n > 0).then_some(known_ms / 1_000.0), n),
                (people.iter().max().map(|most| *most as f64), people.len() as u64),
            ]
        }
        Figure::Quality => {
            let sum = |of: fn(&QualityCell) -> u32| count(hours.iter().map(|hour| u64::from(of(&hour.cell))).sum());
            let due: u64 = hours.iter().map(|hour| hour.due).sum();
            let heard: u64 = hours.iter().map(|hour| hour.heard).sum();
            vec![
                sum(|cell| cell.accepted),
                sum(|cell| cell.late),
                sum(|cell| cell.lost),
                sum(|cell| cell.dead_letters),
                (share(heard.min(due) as f64, due as f64), due),
            ]
        }
    }
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
        for hour in hours.iter().filter(|hour| hour.due > 0 || hour.heard > 0 || hour.cell.accepted > 0) {
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
        let things: Vec<&Thing> = happened.iter().copied().filter(|thing| key(thing) == group).collect();
        let heard_hours =
            of_group.iter().filter(|hour| (hour.heard > 0 || hour.cell.accepted > 0) && hour.cell.due_min != Some(0));
        let mut line_hours: BTreeSet<(&str, Date, u8)> =
            heard_hours.map(|hour| (hour.site, hour.date, hour.hour)).collect();
        let lines = of_sites.iter().filter(in_range).filter(|thing| matches!(thing.what, What::Line { .. }));
        line_hours.extend(
            lines
                .filter(|thing| belongs(thing.site, thing.date, thing.hour))
                .map(|thing| (thing.site, thing.date, thing.hour)),
        );
        let heard = of_group.iter().any(|hour| hour.heard > 0 || hour.cell.accepted > 0);
        let known = heard || !things.is_empty();
        let sum = |of: &dyn Fn(&Hour) -> u64| of_group.iter().map(|hour| of(hour)).sum::<u64>() as f64;
        let (due, heard) = (sum(&|hour| hour.due), sum(&|hour| hour.heard));
        let (accepted, lost) = (sum(&|hour| u64::from(hour.cell.accepted)), sum(&|hour| u64::from(hour.cell.lost)));
        let came = if accepted + lost > 0.0 { accepted / (accepted + lost) } else { 1.0 };
        complete.insert(group.clone(), (due > 0.0).then(|| heard.min(due) / due * came));
        rows.insert(group, values(question, &things, &of_group, line_hours.len() as u64, known));
    }
    (rows, complete)
}
