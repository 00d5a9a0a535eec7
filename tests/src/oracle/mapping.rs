//! What happened, read off a recording by the mapping of contract section 6.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Instant, Log, TicketRow};

/// One event of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Instant,
    /// The site's id.
    pub site: String,
    /// What.
    pub what: What,
}

/// The kinds of event that a recording or a script holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the contract's, section 2")]
pub enum What {
    Issued { ticket: String, service: String, priority: &'static str },
    Called { ticket: String, counter: Option<String> },
    Finished { ticket: String, counter: Option<String> },
    Cancelled { ticket: String },
    NoShow { ticket: String, counter: Option<String> },
    Opened { counter: String },
    Closed { counter: String },
    Staffing { service: String, open_counters: u64 },
    Rated { ticket: String, level: &'static str },
}

impl Happening {
    /// The contract's payload. `unique` makes the `id`; `boot` and `seq` are the device's own.
    #[must_use]
    pub fn payload(&self, unique: u128, boot: &str, seq: u64) -> String {
        let mut event = self.what.fields();
        event["id"] = json!(uuid(unique));
        event["boot"] = json!(boot);
        event["seq"] = json!(seq);
        event["ts"] = json!(self.at.to_string());
        event.to_string()
    }
}

impl What {
    fn fields(&self) -> Value {
        let mut event = match self {
            Self::Issued { ticket, service, priority } => {
                json!({"type": "ticket.issued", "ticket": ticket, "service": service, "priority": priority})
            }
            Self::Called { ticket, counter } => json!({"type": "ticket.called", "ticket": ticket, "counter": counter}),
            Self::Finished { ticket, counter } => {
                json!({"type": "ticket.finished", "ticket": ticket, "counter": counter})
            }
            Self::Cancelled { ticket } => json!({"type": "ticket.cancelled", "ticket": ticket}),
            Self::NoShow { ticket, counter } => json!({"type": "ticket.no_show", "ticket": ticket, "counter": counter}),
            Self::Opened { counter } => json!({"type": "counter.opened", "counter": counter}),
            Self::Closed { counter } => json!({"type": "counter.closed", "counter": counter}),
            Self::Staffing { service, open_counters } => {
                json!({"type": "service.staffing", "service": service, "open_counters": open_counters})
            }
            Self::Rated { ticket, level } => json!({"type": "rating.pressed", "ticket": ticket, "level": level}),
        };
        // A counter that is not known is absent, not null.
        if let Some(fields) = event.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        event
    }
}

/// The place of an event among those of the same instant. A ticket's own life keeps its order
/// (issued, called, ended), whatever else happens at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Staffing,
    End,
    CallOfEarlier,
    Issue,
    CallOfNow,
    EndOfNow,
}

/// Every event of a recording, in the order in which they happened; those of one instant in the
/// contract's order, then in the order of the file.
#[must_use]
pub fn happenings(log: &Log) -> Vec<Happening> {
    let mut all: Vec<(i64, Rank, Happening)> = Vec::new();
    let mut add = |at: Instant, rank, site: &str, what| {
        all.push((at.ms, rank, Happening { at, site: id(site), what }));
    };
    for row in &log.snapshots {
        let what = What::Staffing { service: id(&row.service), open_counters: row.open_counters };
        add(row.at, Rank::Staffing, &row.site, what);
    }
    for row in &log.tickets {
        for (at, rank, what) in ticket_life(row) {
            add(at, rank, &row.site, what);
        }
    }
    for ((site, counter, _), shift) in shifts(&log.tickets) {
        add(shift.first_call.plus_ms(-1), Rank::Staffing, site, What::Opened { counter: id(counter) });
        if let Some(last) = shift.last_finish {
            add(last.plus_ms(1), Rank::End, site, What::Closed { counter: id(counter) });
        }
    }
    all.sort_by_key(|(ms, rank, _)| (*ms, *rank));
    all.into_iter().map(|(_, _, happening)| happening).collect()
}

fn ticket_life(row: &TicketRow) -> Vec<(Instant, Rank, What)> {
    let ticket = row.ticket_id.rsplit('-').next().unwrap_or_default().to_owned();
    let counter = row.counter.as_deref().map(id);
    let priority = if row.priority == 2 { "appointment" } else { "normal" };
    let issued = What::Issued { ticket: ticket.clone(), service: id(&row.service), priority };
    let mut life = vec![(row.issued, Rank::Issue, issued)];
    if let Some(at) = row.called {
        let rank = if at == row.issued { Rank::CallOfNow } else { Rank::CallOfEarlier };
        life.push((at, rank, What::Called { ticket: ticket.clone(), counter: counter.clone() }));
    }
    if let Some(at) = row.finished {
        let begun_now = at == row.issued || Some(at) == row.called;
        let rank = if begun_now { Rank::EndOfNow } else { Rank::End };
        let what = match row.outcome.as_str() {
            "served" => What::Finished { ticket, counter },
            "abandoned" => What::Cancelled { ticket },
            "no_show" => What::NoShow { ticket, counter },
            other => panic!("unknown outcome {other} of {}", row.ticket_id),
        };
        life.push((at, rank, what));
    }
    life
}

/// A counter's day: by the day on which its tickets were called.
struct Shift {
    first_call: Instant,
    last_finish: Option<Instant>,
}

fn shifts(tickets: &[TicketRow]) -> BTreeMap<(&str, &str, i64), Shift> {
    let mut shifts: BTreeMap<(&str, &str, i64), Shift> = BTreeMap::new();
    for row in tickets {
        let (Some(counter), Some(called)) = (&row.counter, row.called) else { continue };
        let shift =
            shifts.entry((&row.site, counter, called.day())).or_insert(Shift { first_call: called, last_finish: None });
        if called.ms < shift.first_call.ms {
            shift.first_call = called;
        }
        if row.finished.map(|at| at.ms) > shift.last_finish.map(|at| at.ms) {
            shift.last_finish = row.finished;
        }
    }
    shifts
}

/// An id of the contract: lower case, every run of other characters one `-`, at most 32.
pub(super) fn id(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            _ if id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    id.truncate(32);
    id
}

/// 128 bits in the dress of a random UUID.
fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("2020-01-02T{text}+01:00")).unwrap()
    }

    fn row(number: &str, issued: &str, called: &str, finished: &str, counter: &str) -> TicketRow {
        let time = |text: &str| (!text.is_empty()).then(|| at(text));
        TicketRow {
            ticket_id: format!("X_Y-2020-{number}"),
            site: "X_Y".into(),
            service: "A  b".into(),
            priority: 2,
            issued: at(issued),
            called: time(called),
            finished: time(finished),
            counter: (!counter.is_empty()).then(|| counter.to_owned()),
            outcome: "served".into(),
        }
    }

    #[test]
    fn ids_are_the_contracts() {
        assert_eq!(id("UD_Bemowo"), "ud-bemowo");
        assert_eq!(id("A  (b)/C"), "a-b-c");
        assert_eq!(id(&"x".repeat(40)).len(), 32);
        assert_eq!(uuid(7), "00000000-0000-4000-8000-000000000007");
    }

    #[test]
    fn one_instant_has_the_contracts_order_and_a_ticket_keeps_its_own() {
        let tickets = vec![
            row("T1", "08:00:00", "09:00:00", "", ""),
            row("T2", "08:00:00", "08:30:00", "09:00:00", "Q 1"),
            row("T3", "09:00:00", "09:00:00", "09:00:00", "Q 2"),
        ];
        let snapshots = vec![super::super::Snapshot {
            at: at("09:00:00"),
            site: "X_Y".into(),
            service: "A".into(),
            open_counters: 3,
        }];
        let told: Vec<String> = happenings(&Log { tickets, snapshots })
            .iter()
            .map(|one| {
                let text = one.what.fields();
                let name = text["ticket"].as_str().or(text["counter"].as_str()).unwrap_or("-").to_owned();
                format!("{} {} {name}", &one.at.to_string()[11..23], text["type"].as_str().unwrap())
            })
            .collect();
        let expected = [
            "07:00:00.000 ticket.issued T1",
            "07:00:00.000 ticket.issued T2",
            "07:29:59.999 counter.opened q-1",
            "07:30:00.000 ticket.called T2",
            "07:59:59.999 counter.opened q-2",
            "08:00:00.000 service.staffing -",
            "08:00:00.000 ticket.finished T2",
            "08:00:00.000 ticket.called T1",
            "08:00:00.000 ticket.issued T3",
            "08:00:00.000 ticket.called T3",
            "08:00:00.000 ticket.finished T3",
            "08:00:00.001 counter.closed q-1",
            "08:00:00.001 counter.closed q-2",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_payload_is_flat_and_has_no_nulls() {
        let one = Happening {
            at: at("08:00:00"),
            site: "x-y".into(),
            what: What::Called { ticket: "T1".into(), counter: None },
        };
        let payload: Value = serde_json::from_str(&one.payload(1, "b1", 9)).unwrap();
        let expected = json!({"type": "ticket.called", "ticket": "T1", "boot": "b1", "seq": 9,
            "id": "00000000-0000-4000-8000-000000000001", "ts": "2020-01-02T07:00:00.000Z"});
        assert_eq!(payload, expected);
    }
}
