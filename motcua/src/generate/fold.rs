//! From what came in to what history keeps, with the collector's own functions and without a broker.

use anyhow::Context;
use domain::calendar::Hours;
use domain::config::{BusinessDay, SiteConfig};
use domain::history::{Day, ServicePlace, SiteQuality, SiteSeen};
use domain::ledger::{Ledger, Taken};
use domain::{CounterId, DepartmentId, ServiceId};

use super::centre::{Centre, DayOf};
use super::waits::Waits;

/// The collector listens from before the first until after the last, milliseconds after midnight.
const LISTENS_MS: (i64, i64) = (6 * 3_600_000, 20 * 3_600_000);

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
        listen(&mut self.quality, of);
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
        self.seen = SiteSeen::default();
        Ok(told.day(&judged, |id| service_place(config, id), |id| counter_place(config, id)))
    }
}

/// When somebody listened, and what was given up.
fn listen(quality: &mut SiteQuality, of: &DayOf) {
    let (from, to) = (of.day.start.plus(LISTENS_MS.0), of.day.start.plus(LISTENS_MS.1));
    let (off, on) = of.off.unwrap_or((to, to));
    quality.listened(from, off);
    if on < to {
        quality.listened(on, to);
    }
    of.lost.iter().for_each(|(at, _)| quality.lost(*at, 1));
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
