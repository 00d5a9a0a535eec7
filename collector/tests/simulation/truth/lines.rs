//! The figures of a board as lines: of the second opinion, and of a board.

use std::collections::{BTreeMap, BTreeSet};

use domain::Seconds;
use domain::board::{Board, Ingest, RatingTotals, ServiceRow};
use serde_json::Value;

use super::{Counter, Key, Phase, Ticket, Truth};
use crate::hall::{DEVICES, SERVICES};

const WINDOW_MS: i64 = 900_000;
const MISSED_MS: i64 = 1_800_000;

impl Truth {
    /// The figures of a board at `as_of`, as lines.
    pub fn lines(&self, as_of: i64, accepted: usize, dead: usize) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for service in SERVICES {
            lines.insert(self.service_line(service, as_of));
        }
        for (kind, id) in DEVICES {
            if kind == "counter" {
                lines.insert(self.counter_line(id));
            }
        }
        let rated: Vec<&str> = self.ratings().map(|(level, _)| level.as_str()).collect();
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        rated.iter().for_each(|level| *levels.entry(level).or_default() += 1);
        lines.insert(format!("ratings {} {levels:?} unbound {}", rated.len(), self.unbound));
        // A number may be missed before and after midnight, by two people: the board's rows are known by
        // their number, and the newest stands.
        let missed = |ticket: &&Ticket| ticket.phase == Phase::NoShow && ticket.since > as_of - MISSED_MS;
        let mut newest: BTreeMap<_, (i64, _)> = BTreeMap::new();
        for ((_, number), ticket) in self.tickets.iter().filter(|(_, ticket)| missed(ticket)) {
            let row = (ticket.since, &ticket.counter);
            let known = newest.entry(number).or_insert(row);
            if known.0 <= row.0 {
                *known = row;
            }
        }
        lines.extend(newest.into_iter().map(|(number, (_, counter))| format!("missed {number} {counter:?}")));
        let (accepted, dead) = (accepted - self.rejected, dead + self.rejected);
        lines.insert(format!("ingest accepted {accepted} unmatched {} dead {dead}", self.parked.len()));
        lines
    }

    /// The ratings of the day.
    fn ratings(&self) -> impl Iterator<Item = &(String, Option<String>)> {
        self.tickets.values().filter_map(|ticket| ticket.rating.as_ref()).chain(&self.past)
    }

    fn service_line(&self, service: &str, as_of: i64) -> String {
        let inside = |at: &i64| *at > as_of - WINDOW_MS && *at <= as_of;
        let standing = |ticket: &&(&Key, &Ticket)| ticket.1.phase == Phase::Waiting && ticket.1.service == service;
        let mut line: Vec<(&Key, &Ticket)> = self.tickets.iter().filter(|it| standing(&it)).collect();
        line.sort_by_key(|(_, ticket)| (ticket.since, ticket.line));
        let next: Vec<&str> = line.iter().take(3).map(|((_, number), _)| number.as_str()).collect();
        let longest = line.first().map(|(_, ticket)| as_of - ticket.since);
        let ended = self.waits.iter().filter(|(of, at, _)| of == service && inside(at));
        let mut waits: Vec<i64> = ended.map(|(.., wait)| *wait).collect();
        waits.sort_unstable();
        let n = waits.len() as i64;
        let mean = (n > 0).then(|| (waits.iter().sum::<i64>() + n / 2) / n);
        let rank = |percent: usize| waits.get((waits.len() * percent).div_ceil(100).wrapping_sub(1)).copied();
        let count = |list: &[(String, i64)]| list.iter().filter(|(of, at)| of == service && inside(at)).count();
        format!(
            "service {service} waiting {} next {next:?} longest {longest:?} called {n} mean {mean:?} p50 {:?} p90 {:?} arrivals {} abandoned {}",
            line.len(),
            rank(50),
            rank(90),
            count(&self.arrivals),
            count(&self.abandoned),
        )
    }

    fn counter_line(&self, id: &str) -> String {
        let none = Counter::default();
        let counter = self.counters.get(id).unwrap_or(&none);
        let status = if counter.status.is_empty() { "closed" } else { &counter.status };
        let ticket = counter.ticket.as_ref().map(|key| {
            let stage = if self.tickets[key].phase == Phase::Serving { "serving" } else { "called" };
            (key.1.as_str(), stage)
        });
        let known: Vec<i64> = counter.served.iter().copied().flatten().collect();
        let n = known.len() as i64;
        let mean = (n > 0).then(|| (known.iter().sum::<i64>() + n / 2) / n);
        let mine = self.ratings().filter(|(_, counter)| counter.as_deref() == Some(id));
        let mine: Vec<&String> = mine.map(|(level, _)| level).collect();
        let good = mine.iter().filter(|level| level.ends_with("satisfied") && !level.contains("dis")).count();
        let served = counter.served.len();
        format!("counter {id} {status} {ticket:?} served {served} mean {mean:?} ratings {} {good}", mine.len())
    }
}

/// What a board says, as the same lines.
pub fn lines_of(board: &Board) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for service in SERVICES {
        let row = board.services.iter().find(|row| row.service.as_str() == service);
        let next: Vec<&str> = row.iter().flat_map(|row| &row.next).map(|ticket| ticket.as_str()).collect();
        let ms = |of: fn(&ServiceRow) -> Option<Seconds>| row.and_then(of).map(Seconds::ms);
        lines.insert(format!(
            "service {service} waiting {} next {next:?} longest {:?} called {} mean {:?} p50 {:?} p90 {:?} arrivals {} abandoned {}",
            row.map_or(0, |row| row.waiting),
            ms(|row| row.longest_wait_s),
            row.map_or(0, |row| row.called),
            ms(|row| row.wait_mean_s),
            ms(|row| row.wait_p50_s),
            ms(|row| row.wait_p90_s),
            row.map_or(0, |row| row.arrivals),
            row.map_or(0, |row| row.abandoned),
        ));
    }
    for (kind, id) in DEVICES {
        let row = board.counters.iter().find(|row| row.counter.as_str() == id);
        let (Some(row), "counter") = (row, kind) else {
            if kind == "counter" {
                lines.insert(format!("counter {id} closed None served 0 mean None ratings 0 0"));
            }
            continue;
        };
        let code = |value: Value| value.as_str().unwrap().to_owned();
        let status = code(serde_json::to_value(row.status).unwrap());
        let stage = |stage| code(serde_json::to_value(stage).unwrap());
        let ticket = row.ticket.as_ref().zip(row.ticket_state).map(|(ticket, at)| (ticket.as_str(), stage(at)));
        let (served, mean, ratings) =
            (row.served, row.service_mean_s.map(Seconds::ms), row.ratings.unwrap_or_default());
        let (n, good) = (ratings.n, ratings.satisfied);
        lines.insert(format!("counter {id} {status} {ticket:?} served {served} mean {mean:?} ratings {n} {good}"));
    }
    let RatingTotals { n, by_level, unbound } = &board.ratings;
    let levels: BTreeMap<&str, u32> = by_level.iter().map(|(level, n)| (level.code(), *n)).collect();
    lines.insert(format!("ratings {n} {levels:?} unbound {unbound}"));
    for row in &board.missed {
        lines.insert(format!("missed {} {:?}", row.ticket, row.counter.as_ref().map(|id| id.as_str())));
    }
    let ingest = board.ingest.unwrap_or_default();
    let Ingest { accepted, unmatched, dead_letter, .. } = ingest;
    lines.insert(format!("ingest accepted {accepted} unmatched {unmatched} dead {dead_letter}"));
    lines
}
