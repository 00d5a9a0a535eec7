//! A second opinion on a board: contract section 5, folded once over what the journal holds in the
//! order of (`at`, offset), with lists where the collector has figures. It shares no code with it.

mod lines;

use std::collections::BTreeMap;

use serde_json::Value;

pub use self::lines::lines_of;
use crate::hall::day_of;

/// An accepted event as it stands in the journal.
#[derive(Debug, Clone)]
pub struct Said {
    pub at: i64,
    pub offset: u64,
    pub topic: String,
    pub fields: Value,
}

impl Said {
    fn text(&self, field: &str) -> Option<String> {
        self.fields[field].as_str().map(str::to_owned)
    }

    /// On a counter's own topic an absent counter is that counter.
    fn counter(&self) -> Option<String> {
        let parts: Vec<&str> = self.topic.split('/').collect();
        let own = (parts[3] == "counter").then(|| parts[4].to_owned());
        self.text("counter").or(own)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Called,
    Serving,
    Held,
    Finished,
    Cancelled,
    NoShow,
    Archived,
}

#[derive(Debug, Clone)]
struct Ticket {
    phase: Phase,
    service: String,
    counter: Option<String>,
    since: i64,
    line: u64,
    called: Option<i64>,
    started: Option<i64>,
    moved: Option<Option<String>>,
    rating: Option<(String, Option<String>)>,
}

#[derive(Debug, Clone, Default)]
struct Counter {
    status: String,
    ticket: Option<Key>,
    ended: Option<(Key, i64)>,
    served: Vec<Option<i64>>,
}

/// A number belongs to a business day.
type Key = (i64, String);

/// The site after a prefix of its events.
#[derive(Debug, Default)]
pub struct Truth {
    day: Option<i64>,
    tickets: BTreeMap<Key, Ticket>,
    counters: BTreeMap<String, Counter>,
    waits: Vec<(String, i64, i64)>,
    arrivals: Vec<(String, i64)>,
    abandoned: Vec<(String, i64)>,
    unbound: usize,
    /// Ratings of today whose number was given out again since.
    past: Vec<(String, Option<String>)>,
    parked: Vec<(Key, Said)>,
    rejected: usize,
    lines: u64,
}

/// Folds what was said, up to `as_of`.
pub fn fold(mut said: Vec<Said>, as_of: i64, turns_by_itself: bool) -> Truth {
    said.sort_by_key(|event| (event.at, event.offset));
    let mut truth = Truth::default();
    for event in said {
        truth.turn_to(day_of(event.at));
        truth.take(event);
    }
    if turns_by_itself {
        truth.turn_to(day_of(as_of));
    }
    truth
}

impl Truth {
    fn turn_to(&mut self, day: i64) {
        let before = *self.day.get_or_insert(day);
        for day in before + 1..=day {
            self.begin_day(day);
        }
    }

    fn begin_day(&mut self, day: i64) {
        self.day = Some(day);
        for ticket in self.tickets.values_mut() {
            if matches!(ticket.phase, Phase::Waiting | Phase::Called | Phase::Serving | Phase::Held) {
                ticket.phase = Phase::Archived;
            }
            ticket.rating = None;
        }
        for counter in self.counters.values_mut() {
            (counter.ticket, counter.ended) = (None, None);
            counter.served.clear();
        }
        self.unbound = 0;
        self.past.clear();
        let before = self.parked.len();
        self.parked.retain(|((of, _), _)| *of == day - 1);
        self.rejected += before - self.parked.len();
    }

    fn counter(&mut self, id: &str) -> &mut Counter {
        self.counters.entry(id.to_owned()).or_default()
    }

    fn take(&mut self, event: Said) {
        let kind = event.text("type").unwrap();
        let Some(word) = kind.strip_prefix("ticket.") else { return self.other(&kind, &event) };
        let key = (day_of(event.at), event.text("ticket").unwrap());
        if word == "issued" {
            self.issued(key, &event);
        } else if self.tickets.contains_key(&key) {
            self.moved(&key, word, &event, event.at);
        } else {
            self.parked.push((key, event));
        }
    }

    fn issued(&mut self, key: Key, event: &Said) {
        let open =
            |ticket: &Ticket| matches!(ticket.phase, Phase::Waiting | Phase::Called | Phase::Serving | Phase::Held);
        if self.tickets.get(&key).is_some_and(open) {
            self.rejected += 1;
            return;
        }
        let service = event.text("service").unwrap();
        self.arrivals.push((service.clone(), event.at));
        self.past.extend(self.tickets.get(&key).and_then(|before| before.rating.clone()));
        self.tickets.insert(
            key.clone(),
            Ticket {
                phase: Phase::Waiting,
                service,
                counter: None,
                since: event.at,
                line: 0,
                called: None,
                started: None,
                moved: None,
                rating: None,
            },
        );
        self.wait(&key, event.at);
        let (mine, others) = std::mem::take(&mut self.parked).into_iter().partition(|(other, _)| *other == key);
        self.parked = others;
        for (key, parked) in Vec::<(Key, Said)>::from_iter(mine) {
            let kind = parked.text("type").unwrap();
            self.moved(&key, &kind["ticket.".len()..], &parked, event.at);
        }
    }

    fn wait(&mut self, key: &Key, at: i64) {
        self.lines += 1;
        let line = self.lines;
        let ticket = self.tickets.get_mut(key).unwrap();
        (ticket.phase, ticket.since, ticket.line, ticket.moved) = (Phase::Waiting, at, line, None);
    }

    fn moved(&mut self, key: &Key, word: &str, event: &Said, at: i64) {
        let before = self.tickets[key].clone();
        let over = matches!(before.phase, Phase::Finished | Phase::Cancelled | Phase::NoShow);
        if before.phase == Phase::Archived || over && !matches!(word, "recalled" | "returned") {
            return;
        }
        let with = matches!(before.phase, Phase::Called | Phase::Serving);
        match word {
            "recalled" if before.phase == Phase::Waiting => {}
            "called" | "recalled" => {
                let counter =
                    event.counter().or(if before.phase == Phase::Waiting { None } else { before.counter.clone() });
                if !with || counter != before.counter {
                    self.come(key, counter, at);
                }
            }
            "started" if before.phase != Phase::Serving => {
                self.imply(key, event.counter(), at);
                let ticket = self.tickets.get_mut(key).unwrap();
                (ticket.phase, ticket.since, ticket.started) = (Phase::Serving, at, Some(at));
            }
            "finished" => {
                self.imply(key, event.counter(), at);
                self.served(key, at);
            }
            "no_show" => self.no_show(key, event.counter(), at),
            "cancelled" => {
                self.leave(key);
                self.tickets.get_mut(key).unwrap().phase = Phase::Cancelled;
                if before.phase == Phase::Waiting {
                    self.abandoned.push((before.service, at));
                }
            }
            "held" if before.phase != Phase::Held => {
                self.leave(key);
                self.tickets.get_mut(key).unwrap().phase = Phase::Held;
            }
            "returned" if before.phase != Phase::Waiting => {
                self.leave(key);
                self.wait(key, at);
            }
            "transferred" => self.transferred(key, &before, event, at),
            _ => {}
        }
    }

    fn transferred(&mut self, key: &Key, before: &Ticket, event: &Said, at: i64) {
        let service = event.text("to_service").unwrap_or_else(|| before.service.clone());
        let to = event.text("to_counter");
        if before.phase == Phase::Waiting && before.moved.as_ref() == Some(&to) && service == before.service {
            return;
        }
        self.leave(key);
        self.tickets.get_mut(key).unwrap().service = service;
        self.wait(key, at);
        self.tickets.get_mut(key).unwrap().moved = Some(to);
    }

    fn no_show(&mut self, key: &Key, counter: Option<String>, at: i64) {
        if self.tickets[key].phase == Phase::Waiting {
            self.come(key, counter.clone(), at);
        }
        self.leave(key);
        let ticket = self.tickets.get_mut(key).unwrap();
        (ticket.phase, ticket.since) = (Phase::NoShow, at);
        ticket.counter = ticket.counter.take().or(counter);
        let service = ticket.service.clone();
        self.abandoned.push((service, at));
    }

    /// Called to a counter: a wait that lasts ends and counts, and who is there is finished.
    fn come(&mut self, key: &Key, counter: Option<String>, at: i64) {
        let ticket = self.tickets[key].clone();
        if ticket.phase == Phase::Waiting {
            self.waits.push((ticket.service, at, at - ticket.since));
        }
        self.leave(key);
        let ticket = self.tickets.get_mut(key).unwrap();
        (ticket.phase, ticket.since, ticket.called, ticket.started) = (Phase::Called, at, Some(at), None);
        ticket.counter.clone_from(&counter);
        let Some(counter) = counter else { return };
        if let Some(there) = self.counter(&counter).ticket.clone() {
            self.served(&there, at);
        }
        self.counter(&counter).ticket = Some(key.clone());
    }

    fn leave(&mut self, key: &Key) {
        if let Some(counter) = self.tickets[key].counter.clone()
            && self.counter(&counter).ticket.as_ref() == Some(key)
        {
            self.counter(&counter).ticket = None;
        }
    }

    fn imply(&mut self, key: &Key, counter: Option<String>, at: i64) {
        let before = self.tickets[key].clone();
        let with = matches!(before.phase, Phase::Called | Phase::Serving);
        let elsewhere = counter.is_some() && counter != before.counter;
        if with && !elsewhere {
            return;
        }
        self.come(key, counter, at);
        let ticket = self.tickets.get_mut(key).unwrap();
        if with {
            (ticket.called, ticket.started, ticket.phase) = (before.called, before.started, before.phase);
        } else {
            ticket.called = None;
        }
    }

    fn served(&mut self, key: &Key, at: i64) {
        self.leave(key);
        let ticket = self.tickets.get_mut(key).unwrap();
        (ticket.phase, ticket.since) = (Phase::Finished, at);
        let (began, counter) = (ticket.started.or(ticket.called), ticket.counter.clone());
        if let Some(counter) = counter {
            let counter = self.counter(&counter);
            counter.served.push(began.map(|began| at - began));
            counter.ended = Some((key.clone(), at));
        }
    }

    fn other(&mut self, kind: &str, event: &Said) {
        match kind {
            "counter.opened" | "counter.paused" | "counter.closed" => {
                let status = &kind["counter.".len()..];
                let status = if status == "opened" { "open" } else { status };
                self.counter(&event.counter().unwrap()).status = status.to_owned();
            }
            "rating.pressed" => self.rated(event),
            _ => {}
        }
    }

    fn rated(&mut self, event: &Said) {
        let counter = event.counter();
        let bound = match event.text("ticket") {
            Some(number) => {
                let key = (day_of(event.at), number);
                self.tickets.get(&key).is_some_and(|ticket| ticket.phase != Phase::Archived).then_some(key)
            }
            None => counter.as_ref().and_then(|counter| self.rated_at(counter, event.at)),
        };
        let Some(key) = bound else {
            self.unbound += 1;
            return;
        };
        let ticket = self.tickets.get_mut(&key).unwrap();
        let counter = counter.or(ticket.counter.clone());
        ticket.rating = Some((event.text("level").unwrap(), counter));
    }

    fn rated_at(&self, counter: &str, at: i64) -> Option<Key> {
        let counter = self.counters.get(counter)?;
        let ended = counter.ended.as_ref().filter(|(_, when)| at - when <= 120_000).map(|(key, _)| key.clone());
        let serving = |key: &&Key| self.tickets[*key].phase == Phase::Serving;
        if let Some(present) = counter.ticket.as_ref().filter(serving) {
            return Some(present.clone());
        }
        let unrated = ended.clone().filter(|key| self.tickets[key].rating.is_none());
        unrated.or_else(|| counter.ticket.clone()).or(ended)
    }
}
