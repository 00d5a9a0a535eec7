//! From what came in to what history keeps, with the collector's own functions and without a broker.

use anyhow::Context;
use domain::calendar::Hours;
use domain::config::{BusinessDay, SiteConfig};
use domain::history::{Day, ServicePlace, SiteQuality, SiteSeen};
use domain::ledger::{Ledger, Taken};
use domain::{CounterId, DepartmentId, ServiceId};

use super::centre::{Centre, DayOf};
use super::waits::Waits;

/// A centre's state from day to day.
#[derive(Debug)]
pub(super) struct Fold<'c> {
    centre: &'c Centre,
    hours: Hours,
    ledger: Option<Ledger>,
    seen: SiteSeen,
    quality: SiteQuality,
    /// As a journal would count them.
    events: u64,
    told: u64,
    rows: Option<String>,
}

impl<'c> Fold<'c> {
    /// Before the first day. `rows`: every wait is wanted as a line of CSV.
    ///
    /// # Errors
    /// When the zone of Vietnam is not known here.
    pub(super) fn new(centre: &'c Centre, rows: bool) -> anyhow::Result<Self> {
        let hours = Hours::of_site(centre.config())?;
        let (seen, quality) = (SiteSeen::default(), SiteQuality::default());
        Ok(Self { centre, hours, ledger: None, seen, quality, events: 0, told: 0, rows: rows.then(String::new) })
    }

    /// How many events there were since this was last asked, and the lines.
    pub(super) fn take_told(&mut self) -> (u64, String) {
        let events = self.events - self.told;
        self.told = self.events;
        (events, self.rows.as_mut().map(std::mem::take).unwrap_or_default())
    }

    /// The closed days between the last open day and the next one: somebody listened, and nothing
    /// was due.
    pub(super) fn closed_before(&self, of: &DayOf) -> Vec<Day> {
        let Some(ledger) = &self.ledger else { return Vec::new() };
        let calendar = self.centre.calendar();
        let closed = |date| {
            let start = calendar.day(date).start;
            let utc_offset_s = i32::from(self.hours.utc_offset_min(start)) * 60;
            Day { date, start, utc_offset_s, ..Day::default() }
        };
        // The ledger is in the day after the last open one.
        (ledger.day().date..of.day.date).map(closed).collect()
    }

    /// What is kept of the next open day.
    ///
    /// # Errors
    /// Never, while a ledger keeps the day before the present one.
    pub(super) fn day(&mut self, of: &DayOf) -> anyhow::Result<Day> {
        let calendar = self.centre.calendar();
        let mut taken = Taken::default();
        let mut waits = Waits::default();
        let ledger = begin(&mut self.ledger, of.day, calendar.day(of.day.date - 1), &mut taken);
        for said in &of.said {
            let (at, rx) = (of.day.start.plus(said.at), of.day.start.plus(said.rx));
            self.events += 1;
            taken.clear();
            ledger.take(self.events, at, rx, &said.body, &mut taken);
            waits.heard(at, &said.body);
            waits.taken(&taken.changes);
            self.seen.apply(at, &said.body);
            self.quality.event(at, rx);
        }
        taken.clear();
        // The day is over when the next one begins: who is still there is told of then.
        ledger.start_day(calendar.day(of.day.date + 1), of.day.start, &mut taken);
        waits.taken(&taken.changes);
        of.listened().into_iter().for_each(|(from, to)| self.quality.listened(from, to));
        of.lost.iter().for_each(|(at, _)| self.quality.lost(*at, 1));
        let judged = waits.judged(&of.promises, &mut self.hours).collect();
        if let Some(rows) = &mut self.rows {
            waits.write(self.centre, of, ledger, rows);
        }
        let config = self.centre.config();
        let offset_s = self.hours.utc_offset_min(of.day.start);
        let offset_s = i32::from(offset_s) * 60;
        let told = ledger.tell(of.day.end, |_| offset_s);
        let mut told = told.into_iter().find(|told| told.date() == of.day.date).context("the ledger keeps two days")?;
        let due = self.hours.of_day(of.day.date);
        let (cells, minutes) = self.quality.of_day(of.day, offset_s, of.day.end, Some(due));
        told.builder.quality(cells, minutes);
        let kind = |camera, zone| config.zones.iter().find(|z| z.camera == camera && z.zone == zone).map(|z| z.kind);
        let (cells, minutes) = self.seen.of_day(of.day, offset_s, of.day.end, kind);
        told.builder.zones(cells, minutes);
        self.quality.forget(of.day.end);
        self.seen.forget(of.day.end);
        Ok(told.day(&judged, |id| service_place(config, id), |id| counter_place(config, id)))
    }
}

/// The ledger, with the day begun.
fn begin<'l>(
    ledger: &'l mut Option<Ledger>,
    day: BusinessDay,
    before: BusinessDay,
    taken: &mut Taken,
) -> &'l mut Ledger {
    let ledger = ledger.get_or_insert_with(|| Ledger::before(day, before.start));
    if ledger.day().date != day.date {
        ledger.start_day(day, before.start, taken);
    }
    ledger
}

fn service_place(config: &SiteConfig, service: ServiceId) -> ServicePlace {
    let known = config.services.iter().find(|known| known.service == service);
    let (field, department) = known.map_or((None, None), |known| (known.field, known.department));
    ServicePlace { service, field, department }
}

fn counter_place(config: &SiteConfig, counter: CounterId) -> Option<DepartmentId> {
    config.counters.iter().find(|known| known.counter == counter)?.department
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What history keeps of a month is what the devices said.
    #[test]
    fn cells_and_visits_are_of_the_same_events() {
        let centre = Centre::new(0, 2026, 1).unwrap();
        let mut fold = Fold::new(&centre, true).unwrap();
        let (mut issued, mut rated, mut waits) = (0, 0, 0);
        let (mut arrivals, mut visits, mut ratings, mut cells) = (0, 0, 0, 0);
        for of in centre.days().take(21) {
            let count = |code| of.said.iter().filter(|said| said.body.type_code() == code).count();
            issued += count("ticket.issued");
            rated += count("rating.pressed");
            let day = fold.day(&of).unwrap();
            assert_eq!((day.date, day.start, day.utc_offset_s), (of.day.date, of.day.start, 25_200));
            arrivals += day.flow.iter().map(|cell| cell.arrivals as usize).sum::<usize>();
            waits += day.flow.iter().map(|cell| cell.waits.n()).sum::<u64>();
            visits += day.visits.len();
            ratings += day.ratings.len();
            cells += day.queues.len().min(day.counters.len()).min(day.zones.len()).min(day.quality.len());
            assert!(day.flow.iter().any(|cell| cell.promised > 0), "promises were judged");
        }
        let (events, rows) = fold.take_told();
        assert!(events > 20_000 && cells > 21);
        assert_eq!((arrivals, visits), (issued, issued), "each number is a visit that has ended");
        assert!(ratings <= rated && ratings * 50 > rated * 49, "few press twice");
        assert_eq!(waits as usize, rows.lines().count());
    }
}
