//! The outlook of one site: all that is needed to simulate its next hours from this moment, and
//! nothing of the past beyond what was learned from it.
//!
//! Whoever folds the site's events writes an [`Outlook`]; whoever has it may ask what would be if a
//! counter were opened ([`simulate()`]). What is not known is `None`, and an answer that would need
//! it says `not_enough_history`.

mod accuracy;
mod answer;
mod change;
mod distribution;
mod draws;
mod run;
mod scenario;
mod shown;
mod simulate;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::calendar::Interval;
use crate::event::Priority;
use crate::{CounterId, ServiceId, SiteId, TicketNumber, Timestamp};

pub use accuracy::{Accuracy, Ahead, Hour};
pub use answer::{Answer, Forecast, Gain, Range, Reason, ServiceAnswer, WaitingAt};
pub use change::{Change, ChangeError, MOST_CHANGES, MOST_NEW_COUNTERS};
pub use distribution::{Distribution, QUANTILES};
pub use shown::{Moved, Shown};
pub use simulate::{DEFAULT_HORIZON_MIN, DEFAULT_RUNS, MOST_HORIZON_MIN, MOST_RUNS, Question, simulate};

/// Most tickets that an outlook names; the others are counted in [`Outlook::left_out`].
pub const MOST_LISTED: usize = 2_000;

/// Most bytes of an outlook as JSON: the broker takes packets of 128 KiB, topic included.
pub const MOST_BYTES: usize = 124 * 1_024;

/// One site as it is now, with what was learned of it. Instants of tickets and counters are whole
/// seconds from [`Self::as_of`], so that two thousand tickets fit into one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// The site.
    pub site: SiteId,
    /// The `seq` of the board of the same moment.
    pub seq: u64,
    /// The collector's clock.
    pub as_of: Timestamp,
    /// Minutes that the site's local time is ahead of UTC at `as_of`.
    pub utc_offset_min: i16,
    /// When the site serves, from `as_of` on: sorted, apart from each other, the one that lasts now
    /// included; those that the line of now lives to see. `None`: no hours are known, nothing ends
    /// by the clock. Empty: it does not open again as far as is known.
    pub hours: Option<Vec<Opening>>,
    /// Its services.
    pub services: Vec<ServiceOutlook>,
    /// Its counters, open or not.
    pub counters: Vec<CounterOutlook>,
    /// Tickets that wait and are not listed, because there are more than [`MOST_LISTED`] or they
    /// would not fit into [`MOST_BYTES`]; the last ones of the longest lines.
    #[serde(default)]
    pub left_out: u32,
    /// How the promised ranges held; absent while no promised ticket was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
}

/// An opening interval, `[open, close)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// From.
    pub open: Timestamp,
    /// To.
    pub close: Timestamp,
}

impl From<Interval> for Opening {
    fn from(Interval { open, close }: Interval) -> Self {
        Self { open, close }
    }
}

/// One service: its line and what was learned of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceOutlook {
    /// The service.
    pub service: ServiceId,
    /// How many wait, those that are not listed included.
    pub waiting: u32,
    /// Who waits, in the order in which they will be called as far as is known.
    pub line: Vec<Waiting>,
    /// Who is called first.
    #[serde(default)]
    pub policy: Policy,
    /// When it is served, where that differs from [`Outlook::hours`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Opening>>,
    /// How many seconds one call occupies a counter: until that counter could call again. Over all
    /// calls, those to which nobody came included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_time: Option<Distribution>,
    /// Learned mean seconds between the calls of one counter while people wait: used where
    /// `service_time` is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_s: Option<f32>,
    /// Learned mean seconds between the calls of the whole service while people wait, however many
    /// served it: used where nobody says how many do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_every_s: Option<f32>,
    /// Open counters, where only their number is known (`service.staffing`). `None` and no counter
    /// of [`Outlook::counters`] names the service: nobody knows how many serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staffing: Option<u32>,
    /// Expected arrivals in each local hour of a day like today, 24 of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals_per_h: Option<[f32; 24]>,
    /// Share of the arrivals that belong to a class which is called first, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_share: Option<f32>,
    /// Hazard of leaving while one waits, per minute: of a hundred waiting, `100 × this` leave in
    /// the next minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_per_min: Option<f32>,
    /// Share of the calls to which nobody comes, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_show: Option<f32>,
}

/// Who of those waiting for a service is called first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Whoever waits longest.
    #[default]
    Fcfs,
    /// Every class but `normal` and `appointment` before the others (người cao tuổi, khuyết tật,
    /// mang thai, trẻ nhỏ, người có công), then whoever waits longest.
    Priority,
}

impl Policy {
    /// Whether a ticket of this class is called before the ordinary ones.
    #[must_use]
    pub const fn is_first(self, priority: Priority) -> bool {
        matches!(self, Self::Priority) && !matches!(priority, Priority::Normal | Priority::Appointment)
    }
}

/// One ticket that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The number.
    pub ticket: TicketNumber,
    /// Its class; absent when it is `normal`.
    #[serde(default = "normal", skip_serializing_if = "is_normal")]
    pub priority: Priority,
    /// Seconds that it has waited.
    pub waited_s: u32,
    /// Seconds until the call time shown for it, half of the tickets like it are called by then;
    /// negative when that is over. Absent: none is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_s: Option<i32>,
    /// The same, nine in ten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_s: Option<i32>,
    /// Why the shown call time was moved later, or why there is none; a code such as
    /// `counter_closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

const fn normal() -> Priority {
    Priority::Normal
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_normal(priority: &Priority) -> bool {
    *priority == Priority::Normal
}

/// Whole seconds of an instant: both ends are cut before they are subtracted, so that an instant
/// that does not move stays the same to the second however often it is written.
const fn whole_s(at: Timestamp) -> i64 {
    at.ms().div_euclid(1_000)
}

impl Waiting {
    /// A ticket that waits since `since`, for which the call times `shown` (p50, p90) are shown.
    #[must_use]
    pub fn new(
        as_of: Timestamp,
        (ticket, priority): (TicketNumber, Priority),
        since: Timestamp,
        shown: Option<(Timestamp, Timestamp)>,
        reason: Option<String>,
    ) -> Self {
        let from_now = |at: Timestamp| i32::try_from(whole_s(at) - whole_s(as_of)).unwrap_or(i32::MAX);
        Self {
            ticket,
            priority,
            waited_s: u32::try_from(whole_s(as_of) - whole_s(since)).unwrap_or(0),
            p50_s: shown.map(|(p50, _)| from_now(p50)),
            p90_s: shown.map(|(_, p90)| from_now(p90)),
            reason,
        }
    }

    /// The instant that is `offset_s` from the outlook's, to the second.
    #[must_use]
    pub const fn at(as_of: Timestamp, offset_s: i64) -> Timestamp {
        Timestamp::from_ms((whole_s(as_of) + offset_s) * 1_000)
    }
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterOutlook {
    /// The counter.
    pub counter: CounterId,
    /// What it serves when it is open.
    pub services: Vec<ServiceId>,
    /// Whether it is open now.
    pub open: bool,
    /// It is not open now and will be when the site's next opening begins: it was open when the
    /// present break began, or is open at that hour on other days.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resumes: bool,
    /// What it is busy with; `None` when it could call now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<Busy>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What a counter is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// Seconds since the call.
    pub since_s: u32,
    /// The ticket's service; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// The ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketNumber>,
}

impl Outlook {
    /// Holds the outlook to [`MOST_LISTED`] tickets and to [`MOST_BYTES`] bytes as JSON: the last
    /// tickets of the longest lines are left out and counted. Nothing is done to one that fits.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let listed = |of: &Self| of.services.iter().map(|service| service.line.len()).sum::<usize>();
        let mut most = MOST_LISTED;
        while listed(&self) > 0 {
            self.cut_to(most);
            let bytes = serde_json::to_string(&self).map_or(usize::MAX, |text| text.len());
            if bytes <= MOST_BYTES {
                break;
            }
            most = listed(&self) * 9 / 10;
        }
        self
    }

    /// Leaves out the last tickets of the longest lines until `most` are listed.
    fn cut_to(&mut self, most: usize) {
        let lines = || self.services.iter().map(|service| service.line.len());
        let mut height = lines().max().unwrap_or(0);
        while lines().map(|length| length.min(height)).sum::<usize>() > most {
            height -= 1;
        }
        for service in &mut self.services {
            service.line.truncate(height);
        }
        let left_out = self.services.iter().map(|it| it.waiting.saturating_sub(it.line.len() as u32));
        self.left_out = left_out.sum();
    }

    /// A service's outlook.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&ServiceOutlook> {
        self.services.iter().find(|row| row.service == id)
    }

    /// A ticket that is listed, with its service and how many are listed before it there.
    #[must_use]
    pub fn ticket(&self, number: TicketNumber) -> Option<(&ServiceOutlook, usize, &Waiting)> {
        self.services.iter().find_map(|row| {
            let ahead = row.line.iter().position(|waiting| waiting.ticket == number)?;
            Some((row, ahead, &row.line[ahead]))
        })
    }
}
