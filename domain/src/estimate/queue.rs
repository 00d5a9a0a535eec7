//! A place at the end of a line, at one instant: who stands before it, and what simple rules
//! expect of it.

use super::learned::{Past, half};
use super::row::seconds;
use super::state::{Open, Service, State, Waiting};
use crate::facts::ServiceIx;

/// See the module.
pub(super) struct Queue<'a> {
    pub state: &'a State,
    pub ix: ServiceIx,
    pub class: u8,
    pub at: Open,
    /// The place of a ticket that stands in line already; `None`: one that is taken now.
    pub place: Option<(Open, u32)>,
}

/// More people ahead than any hall holds: what is worked out person by person ends here, so that a
/// flood of numbers costs each of them no more than the first ones.
pub(super) const LONG: usize = 400;

/// A service that has never been heard of.
static UNKNOWN: std::sync::LazyLock<Service> = std::sync::LazyLock::new(Service::default);

impl<'a> Queue<'a> {
    pub fn service(&self) -> &'a Service {
        self.state.services.get(usize::from(self.ix)).unwrap_or(&UNKNOWN)
    }

    /// Who stands in a service's line before this place.
    pub fn standing(&self, service: &'a Service) -> &'a [Waiting] {
        match self.place {
            None => &service.line,
            Some(place) => &service.line[..service.line.partition_point(|other| (other.since, other.order) < place)],
        }
    }

    pub fn ahead(&self) -> &'a [Waiting] {
        self.standing(self.service())
    }

    /// When this place's ticket came, counted with its head start.
    pub fn effective(&self) -> Open {
        self.state.effective(self.place.map_or(self.at, |(since, _)| since), self.class)
    }

    /// Counters that serve it: as told; else those open of which it is known.
    pub fn open(&self) -> Option<f32> {
        if let Some(told) = self.service().told_open(self.at) {
            return Some(f32::from(told));
        }
        let counters = &self.state.counters;
        let open = |ix: &u16| counters.get(usize::from(*ix)).is_some_and(|counter| counter.open);
        let n = self.state.sharing.counters(self.ix).filter(open).count();
        (n > 0).then_some(n as f32)
    }

    /// Counters expected at a later instant: what is now, fading within the hour to what is usual.
    fn open_at(&self, later: Open) -> f32 {
        let now = self.open().unwrap_or(1.0);
        let usual = self.service().learned.usual_open(half(later));
        if usual.is_nan() {
            return now.max(0.3);
        }
        let keep = (-seconds(later - self.at) / 3_600.0).exp();
        let mixed = if now > 0.0 || later > self.at + 300_000 { keep * now + (1.0 - keep) * usual } else { usual };
        mixed.max(0.3)
    }

    /// Seconds until the call, walked person by person: each takes as long as calls usually took
    /// after such a wait (who has waited long may have left), by as many counters as are expected
    /// then. Before the first call of the day it begins with the usual one.
    pub fn walk(&self) -> f32 {
        let service = self.service();
        let learned = &service.learned;
        if self.ahead().len() > LONG {
            // So far away the steps are all alike.
            return (self.ahead().len() + 1) as f32 * learned.spacing() / self.open().unwrap_or(1.0).max(0.3);
        }
        let first = learned.first_call().filter(|first| service.calls.is_empty() && *first > self.at);
        let mut then = seconds(first.unwrap_or(self.at));
        let mine = self.place.map_or(self.at, |(since, _)| since);
        for since in self.ahead().iter().map(|other| other.since).chain([mine]) {
            let waited = then - seconds(since);
            then += learned.spacing_after(waited) / self.open_at((then * 1_000.0) as Open);
        }
        then - seconds(self.at)
    }

    /// Seconds until as many calls as people ahead were made on a usual day; NaN without one.
    pub fn usual_walk(&self) -> f32 {
        let learned = &self.service().learned;
        if learned.days == 0 {
            return f32::NAN;
        }
        let mut need = self.ahead().len() as f32 + 1.0;
        let mut then = seconds(self.at);
        for place in half(self.at)..44 {
            let rate = learned.usual_calls(place) / 1_800.0;
            let end = (place + 1) as f32 * 1_800.0;
            if rate * (end - then) >= need {
                return then + need / rate - seconds(self.at);
            }
            need -= rate * (end - then);
            then = end;
        }
        then - seconds(self.at)
    }

    /// The queueing formula: with `k` ahead, `s` counters of rate `μ` and patience `1/θ`, the next
    /// departure before one comes after `1/(sμ + jθ)` while `j` are left (Erlang A; Palm 1957;
    /// Whitt, "Predicting queueing delays", 1999). It decides while little else is known.
    pub fn formula(&self) -> f32 {
        let learned = &self.service().learned;
        let rate = self.open().unwrap_or(1.0).max(0.3) / learned.spacing();
        let leaves = learned.left.shrunk(0.02, 50.0).min(0.9);
        // The share that leaves within a usual wait, as a rate.
        let wait = learned.mean_wait();
        let theta = -(1.0 - leaves).ln() / if wait > 60.0 { wait } else { 600.0 };
        (0..=self.ahead().len()).map(|left| 1.0 / (rate + left as f32 * theta)).sum()
    }

    /// What this place's wait will be learned with.
    pub fn past(&self) -> Past {
        let ahead = self.ahead();
        let head = ahead.first().map_or(0.0, |first| seconds(self.at - first.since));
        Past {
            ahead: ahead.len().min(usize::from(u16::MAX)) as u16,
            minute: (self.at.max(0) / 60_000) as u16,
            head_s: head.clamp(0.0, 65_535.0) as u16,
            open: self.open().unwrap_or(1.0).clamp(0.0, 255.0) as u8,
            weekday: self.state.weekday,
            wait_s: 0,
        }
    }

    /// Median and 80th percentile of the waits of the twelve most similar past tickets (nearest
    /// neighbours in people ahead, time of day, the first one's wait, counters, weekday); NaN while
    /// there are fewer than nine.
    pub fn similar(&self) -> (f32, f32) {
        const NEAREST: usize = 12;
        let past = &self.service().learned.past;
        if past.len() < 9 {
            return (f32::NAN, f32::NAN);
        }
        let here = self.past();
        let (ahead, head) = (f32::from(here.ahead).ln_1p(), f32::from(here.head_s).ln_1p());
        let mut nearest = [(f32::INFINITY, 0u16); NEAREST];
        for there in past {
            // The coarse parts first: most are already too far.
            let rough = (f32::from(here.minute) - f32::from(there.minute)).abs() * (0.7 / 60.0)
                + (f32::from(here.open) - f32::from(there.open)).abs() * 0.2
                + if here.weekday == there.weekday { 0.0 } else { 0.2 };
            if rough >= nearest[NEAREST - 1].0 {
                continue;
            }
            let far = rough
                + (f32::from(there.ahead).ln_1p() - ahead).abs() * 2.0
                + (f32::from(there.head_s).ln_1p() - head).abs() * 0.15;
            if far < nearest[NEAREST - 1].0 {
                let place = nearest.partition_point(|(other, _)| *other <= far);
                nearest.copy_within(place..NEAREST - 1, place + 1);
                nearest[place] = (far, there.wait_s);
            }
        }
        let mut waits: Vec<u16> = nearest.iter().filter(|(far, _)| far.is_finite()).map(|(_, wait)| *wait).collect();
        waits.sort_unstable();
        let n = waits.len();
        let middle = (f32::from(waits[(n - 1) / 2]) + f32::from(waits[n / 2])) / 2.0;
        (middle, f32::from(waits[(n - 1) * 4 / 5]))
    }
}
