//! What the ledger operator keeps for history alone: how good the data are, what has changed since
//! history was told, and from where on.

use domain::Timestamp;
use domain::calendar::Hours;
use domain::history::SiteQuality;
use domain::ledger::Ledger;
use domain::view::SiteNames;
use serde::{Deserialize, Serialize};

use super::Noted;
use super::history::DayPart;

/// See the module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Past {
    quality: SiteQuality,
    /// The latest instant up to which the journal says what was: a counter that is open is known to
    /// be so until here.
    known: Option<Timestamp>,
    /// When the present business day began.
    today: Option<Timestamp>,
    /// The last event's record.
    #[serde(skip)]
    pub offset: u64,
    /// Whether the day before, and the present one, changed since history was told. What was told
    /// before a restart may not have been written.
    #[serde(skip, default = "both")]
    pub dirty: [bool; 2],
}

const fn both() -> [bool; 2] {
    [true; 2]
}

impl Past {
    /// An event was taken in.
    pub fn event(&mut self, offset: u64, at: Timestamp, now: Timestamp) {
        self.offset = offset;
        self.quality.event(at, now);
        self.know(now);
        self.touch(at);
    }

    /// Something else was written down.
    pub fn note(&mut self, noted: Noted) {
        match noted {
            Noted::Listened { from, to } => {
                self.quality.listened(from, to);
                self.know(to);
                self.touch(from);
                self.touch(to);
            }
            // By the time of what came before: the record itself has no place in the day.
            Noted::Lost(n) => self.at_last(|quality, at| quality.lost(at, n)),
            Noted::DeadLetter => self.at_last(SiteQuality::dead_letter),
        }
    }

    fn at_last(&mut self, count: impl FnOnce(&mut SiteQuality, Timestamp)) {
        if let Some(at) = self.known {
            count(&mut self.quality, at);
            self.touch(at);
        }
    }

    /// The journal says what was, up to here.
    pub fn know(&mut self, at: Timestamp) {
        self.known = self.known.max(Some(at));
    }

    fn touch(&mut self, at: Timestamp) {
        self.dirty[usize::from(self.today.is_none_or(|start| at >= start))] = true;
    }

    /// The site is configured anew: what is told of the kept days follows it.
    pub fn configured(&mut self) {
        self.dirty = [true; 2];
    }

    /// A business day begins. What lasted is now known to the end of the one before.
    pub fn start_day(&mut self, start: Timestamp, keep_from: Timestamp) {
        self.know(start);
        self.today = Some(start);
        self.dirty = [true; 2];
        self.quality.forget(keep_from);
    }

    /// The days of which history is told: those that are `dirty`.
    pub fn days(&self, ledger: &Ledger, names: &SiteNames, dirty: [bool; 2]) -> Vec<DayPart> {
        let Some(until) = self.known else { return Vec::new() };
        let hours = names.site_hours();
        let told = ledger.tell(until, |at| hours.utc_offset_s(at));
        let today = ledger.day().date;
        let wanted = told.into_iter().filter(|told| dirty[usize::from(told.date() == today)]);
        wanted.map(|told| self.part(told, hours, until)).collect()
    }

    fn part(&self, told: domain::ledger::DayTold, hours: &Hours, until: Timestamp) -> DayPart {
        let day = told.day;
        let utc_offset_s = hours.utc_offset_s(day.start);
        let until = until.min(day.end);
        let due = (!hours.is_unsaid()).then(|| hours.read_day(day.date));
        let quality = self.quality.of_day(day, utc_offset_s, until, due.as_deref());
        DayPart { told, utc_offset_s, until, quality }
    }
}
