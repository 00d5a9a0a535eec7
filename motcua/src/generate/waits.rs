//! The waits of one day, taken from the ledger's facts one by one: for promises to be judged by, and
//! as lines of CSV for another tool to reckon with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use domain::calendar::Hours;
use domain::estimate::{Judged, Range};
use domain::event::Body;
use domain::facts::{Change, CounterIx, Fact, InLine};
use domain::ledger::Ledger;
use domain::{CounterId, OfficerId, TicketNumber, Timestamp};

use super::centre::{Centre, DayOf};
use super::year::civil_of;

/// What the columns are. `hour` is the hour of the call on the site's wall, `weekday` 1 for Monday.
pub(super) const HEAD: &str = "site,date,month,weekday,hour,service,field,department,counter,officer,wait_ms\n";

const HOUR_MS: i64 = 3_600_000;

/// A wait that ended with a call, as often as it holds.
#[derive(Debug)]
struct Wait {
    line: InLine,
    counter: Option<CounterIx>,
    holds: i32,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Waits {
    officers: HashMap<(TicketNumber, Timestamp), OfficerId>,
    /// By (called at, ticket).
    waits: BTreeMap<(Timestamp, TicketNumber), Wait>,
}

impl Waits {
    /// An event came in.
    pub(super) fn heard(&mut self, at: Timestamp, body: &Body) {
        if let Body::TicketCalled { ticket, officer: Some(officer), .. } = body {
            self.officers.insert((*ticket, at), *officer);
        }
    }

    /// Facts followed.
    pub(super) fn taken(&mut self, changes: &[Change]) {
        for Change { fact, holds } in changes {
            let Fact::WaitEnded { line, at, called: true, counter, .. } = fact else { continue };
            let new = || Wait { line: *line, counter: *counter, holds: 0 };
            let wait = self.waits.entry((*at, line.ticket)).or_insert_with(new);
            wait.holds += if *holds { 1 } else { -1 };
            if *holds {
                (wait.line, wait.counter) = (*line, *counter);
            }
        }
    }

    /// What was promised for the first wait of each number, and how long that was.
    pub(super) fn judged(
        &self,
        promises: &[(TicketNumber, (u32, u32))],
        hours: &mut Hours,
    ) -> impl Iterator<Item = (u32, Judged)> {
        let promises: HashMap<TicketNumber, (u32, u32)> = promises.iter().copied().collect();
        let mut called = HashSet::new();
        let mut all = Vec::new();
        for ((at, ticket), wait) in self.waits.iter().filter(|(_, wait)| wait.holds > 0) {
            let Some((p50_ms, p90_ms)) = promises.get(ticket).copied().filter(|_| called.insert(*ticket)) else {
                continue;
            };
            let InLine { order, since, .. } = wait.line;
            let waited_ms = u32::try_from(hours.working_between(since, *at)).unwrap_or(u32::MAX);
            all.push((order, Judged { order, range: Range { p50_ms, p90_ms }, waited_ms }));
        }
        all.into_iter()
    }

    /// The lines of the day.
    pub(super) fn write(&self, centre: &Centre, of: &DayOf, ledger: &Ledger, out: &mut String) {
        let config = centre.config();
        let date = civil_of(of.day.date);
        let (month, weekday) = (date.month(), date.weekday().to_monday_one_offset());
        for ((at, ticket), Wait { line, counter, .. }) in self.waits.iter().filter(|(_, wait)| wait.holds > 0) {
            let service = ledger.service_id(line.service);
            let service = service.and_then(|id| config.services.iter().find(|known| known.service == id));
            let Some(service) = service else { continue };
            let hour = at.since(of.day.start) / HOUR_MS;
            let counter = counter.and_then(|ix| ledger.counter_id(ix));
            let counter = counter.as_ref().map_or("", CounterId::as_str);
            let officer = self.officers.get(&(*ticket, *at)).map_or("", OfficerId::as_str);
            let field = service.field.as_ref().map_or("", |id| id.as_str());
            let department = service.department.as_ref().map_or("", |id| id.as_str());
            let (site, service, wait_ms) = (config.site, service.service, at.since(line.since));
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "{site},{date},{month},{weekday},{hour},{service},{field},{department},{counter},{officer},{wait_ms}"
            );
        }
    }
}
