//! One site's day, event by event.
//!
//! Numbers are taken, and called in turn at one counter after the other; a counter's next call
//! comes after its last citizen has gone. All events are those of one gateway device.

use std::fmt::Write;

use super::Shape;

/// How many citizens wait at a site at any time.
const WAITING: u64 = 40;

/// A site that brings forth its next event, for ever.
#[derive(Debug)]
pub struct Centre {
    shape: Shape,
    /// Differs from run to run, so that no event of one run repeats one of another.
    run: u64,
    site: u64,
    boot: String,
    seq: u64,
    visit: u64,
    step: Step,
}

/// What happens next in a visit's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Open(u64),
    Issue,
    Finish,
    Call,
    Start,
}

/// A call that the load has just made, for whoever measures how long it takes to a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The number called.
    pub ticket: String,
}

impl Centre {
    /// A site at the beginning of its day.
    #[must_use]
    pub fn new(shape: Shape, site: u32, run: u64) -> Self {
        Self { shape, run, site: site.into(), boot: format!("{run:x}"), seq: 0, visit: 0, step: Step::Open(0) }
    }

    /// The boot id of the site's device.
    #[must_use]
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// Writes the payload of the next event into `payload`, which is emptied first; `ts` is its
    /// time in RFC 3339.
    pub fn next(&mut self, ts: &str, payload: &mut String) -> Option<Call> {
        self.seq += 1;
        payload.clear();
        payload.push_str("{\"id\":\"");
        push_event_id(self.run, self.site, self.seq, payload);
        let fields = self.step.fields(self.shape, self.visit);
        write_into(
            payload,
            format_args!("\",\"boot\":\"{}\",\"seq\":{},\"ts\":\"{ts}\",{fields}}}", self.boot, self.seq),
        );
        let call = (self.step == Step::Call).then(|| Call { ticket: ticket(self.visit - WAITING) });
        self.advance();
        call
    }

    fn advance(&mut self) {
        let counters = u64::from(self.shape.counters);
        self.step = match self.step {
            Step::Open(counter) if counter + 1 < counters => Step::Open(counter + 1),
            Step::Open(_) => Step::Issue,
            Step::Issue if self.visit >= WAITING + counters => Step::Finish,
            Step::Issue if self.visit >= WAITING => Step::Call,
            Step::Finish => Step::Call,
            Step::Call => Step::Start,
            Step::Issue | Step::Start => {
                self.visit += 1;
                Step::Issue
            }
        };
    }
}

impl Step {
    fn fields(self, shape: Shape, visit: u64) -> String {
        let counters = u64::from(shape.counters);
        let counter = |visit: u64| visit % counters + 1;
        match self {
            Self::Open(counter) => format!("\"type\":\"counter.opened\",\"counter\":\"q{}\"", counter + 1),
            Self::Issue => {
                let service = visit % u64::from(shape.services) + 1;
                let ticket = ticket(visit);
                format!(
                    "\"type\":\"ticket.issued\",\"ticket\":\"{ticket}\",\"service\":\"v{service}\",\"priority\":\"normal\""
                )
            }
            Self::Finish => of_ticket("finished", visit - WAITING - counters, counter(visit - WAITING)),
            Self::Call => of_ticket("called", visit - WAITING, counter(visit - WAITING)),
            Self::Start => of_ticket("started", visit - WAITING, counter(visit - WAITING)),
        }
    }
}

fn of_ticket(what: &str, visit: u64, counter: u64) -> String {
    format!("\"type\":\"ticket.{what}\",\"ticket\":\"{}\",\"counter\":\"q{counter}\"", ticket(visit))
}

fn ticket(visit: u64) -> String {
    format!("A{visit:04}")
}

/// A UUID that names run, site and event: unique without a random source.
fn push_event_id(run: u64, site: u64, seq: u64, text: &mut String) {
    let (high, middle, low) = (run & 0xFFFF_FFFF, site & 0xFFFF, seq & 0xFFFF_FFFF_FFFF);
    let more = run >> 32 & 0xFFF;
    write_into(text, format_args!("{high:08x}-{middle:04x}-4{more:03x}-8000-{low:012x}"));
}

fn write_into(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;

    fn day(events: usize) -> Vec<Value> {
        let mut centre = Centre::new(Shape { sites: 1, counters: 3, services: 2, devices: 1 }, 0, 7);
        let mut payload = String::new();
        let mut next = || {
            centre.next("2026-11-23T01:02:03.004Z", &mut payload);
            serde_json::from_str(&payload).unwrap()
        };
        (0..events).map(|_| next()).collect()
    }

    #[test]
    fn ids_and_numbers_never_repeat_and_seq_has_no_hole() {
        let day = day(2000);
        let ids: BTreeSet<_> = day.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2000);
        assert!(day.iter().enumerate().all(|(n, event)| event["seq"] == n + 1));
    }

    #[test]
    fn every_visit_goes_its_way_and_a_counter_serves_one_at_a_time() {
        let (mut tickets, mut counters) = (BTreeMap::new(), BTreeMap::new());
        for event in day(2000) {
            let kind = event["type"].as_str().unwrap().to_owned();
            if kind == "counter.opened" {
                continue;
            }
            let ticket = event["ticket"].as_str().unwrap().to_owned();
            let before = tickets.insert(ticket.clone(), kind.clone());
            let expected = match kind.as_str() {
                "ticket.issued" => None,
                "ticket.called" => Some("ticket.issued"),
                "ticket.started" => Some("ticket.called"),
                "ticket.finished" => Some("ticket.started"),
                other => panic!("{other}"),
            };
            assert_eq!(before.as_deref(), expected, "{ticket}");
            if let Some(counter) = event["counter"].as_str() {
                let holder = counters.insert(counter.to_owned(), ticket.clone());
                match kind.as_str() {
                    "ticket.called" => assert_eq!(holder, None, "{counter}"),
                    "ticket.finished" => drop(counters.remove(counter)),
                    _ => assert_eq!(holder, Some(ticket)),
                }
            }
        }
    }

    #[test]
    fn a_call_is_told() {
        let mut centre = Centre::new(Shape::NATIONAL, 0, 7);
        let mut payload = String::new();
        let call = std::iter::repeat_with(|| centre.next("t", &mut payload)).take(200).flatten().next();
        assert_eq!(call, Some(Call { ticket: "A0000".to_owned() }));
    }

    #[test]
    fn payloads_are_as_large_as_real_ones() {
        let events = day(2000);
        let bytes: usize = events.iter().map(|event| event.to_string().len()).sum();
        let mean = bytes / events.len();
        assert!((140..170).contains(&mean), "{mean} bytes");
    }
}
