//! The demo's hall with a break at noon: it stops at 11:30 and goes on at 13:30 where it was. Who is
//! at a counter when the break begins is served to the end in it; nobody is called. No number is given
//! after 18:30.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{Body, CounterStatus};
use domain::{CounterId, TicketNumber, Timestamp};
use motcua::centre::{Happening, TEMPLATE};

use super::{DAY_MS, HOUR_MS, time_of_day};

/// From when to when nobody is called, times of the day.
pub const BREAK_MS: (i64, i64) = (11 * HOUR_MS + HOUR_MS / 2, 13 * HOUR_MS + HOUR_MS / 2);
/// By the clock of the hall without the break: no number later, no counter opens later.
const LAST_NUMBER_MS: i64 = 16 * HOUR_MS + HOUR_MS / 2;
const LAST_OPENING_MS: i64 = 17 * HOUR_MS;
/// A business day begins.
const DAY_BEGINS_MS: i64 = 6 * HOUR_MS + HOUR_MS / 2;

/// The site's file of that hall.
pub fn site_file() -> String {
    let days = r#"days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#;
    let (head, rest) = TEMPLATE.split_once("# hours: begin\n").unwrap();
    let (_, tail) = rest.split_once("# hours: end\n").unwrap();
    let hours = [("07:00", "11:30"), ("13:30", "19:00")]
        .map(|(open, close)| format!("[[hours]]\n{days}\nopen = \"{open}\"\nclose = \"{close}\"\n\n"));
    format!("{head}{}{tail}", hours.concat())
}

/// One day of it.
#[derive(Default)]
struct Noon {
    /// Its midnight.
    midnight: Timestamp,
    broke: bool,
    issued: BTreeSet<TicketNumber>,
    /// Called in the morning and not gone yet.
    at_counter: BTreeSet<TicketNumber>,
    /// What was said last of counters that are open.
    open: BTreeMap<CounterId, Happening>,
}

/// What the devices of that hall say, from what those of the demo say.
pub fn with_a_break(all: Vec<Happening>) -> Vec<Happening> {
    let mut out = Vec::with_capacity(all.len());
    let mut day = Noon::default();
    for one in all {
        let midnight = one.at.plus(-DAY_BEGINS_MS);
        let midnight = midnight.plus(-time_of_day(midnight));
        if midnight != day.midnight {
            day = Noon { midnight, ..Noon::default() };
        }
        day.take(one, &mut out);
    }
    out.sort_by_key(|one| one.at);
    out
}

impl Noon {
    fn take(&mut self, mut one: Happening, out: &mut Vec<Happening>) {
        let (begin, end) = BREAK_MS;
        let time = one.at.since(self.midnight);
        debug_assert!((0..DAY_MS + DAY_BEGINS_MS).contains(&time));
        if time >= begin && !self.broke {
            self.broke = true;
            self.leave_the_counters(out);
        }
        let Some(ticket) = ticket_of(&one.body) else {
            if self.counter(&one, time) {
                one.at = if time < begin { one.at } else { one.at.plus(end - begin) };
                out.push(one);
            }
            return;
        };
        if matches!(one.body, Body::TicketIssued { .. }) && time < LAST_NUMBER_MS {
            self.issued.insert(ticket);
        }
        if !self.issued.contains(&ticket) {
            return;
        }
        if matches!(one.body, Body::TicketCalled { .. }) && time < begin {
            self.at_counter.insert(ticket);
        }
        if time >= begin && !self.at_counter.contains(&ticket) {
            one.at = one.at.plus(end - begin);
        }
        if leaves_the_counter(&one.body) {
            self.at_counter.remove(&ticket);
        }
        out.push(one);
    }

    /// Takes in what a counter says of itself; whether it is said in this hall.
    fn counter(&mut self, one: &Happening, time: i64) -> bool {
        let Body::CounterChanged { status, counter, .. } = one.body else { return false };
        if status != CounterStatus::Open {
            self.open.remove(&counter);
            return true;
        }
        self.open.insert(counter, one.clone());
        time < LAST_OPENING_MS
    }

    fn leave_the_counters(&self, out: &mut Vec<Happening>) {
        for one in self.open.values() {
            let Body::CounterChanged { counter, officer, .. } = one.body else { continue };
            let reason = Some("Nghỉ trưa".into());
            let paused =
                Body::CounterChanged { status: CounterStatus::Paused, counter, officer, services: None, reason };
            out.push(Happening { at: self.midnight.plus(BREAK_MS.0), body: paused, ..one.clone() });
            out.push(Happening { at: self.midnight.plus(BREAK_MS.1), ..one.clone() });
        }
    }
}

fn leaves_the_counter(body: &Body) -> bool {
    matches!(
        body,
        Body::TicketFinished { .. }
            | Body::TicketNoShow { .. }
            | Body::TicketCancelled { .. }
            | Body::TicketHeld { .. }
            | Body::TicketTransferred { .. }
    )
}

fn ticket_of(body: &Body) -> Option<TicketNumber> {
    match body {
        Body::TicketIssued { ticket, .. }
        | Body::TicketCalled { ticket, .. }
        | Body::TicketRecalled { ticket, .. }
        | Body::TicketStarted { ticket, .. }
        | Body::TicketFinished { ticket, .. }
        | Body::TicketNoShow { ticket, .. }
        | Body::TicketCancelled { ticket, .. }
        | Body::TicketHeld { ticket, .. }
        | Body::TicketReturned { ticket, .. }
        | Body::TicketTransferred { ticket, .. } => Some(*ticket),
        _ => None,
    }
}
