//! A recorded half hour of the example centre, and what history must say of it: reckoned from the
//! list of people alone.

use harness::oracle::Instant;
use serde_json::{Value, json};

/// Monday, a quarter before eight in Hoa Mai: the half hour has parts of two hours.
const BEGIN: &str = "2026-11-23T07:45:00.000+07:00";
const HOUR_MS: i64 = 3_600_000;
/// The office's offset from UTC.
const OFFSET_MS: i64 = 7 * HOUR_MS;
const PEOPLE: i64 = 22;
const LINES: [Line; 3] = [
    Line { service: "khai-sinh", counter: "q1", officer: "cb-01", department: "van-phong" },
    Line { service: "chung-thuc", counter: "q2", officer: "cb-02", department: "van-phong" },
    Line { service: "cap-gcn", counter: "q3", officer: "cb-03", department: "kinh-te" },
];
const LEVELS: [&str; 4] = ["very_satisfied", "satisfied", "very_satisfied", "dissatisfied"];

/// A service and who works for it.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub service: &'static str,
    pub counter: &'static str,
    pub officer: &'static str,
    pub department: &'static str,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    Served,
    NoShow,
    Cancelled,
}

/// Somebody with a number. Times are Unix milliseconds.
#[derive(Debug)]
pub struct Person {
    pub ticket: String,
    pub line: &'static Line,
    pub issued: i64,
    pub called: Option<i64>,
    pub started: Option<i64>,
    pub ended: i64,
    pub end: End,
    pub level: Option<&'static str>,
}

/// The half hour.
pub struct Story {
    pub people: Vec<Person>,
    pub opened: i64,
    pub closed: i64,
}

impl Story {
    pub fn new() -> Self {
        let opened = Instant::parse(BEGIN).unwrap().ms;
        let mut free = [opened + 30_000; 3];
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            let at = n as usize % LINES.len();
            people.push(person(n, &LINES[at], opened + 1_000, &mut free[at]));
        }
        let closed = people.iter().map(|person| person.ended).max().unwrap() + 60_000;
        Self { people, opened, closed }
    }

    /// Every event, in its order: when, and what.
    pub fn events(&self) -> Vec<(i64, Value)> {
        let mut events = Vec::new();
        for (line, more) in LINES.iter().zip(0..) {
            let counter = line.counter;
            events.push((
                self.opened + more,
                json!({"type": "counter.opened", "counter": counter, "officer": line.officer}),
            ));
            events.push((self.closed + more, json!({"type": "counter.closed", "counter": counter})));
        }
        for Person { ticket, line, issued, called, started, ended, end, level } in &self.people {
            let counter = line.counter;
            events.push((
                *issued,
                json!({"type": "ticket.issued", "ticket": ticket, "service": line.service,
                "priority": "normal", "channel": "kiosk", "purpose": "submit"}),
            ));
            let mut at_counter = |at: i64, kind: &str| {
                events.push((at, json!({"type": kind, "ticket": ticket, "counter": counter})));
            };
            called.iter().for_each(|at| at_counter(*at, "ticket.called"));
            started.iter().for_each(|at| at_counter(*at, "ticket.started"));
            match end {
                End::Served => at_counter(*ended, "ticket.finished"),
                End::NoShow => at_counter(*ended, "ticket.no_show"),
                End::Cancelled => events.push((*ended, json!({"type": "ticket.cancelled", "ticket": ticket}))),
            }
            if let Some(level) = level {
                let press = json!({"type": "rating.pressed", "ticket": ticket, "level": level});
                events.push((ended + 7_003, press));
            }
        }
        events.sort_by_key(|(at, _)| *at);
        events
    }

    /// Those of whom this is true.
    pub fn those(&self, is: impl Fn(&Person) -> bool) -> Vec<&Person> {
        self.people.iter().filter(|person| is(person)).collect()
    }
}

/// One person in a line whose counter is free from `free` on.
fn person(n: i64, line: &'static Line, begin: i64, free: &mut i64) -> Person {
    let issued = begin + n * 80_000 + n * n * 137 % 5_000;
    let ticket = format!("A{n:03}");
    if n % 7 == 5 {
        let ended = issued + 4_321 + n;
        return Person { ticket, line, issued, called: None, started: None, ended, end: End::Cancelled, level: None };
    }
    let called = (issued + 5_011).max(*free + 7_123 + n);
    let is_there = n % 8 != 6;
    let started = is_there.then_some(called + 3_500 + n % 4 * 1_250);
    let ended = started.map_or(called + 61_007, |started| started + 190_000 + n * 7_919 % 90_000);
    *free = ended;
    let end = if is_there { End::Served } else { End::NoShow };
    let level = (is_there && n % 3 != 1).then_some(LEVELS[n as usize % LEVELS.len()]);
    Person { ticket, line, issued, called: Some(called), started, ended, end, level }
}

/// The hour on the wall.
pub fn hour(at: i64) -> i64 {
    (at + OFFSET_MS) / HOUR_MS % 24
}

/// The start of the hour on the wall, Unix milliseconds.
pub fn hour_begins(hour: i64) -> i64 {
    let midnight = (Instant::parse(BEGIN).unwrap().ms + OFFSET_MS) / (24 * HOUR_MS) * 24 * HOUR_MS - OFFSET_MS;
    midnight + hour * HOUR_MS
}

/// Durations, milliseconds, as figures are made of them: seconds.
pub struct Times(Vec<i64>);

impl Times {
    pub fn of(durations: impl IntoIterator<Item = i64>) -> Self {
        let mut sorted: Vec<i64> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    pub fn n(&self) -> usize {
        self.0.len()
    }

    /// To the nearest millisecond, a half upwards.
    pub fn mean(&self) -> Value {
        let n = self.0.len() as i64;
        if n == 0 { Value::Null } else { seconds((2 * self.0.iter().sum::<i64>() + n).div_euclid(2 * n)) }
    }

    /// The nearest rank, whole seconds.
    pub fn rank(&self, percent: usize) -> Value {
        let rank = (self.0.len() * percent).div_ceil(100);
        rank.checked_sub(1).map_or(Value::Null, |at| json!(self.0[at] / 1_000))
    }

    pub fn longest(&self) -> Value {
        self.0.last().map_or(Value::Null, |ms| seconds(*ms))
    }
}

/// Milliseconds as the API says seconds: whole ones without a point.
pub fn seconds(ms: i64) -> Value {
    if ms % 1_000 == 0 { json!(ms / 1_000) } else { json!(ms as f64 / 1_000.0) }
}
