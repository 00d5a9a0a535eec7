//! What a simulation of the next hours needs of what was learned.

use super::Estimator;
use super::learned::half;
use crate::calendar::Hours;
use crate::facts::ServiceIx;

/// What was learned of one service; `None` is not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Habits {
    /// The last service times, ascending, seconds; empty where none was seen.
    pub service_times_s: Vec<u32>,
    /// Mean seconds between the calls of one counter while people wait.
    pub interval_s: Option<f32>,
    /// Mean seconds between the calls of the whole service while people wait.
    pub calls_every_s: Option<f32>,
    /// Arrivals in each local hour of a usual day.
    pub arrivals_per_h: Option<[f32; 24]>,
    /// Share of those who wait that leave in a minute.
    pub leave_per_min: Option<f32>,
}

/// Calls that have to be seen before a figure is known.
const SEEN: f32 = 5.0;

impl Estimator {
    /// What was learned of a service, for a business day of the local `date`.
    pub fn habits(&self, service: ServiceIx, date: i32, hours: &mut Hours) -> Habits {
        let Some(service) = self.state.services.get(usize::from(service)) else { return Habits::default() };
        let learned = &service.learned;
        let known = learned.spacing.n >= SEEN;
        let [busy, calls, _] = service.pace;
        let today = (calls >= 3.0).then(|| busy / calls);
        let left = learned.left.shrunk(0.02, 50.0).min(0.9);
        let wait = learned.mean_wait();
        Habits {
            service_times_s: service.sorted_times.clone(),
            interval_s: known.then(|| learned.spacing()),
            calls_every_s: today.or_else(|| known.then(|| learned.spacing())),
            arrivals_per_h: (learned.days > 0).then(|| arrivals(learned, date, hours)),
            leave_per_min: (known && wait > 60.0).then(|| -(1.0 - left).ln() / wait * 60.0),
        }
    }
}

/// Usual arrivals by local hour: what was learned in open time is laid on the day's clock.
fn arrivals(learned: &super::learned::Learned, date: i32, hours: &mut Hours) -> [f32; 24] {
    let mut by_hour = [0.0; 24];
    let Some(first) = hours.of_day(date).first().copied() else { return by_hour };
    let start = hours.day_of(first.open).start;
    for (hour, sum) in by_hour.iter_mut().enumerate() {
        for part in 0..2 {
            let from = start.plus((hour as i64 * 2 + part) * 1_800_000);
            let open = hours.working_between(from, from.plus(1_800_000));
            let at = hours.working_between(start, from);
            let place = half(i32::try_from(at).unwrap_or(i32::MAX));
            *sum += learned.usual_issues(place).max(0.0) * (open as f32 / 1_800_000.0);
        }
    }
    by_hour
}
