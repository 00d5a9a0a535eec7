//! R11: years of business days in Asia/Ho_Chi_Minh, with every way in which a ticket can end or be
//! left, the year's end, 29 February, holidays, and days that end at other hours than midnight.

use std::collections::BTreeMap;

use domain::SiteId;
use domain::config::{BusinessDay, OpeningHours, SiteConfig};
use domain::event::{Body, Priority};
use domain::facts::Fact;
use domain::ledger::{Ledger, Taken};
use domain::view::{Opening, SiteNames};

use super::{DAY, HOUR, Seed, Size, number, service, t};

/// Seven hours before UTC, and no summer time.
const ZONE: i64 = 7 * HOUR;
/// Midnight; in the small hours; when work begins; noon, and the minute after; evening; the last
/// minute.
const DAY_ENDS: [u16; 7] = [0, 180, 390, 720, 721, 1_080, 1_439];
/// 2027-11-20, so that 400 days hold a year's end, a 29 February and another year's end.
const FIRST: i64 = 21_142;

/// What a ticket goes through, and how it must stand when its day is over.
const LIVES: [(&[Step], &str); 11] = [
    (&[Step::Issued, Step::Called, Step::Started, Step::Finished], "Finished"),
    (&[Step::Issued, Step::Called, Step::Finished], "Finished"),
    (&[Step::Issued, Step::Cancelled], "Cancelled"),
    (&[Step::Issued, Step::Called, Step::NoShow], "NoShow"),
    (&[Step::Issued], "Archived/day_ended/Waiting"),
    (&[Step::Issued, Step::Called], "Archived/day_ended/Called"),
    (&[Step::Issued, Step::Called, Step::Started], "Archived/day_ended/Serving"),
    (&[Step::Issued, Step::Held], "Archived/day_ended/Held"),
    (&[Step::Issued, Step::Called, Step::Held, Step::Returned], "Archived/day_ended/Waiting"),
    (&[Step::Issued, Step::Called, Step::NoShow, Step::Recalled], "Archived/day_ended/Called"),
    (&[Step::Issued, Step::Transferred], "Archived/day_ended/Waiting"),
];

#[derive(Debug, Clone, Copy)]
pub enum Step {
    Issued,
    Called,
    Recalled,
    Started,
    Finished,
    NoShow,
    Cancelled,
    Held,
    Returned,
    Transferred,
}

impl Step {
    pub fn body(self, ticket: &str) -> Body {
        let (ticket, counter) = (number(ticket), None);
        match self {
            Self::Issued => Body::TicketIssued {
                ticket,
                service: service(0),
                priority: Priority::Normal,
                channel: None,
                purpose: None,
                procedure: None,
            },
            Self::Called => Body::TicketCalled { ticket, counter, officer: None },
            Self::Recalled => Body::TicketRecalled { ticket, counter, officer: None },
            Self::Started => Body::TicketStarted { ticket, counter },
            Self::Finished => Body::TicketFinished { ticket, counter, outcome: None },
            Self::NoShow => Body::TicketNoShow { ticket, counter },
            Self::Cancelled => Body::TicketCancelled { ticket, counter },
            Self::Held => Body::TicketHeld { ticket, counter, reason: None },
            Self::Returned => Body::TicketReturned { ticket, counter, reason: None },
            Self::Transferred => Body::TicketTransferred { ticket, to_service: Some(service(1)), to_counter: counter },
        }
    }
}

/// The truth about one day: numbers begin at A001, and each stands in one way at the end.
#[derive(Debug, Default)]
struct Truth {
    stands: BTreeMap<String, &'static str>,
    refused: usize,
}

struct Event {
    at: i64,
    body: Body,
}

/// One day's events in order, some of them in the very first and last millisecond.
fn plan(seed: &mut Seed, start: i64) -> (Vec<Event>, Truth) {
    let mut truth = Truth::default();
    let mut events = Vec::new();
    for n in 1..=LIVES.len() + usize::try_from(seed.below(12)).unwrap() {
        let (steps, end) = if n <= LIVES.len() { LIVES[n - 1] } else { LIVES[seed.below(11) as usize] };
        let ticket = format!("A{n:03}");
        let mut times: Vec<i64> = steps.iter().map(|_| seed.below(DAY)).collect();
        times.sort_unstable();
        if seed.one_in(8) {
            times[0] = 0;
        }
        if seed.one_in(8) {
            *times.last_mut().unwrap() = DAY - 1;
        }
        let made = steps.iter().zip(&times).map(|(step, ms)| Event { at: start + ms, body: step.body(&ticket) });
        events.extend(made);
        if times[0] < DAY - 1 && end == "Archived/day_ended/Waiting" && steps.len() == 1 {
            // The machine hands the number out again while it is still in line.
            truth.refused += 1;
            events.push(Event { at: start + DAY - 1, body: Step::Issued.body(&ticket) });
        }
        truth.stands.insert(ticket, end);
    }
    // Steps of one ticket at one instant stay in order.
    events.sort_by_key(|event| event.at);
    (events, truth)
}

/// The day's number and first instant by plain arithmetic.
fn business_day(at: i64, day_end_min: u16) -> (i64, i64) {
    let end = i64::from(day_end_min) * 60_000;
    let days = (at + ZONE - end).div_euclid(DAY);
    // A day that ends after noon begins on the evening before its date.
    (days + i64::from(day_end_min > 720), days * DAY + end - ZONE)
}

/// `YYYY-MM-DD` of a day's number, by counting years and months.
fn label(mut days: i64) -> String {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let length = |month: usize| [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
    while days >= length(month) {
        days -= length(month);
        month += 1;
    }
    format!("{year:04}-{:02}-{:02}", month + 1, days + 1)
}

fn config(day_end_min: u16) -> SiteConfig {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.day_end_min = day_end_min;
    config
}

/// A site that lives day by day, and what its facts say of each.
struct Site {
    ledger: Option<Ledger>,
    taken: Taken,
    arrived: i64,
    refused: usize,
    archived: BTreeMap<(i32, String), i64>,
}

impl Site {
    fn new() -> Self {
        Self { ledger: None, taken: Taken::default(), arrived: 0, refused: 0, archived: BTreeMap::new() }
    }

    fn begin(&mut self, day: BusinessDay, before: BusinessDay) {
        let ledger = self.ledger.get_or_insert_with(|| Ledger::before(day, before.start));
        ledger.start_day(day, before.start, &mut self.taken);
        self.count();
    }

    fn take(&mut self, event: &Event) {
        let at = t(event.at);
        self.ledger.as_mut().unwrap().take(1, at, at, &event.body, &mut self.taken);
        self.count();
    }

    fn count(&mut self) {
        for change in self.taken.changes.drain(..) {
            let one = if change.holds { 1 } else { -1 };
            match change.fact {
                Fact::Arrived { .. } => self.arrived += one,
                Fact::Rejected { .. } => self.refused = self.refused.strict_add_signed(one as isize),
                Fact::Archived { ticket, date, left, .. } => {
                    let key = (date, format!("{ticket} Archived/day_ended/{left:?}"));
                    *self.archived.entry(key).or_default() += one;
                }
                _ => {}
            }
        }
        self.taken.clear();
    }

    /// How each of yesterday's (`1`) or today's (`2`) numbers stands.
    fn stands(&mut self, day: &str) -> BTreeMap<String, String> {
        let ledger = self.ledger.as_mut().unwrap();
        ledger.settle(&mut self.taken);
        let mut text = String::new();
        ledger.digest(&mut text);
        self.count();
        let mut all = BTreeMap::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            if words[0] == "ticket" && words[1] == day {
                let twice = all.insert(words[2].to_owned(), words[3].to_owned());
                assert_eq!(twice, None, "{} stands once in its day", words[2]);
            }
        }
        all
    }
}

/// Lives `days` days; some events of a day come only in the next one. Gives how many tickets there
/// were.
fn live(seed: &mut Seed, day_end_min: u16, days: i64) -> usize {
    let mut calendar = config(day_end_min).calendar().unwrap();
    let mut site = Site::new();
    let mut before: Option<(BusinessDay, Truth)> = None;
    let (mut late, mut tickets, mut arrived, mut refused) = (Vec::new(), 0, 0, 0);
    let first = business_day(FIRST * DAY, day_end_min).1;
    for n in 0..days {
        let start = first + n * DAY;
        let day = calendar.day_of(t(start + seed.below(DAY)));
        assert_eq!((day.start, day.end), (t(start), t(start + DAY)), "day {n} of {day_end_min}");
        assert_eq!(day.label(), label(business_day(start, day_end_min).0));
        let yesterday = calendar.day_of(t(start - 1));
        assert_eq!((yesterday.date + 1, yesterday.end), (day.date, day.start), "one day after the other");

        site.begin(day, yesterday);
        assert_eq!(site.stands("2"), BTreeMap::new(), "a new day has no number yet");
        let (mut events, truth) = plan(seed, start);
        seed.shuffle(&mut late);
        late.drain(..).for_each(|event| site.take(&event));
        if let Some((day, truth)) = before.replace((day, truth)) {
            check(&mut site, day, &truth);
        }
        let truth = &before.as_ref().unwrap().1;
        for event in events.drain(..) {
            if seed.one_in(20) {
                late.push(event);
            } else {
                site.take(&event);
            }
        }
        tickets += truth.stands.len();
        arrived += truth.stands.len() as i64;
        refused += truth.refused;
    }
    late.drain(..).for_each(|event| site.take(&event));
    site.stands("2");
    assert_eq!((site.arrived, site.refused), (arrived, refused), "numbering began anew every day");
    tickets
}

/// The day is over and all of it has come.
fn check(site: &mut Site, day: BusinessDay, truth: &Truth) {
    let expected: BTreeMap<_, _> =
        truth.stands.iter().map(|(number, end)| (number.clone(), (*end).to_owned())).collect();
    assert_eq!(site.stands("1"), expected, "the numbers of {}", day.label());
    let left: Vec<String> = truth
        .stands
        .iter()
        .filter(|(_, end)| end.starts_with("Archived"))
        .map(|(number, end)| format!("{number} {end}"))
        .collect();
    let facts = std::mem::take(&mut site.archived).into_iter().filter(|(_, count)| *count != 0);
    let facts: Vec<String> = facts
        .map(|((date, fact), count)| {
            assert_eq!((date, count), (day.date, 1), "{fact}");
            fact
        })
        .collect();
    assert_eq!(facts, left, "what was left open on {}", day.label());
}

#[test]
fn r11_every_number_begins_anew_each_day_and_ends_in_exactly_one_way() {
    let size = Size::of_this_run();
    let days = size.pick(400, 3_653);
    let mut seed = Seed::new(size.seed);
    println!("seed {}", size.seed);
    let tickets: usize = DAY_ENDS.iter().map(|day_end| live(&mut seed, *day_end, days)).sum();
    let figures = format!(r#""n":{},"tickets":{tickets},"wrong":0"#, days * DAY_ENDS.len() as i64);
    size.tell("R11", "business days", &figures);
}

#[test]
fn r11_a_holiday_is_a_business_day_without_opening() {
    let mut config = config(0);
    config.hours = vec![OpeningHours { days: vec![1, 2, 3, 4, 5, 6, 7], open_min: 420, close_min: 1_020 }];
    config.holidays = vec!["2028-02-29".to_owned(), "2028-12-31".to_owned(), "2029-01-01".to_owned()];
    let mut calendar = config.calendar().unwrap();
    let mut names = SiteNames::new(config).unwrap();
    let at = |text: &str| domain::Timestamp::parse(&format!("{text}T10:00:00+07:00")).unwrap();
    let opens = |text: &str| Opening::ClosedUntil(Some(at(text).plus(-3 * HOUR)));
    assert_eq!(names.opening(at("2028-02-28")), Opening::Open);
    assert_eq!(names.opening(at("2028-02-29")), opens("2028-03-01"));
    assert_eq!(names.opening(at("2028-12-31")), opens("2029-01-02"), "two in a row, over the year's end");
    assert_eq!(calendar.day_of(at("2028-02-29")).label(), "2028-02-29");
}
