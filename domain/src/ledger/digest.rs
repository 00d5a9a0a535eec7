//! A canonical text of a ledger: two ledgers that took the same events, in whatever order, write
//! the same lines. The state hash is made of it.

use std::fmt::Write;

use super::entry::{Kind, NO_IX};
use super::state::{Counter, NEVER, Phase};
use super::{Ledger, Ticket};
use crate::event::RatingLevel;

impl Ledger {
    /// Writes the state, one line a ticket, counter and service, sorted by their names.
    ///
    /// # Panics
    /// Never: writing to a `String` cannot fail.
    pub fn digest(&mut self, out: &mut String) {
        self.settle(&mut super::Taken::default());
        let mut lines = Vec::new();
        let spoken = self.spoken();
        for (day, numbers) in [("1", &self.yesterday), ("2", &self.today)] {
            let known = numbers.table.iter().filter(|ix| {
                // A slot that was only made for who might have stayed in line is nobody's.
                spoken[**ix as usize] || self.state.tickets[**ix as usize].phase != Phase::Unknown
            });
            lines.extend(known.map(|ix| self.ticket_line(day, &self.state.tickets[*ix as usize])));
        }
        lines.extend((0..self.state.counters.len()).filter_map(|ix| self.counter_line(ix as u16)));
        for (ix, open) in self.state.staffing.iter().enumerate() {
            if let (Some(service), Some(open)) = (self.names.services.get(ix as u16), open) {
                lines.push(format!("staffing {service} {open}"));
            }
        }
        for (entry, date) in &self.state.parked {
            let number = self.state.tickets[entry.ticket as usize].number;
            lines.push(format!("parked {date} {number} {} {}", entry.kind as u8, self.state.time(entry.at)));
        }
        lines.sort_unstable();
        let _ = writeln!(out, "day {}", self.day.label());
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "{line}");
        });
    }

    /// Which tickets an event speaks of.
    fn spoken(&self) -> Vec<bool> {
        let mut spoken = vec![false; self.state.tickets.len()];
        let parked = self.state.parked.iter().map(|(entry, _)| entry);
        for entry in self.log.iter().chain(parked).filter(|entry| entry.speaks_of_ticket()) {
            spoken[entry.ticket as usize] = true;
        }
        spoken
    }

    fn ticket_line(&self, day: &str, ticket: &Ticket) -> String {
        let time = |at: u32| if at == NEVER { "-".to_owned() } else { self.state.time(at).to_string() };
        let counter = |ix: u16| self.names.counters.get(ix).map_or("-", |id| id.as_str());
        if ticket.phase == Phase::Unknown {
            return format!("ticket {day} {} unknown", ticket.number);
        }
        format!(
            "ticket {day} {} {} {} {} {} {} {} {} {} {}",
            ticket.number,
            phase(ticket.phase),
            self.names.services.get(ticket.service).map_or("-", |id| id.as_str()),
            ticket.priority(),
            counter(ticket.counter),
            self.state.since(ticket),
            time(ticket.called_at),
            time(ticket.started_at),
            ticket.rating.checked_sub(1).map_or("-", |level| RatingLevel::ALL[usize::from(level)].code()),
            counter(ticket.rating_counter),
        )
    }

    fn counter_line(&self, ix: u16) -> Option<String> {
        let id = self.names.counters.get(ix)?;
        // Which counters have a place depends on which was named first: one of which nothing is
        // known is not there.
        self.state.counters.get(usize::from(ix)).filter(|counter| **counter != Counter::UNKNOWN)?;
        let now = self.counter_now(ix)?;
        let officer = now.officer.map_or_else(|| "-".to_owned(), |officer| officer.to_string());
        let ticket = now.ticket.map_or_else(|| "-".to_owned(), |(number, stage)| format!("{number}/{stage:?}"));
        let since = now.since.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let reason = now.reason.as_deref().unwrap_or("-");
        Some(format!(
            "counter {id} {} {} {officer} {ticket} {since} {reason:?} {:?}",
            now.status, now.spoken, now.services
        ))
    }

    /// How many entries the ledger keeps, and how many of them are events of tickets.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let tickets = self.log.iter().filter(|entry| entry.kind != Kind::DayStarted && entry.counter != NO_IX).count();
        (self.log.len(), tickets)
    }
}

/// A phase in words; of an archived ticket the reason and how far it had come.
fn phase(phase: Phase) -> String {
    match phase {
        Phase::Archived(left) => format!("Archived/day_ended/{left:?}"),
        other => format!("{other:?}"),
    }
}
