//! A site that keeps its queue over night: who waits or is held stays in line, with the wait running
//! on, and everybody else is archived; held against a truth of its own.

use std::collections::{BTreeMap, BTreeSet};

use domain::SiteId;
use domain::Timestamp;
use domain::config::{Calendar, SiteConfig};
use domain::event::DeadLetterReason;
use domain::facts::{Fact, LeftAs};
use domain::ledger::{Ledger, Taken};
use domain::waits::ServiceWaits;

use super::days::Step;
use super::{DAY, HOUR, Seed, Size, t};

fn calendar() -> Calendar {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.keep_queue_overnight = true;
    config.calendar().unwrap()
}

/// A site whose days are turned as time goes on.
pub struct Site {
    calendar: Calendar,
    pub ledger: Ledger,
    pub taken: Taken,
    pub waits: ServiceWaits,
    pub refused: BTreeMap<u64, DeadLetterReason>,
    /// Waits that ended: number, since, until, called.
    ended: Vec<(String, i64, i64, bool)>,
    archived: Vec<(String, i32, LeftAs)>,
}

impl Site {
    pub fn new(at: i64) -> Self {
        let mut calendar = calendar();
        let day = calendar.day_of(t(at));
        let before = calendar.day_of(day.start.plus(-1));
        let mut site = Self {
            calendar,
            ledger: Ledger::before(day, before.start),
            taken: Taken::default(),
            waits: ServiceWaits::default(),
            refused: BTreeMap::new(),
            ended: Vec::new(),
            archived: Vec::new(),
        };
        site.ledger.know([super::service(0)].into_iter(), std::iter::empty());
        site.ledger.start_day(day, before.start, &mut site.taken);
        site
    }

    pub fn turn(&mut self, now: i64) {
        if t(now) >= self.ledger.day().end {
            let day = self.calendar.day_of(t(now));
            let before = self.calendar.day_of(day.start.plus(-1));
            self.ledger.start_day(day, before.start, &mut self.taken);
            self.count();
        }
    }

    pub fn take(&mut self, offset: u64, at: i64, body: &domain::event::Body) {
        self.ledger.take(offset, t(at), t(at), body, &mut self.taken);
        self.count();
    }

    pub fn settle(&mut self) {
        self.ledger.settle(&mut self.taken);
        self.count();
    }

    fn step(&mut self, at: i64, step: Step, number: &str) {
        self.turn(at);
        self.take(1, at, &step.body(number));
    }

    fn count(&mut self) {
        for change in self.taken.changes.drain(..) {
            self.waits.apply(&change);
            match change.fact {
                Fact::Rejected { offset, reason } if change.holds => drop(self.refused.insert(offset, reason)),
                Fact::Rejected { offset, .. } => drop(self.refused.remove(&offset)),
                Fact::WaitEnded { line, at, called, .. } => {
                    let one = (line.ticket.to_string(), line.since.ms(), at.ms(), called);
                    record(&mut self.ended, one, change.holds);
                }
                Fact::Archived { ticket, date, left, .. } => {
                    record(&mut self.archived, (ticket.to_string(), date, left), change.holds);
                }
                _ => {}
            }
        }
        self.taken.clear();
    }

    fn waiting(&self, at: i64) -> (u32, Option<i64>) {
        let figures = self.waits.figures(t(at));
        (figures.waiting, figures.longest_wait_s.map(|wait| wait.ms()))
    }
}

fn record<T: PartialEq>(all: &mut Vec<T>, one: T, holds: bool) {
    if holds {
        all.push(one);
    } else {
        let place = all.iter().rposition(|other| *other == one).expect("only what was told is taken back");
        all.remove(place);
    }
}

fn morning() -> i64 {
    Timestamp::parse("2026-11-23T09:00:00+07:00").unwrap().ms()
}

#[test]
fn who_is_in_line_stays_in_line_and_the_wait_goes_on() {
    let nine = morning();
    let mut site = Site::new(nine);
    for (minute, step, number) in [
        (0, Step::Issued, "A001"),
        (1, Step::Issued, "A002"),
        (2, Step::Held, "A002"),
        (3, Step::Issued, "A003"),
        (4, Step::Called, "A003"),
        (5, Step::Issued, "A004"),
        (6, Step::Called, "A004"),
        (7, Step::Started, "A004"),
    ] {
        site.step(nine + minute * 60_000, step, number);
    }
    site.turn(nine + DAY);
    assert_eq!(site.waiting(nine + DAY), (1, Some(DAY)), "the wait has gone on through the night");
    let date = site.ledger.day().date - 1;
    assert_eq!(site.archived, [("A003".to_owned(), date, LeftAs::Called), ("A004".to_owned(), date, LeftAs::Serving)]);
    site.step(nine + DAY, Step::Returned, "A002");
    site.step(nine + DAY + 60_000, Step::Called, "A001");
    assert_eq!(site.ended.last(), Some(&("A001".to_owned(), nine, nine + DAY + 60_000, true)));
    site.step(nine + DAY + 120_000, Step::Finished, "A001");
    site.step(nine + DAY + 180_000, Step::Issued, "A003");
    assert_eq!((site.waiting(nine + DAY + 180_000).0, site.refused.len()), (2, 0), "an archived number is free");
}

#[test]
fn a_number_in_line_from_yesterday_cannot_be_issued_again() {
    let nine = morning();
    let mut site = Site::new(nine);
    site.take(11, nine, &Step::Issued.body("A001"));
    site.turn(nine + DAY);
    site.take(12, nine + DAY, &Step::Issued.body("A001"));
    assert_eq!(site.refused, BTreeMap::from([(12, DeadLetterReason::TicketExists)]));
    // It turns out that the citizen had left yesterday: then the number was free.
    site.take(13, nine + HOUR, &Step::Cancelled.body("A001"));
    site.settle();
    assert_eq!((site.refused.len(), site.waiting(nine + DAY)), (0, (1, Some(0))));
    // And the other way round: nobody knew of yesterday's ticket when today's was issued.
    site.take(14, nine + DAY + 1, &Step::Issued.body("A002"));
    site.take(15, nine + 1, &Step::Issued.body("A002"));
    site.settle();
    assert_eq!(site.refused, BTreeMap::from([(14, DeadLetterReason::TicketExists)]));
}

#[test]
fn nobody_stays_in_line_for_more_than_two_weeks_and_a_site_may_change_its_mind() {
    let nine = morning();
    let mut site = Site::new(nine);
    site.step(nine, Step::Issued, "A001");
    for day in 1..=14 {
        site.turn(nine + day * DAY);
        assert_eq!(site.waiting(nine + day * DAY), (1, Some(day * DAY)), "day {day}");
    }
    site.turn(nine + 15 * DAY);
    assert_eq!((site.waiting(nine + 15 * DAY).0, site.archived.len()), (0, 1));
    site.step(nine + 15 * DAY, Step::Issued, "A002");
    // A site that slept for a month has nobody in line.
    site.turn(nine + 50 * DAY);
    assert_eq!((site.waiting(nine + 50 * DAY).0, site.archived.len()), (0, 2));
    site.step(nine + 50 * DAY, Step::Issued, "A003");
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.keep_queue_overnight = false;
    site.calendar = config.calendar().unwrap();
    site.turn(nine + 51 * DAY);
    assert_eq!((site.waiting(nine + 51 * DAY).0, site.archived.len()), (0, 3));
}

/// R11 with the queue kept: numbers that never repeat, lives of up to two weeks.
#[test]
fn r11_a_queue_that_is_kept_over_night_loses_nobody_and_counts_nobody_twice() {
    let size = Size::of_this_run();
    let days = size.pick(400, 3_653);
    println!("seed {}", size.seed);
    let mut seed = Seed::new(size.seed);
    let nine = morning();
    let mut site = Site::new(nine);
    // (at, ticket, step), drawn up whole: each ticket is issued once, and called once or never.
    let mut events = Vec::new();
    let (mut called, mut forgotten) = (Vec::new(), BTreeSet::new());
    for n in 0..days * 8 {
        let number = format!("N{n}");
        let issued = nine + n / 8 * DAY + seed.below(8 * HOUR);
        events.push((issued, number.clone(), Step::Issued));
        if seed.one_in(20) {
            forgotten.insert(number);
            continue;
        }
        let wait = 1 + if seed.one_in(3) { seed.below(13 * DAY) } else { seed.below(HOUR) };
        events.push((issued + wait, number.clone(), Step::Called));
        events.push((issued + wait + 1, number.clone(), Step::Finished));
        called.push((number, issued, issued + wait, true));
    }
    events.sort_by_key(|(at, ..)| *at);
    let end = nine + (days + 20) * DAY;
    for day in 0..days + 20 {
        let until = nine + day * DAY + 12 * HOUR;
        let today = events.partition_point(|(at, ..)| *at < until);
        events.drain(..today).for_each(|(at, number, step)| site.step(at, step, &number));
        site.turn(until);
    }
    site.turn(end);
    let mut left: Vec<_> = site.ended.iter().filter(|one| !one.3).map(|one| one.0.clone()).collect();
    site.ended.retain(|one| one.3);
    site.ended.sort();
    called.sort();
    assert!(site.ended == called, "every wait, from its issue to its call, over however many nights");
    left.sort();
    assert_eq!(left, forgotten.iter().cloned().collect::<Vec<_>>(), "who never came is archived, once");
    assert_eq!(site.archived.len(), forgotten.len());
    assert!(site.archived.iter().all(|(_, _, left)| *left == LeftAs::Waiting));
    assert_eq!((site.refused.len(), site.waiting(end).0), (0, 0));
    assert_eq!(site.ledger.size(), (1, 0), "nothing is remembered for ever");
    let figures = format!(r#""n":{days},"called":{},"left":{},"wrong":0"#, called.len(), left.len());
    size.tell("R11", "business days, queue kept over night", &figures);
}
