//! One site as it is served live: events into the ledger, its changes into the estimator.

use domain::Timestamp;
use domain::calendar::BusinessDay;
use domain::estimate::lessons::Key;
use domain::estimate::{Estimator, Issued, Place, Range};
use domain::event::Body;
use domain::facts::{Change, Date, Fact, InLine};
use domain::ledger::{Ledger, Taken};

use super::Prediction;
use super::training::School;
use super::zone::Zone;
use crate::replay::mapping::Mapped;

/// See the module.
pub struct Site {
    number: u16,
    ledger: Option<Ledger>,
    estimator: Estimator,
    taken: Taken,
}

/// A business day that begins.
pub struct NextDay {
    /// The day.
    pub day: BusinessDay,
    /// The start of the day before: what is older is let go.
    keep_from: Timestamp,
}

impl Site {
    /// The site of a number, before its first event.
    pub fn new(number: u16) -> Self {
        Self { number, ledger: None, estimator: Estimator::new(), taken: Taken::default() }
    }

    /// The business day that an event begins, if it does.
    pub fn next_day(&self, at: Timestamp, zone: &mut Zone) -> Option<NextDay> {
        let before = self.ledger.as_ref().map(Ledger::day);
        if before.is_some_and(|day| at < day.end) {
            return None;
        }
        let (day, keep_from) = zone.calendar.day_after(before, at);
        Some(NextDay { day, keep_from })
    }

    /// Begins a business day.
    pub fn start_day(&mut self, NextDay { day, keep_from }: NextDay, zone: &mut Zone, school: &mut School) {
        let ledger = self.ledger.get_or_insert_with(|| Ledger::before(day, keep_from));
        ledger.start_day(day, keep_from, &mut self.taken);
        self.learn(day.date, zone, school);
    }

    /// Takes an event in, the `offset`-th of all. Returns the range of the ticket that it issues;
    /// for other events it means nothing.
    pub fn take(&mut self, offset: u64, event: &Mapped, zone: &mut Zone, school: &mut School) -> Prediction {
        let Some(ledger) = &mut self.ledger else { return Prediction::default() };
        let date = ledger.day().date;
        ledger.take(offset, event.at, event.at, &event.body, &mut self.taken);
        ledger.settle(&mut self.taken);
        let issued = self.learn(date, zone, school).map(|issued| issued.range.unwrap_or(issued.wide));
        let Body::TicketIssued { service, .. } = event.body else { return Prediction::default() };
        let range = issued.or_else(|| {
            // A ticket that no line took up still asked for a range.
            let service = self.ledger.as_ref()?.service_ix(&service)?;
            let place = &mut Place { hours: &mut zone.hours, model: school.model() };
            Some(self.estimator.range_or_prior(service, event.at, place))
        });
        // Nobody said when it is open, so open time is time.
        range.map_or_else(Prediction::default, |Range { p50_ms, p90_ms }| Prediction { p50_ms, p90_ms })
    }

    /// Tells the estimator what follows, and the school what was known and what came of it. Returns
    /// what was known of the first ticket that joined a line.
    fn learn(&mut self, date: Date, zone: &mut Zone, school: &mut School) -> Option<Issued> {
        let mut first = None;
        for change in self.taken.changes.drain(..) {
            let place = &mut Place { hours: &mut zone.hours, model: school.model() };
            let issued = self.estimator.apply(&change, place);
            let key = |line: &InLine| Key { site: self.number, service: line.service, ticket: line.ticket };
            match (change, issued) {
                (Change { fact: Fact::WaitBegan(line), holds: true }, Some(issued)) => {
                    school.lessons.issued(key(&line), date, issued.row.clone());
                    first = first.or(Some(issued));
                }
                (Change { fact: Fact::WaitEnded { line, at, called: true, .. }, holds: true }, _) => {
                    let wait_ms = zone.hours.working_between(line.since, at);
                    school.lessons.called(key(&line), wait_ms as f32 / 1_000.0);
                }
                (Change { fact: Fact::WaitEnded { line, .. }, .. }, _) => school.lessons.left(key(&line)),
                _ => {}
            }
        }
        self.taken.clear();
        first
    }
}
