//! What a simulation answers.

use serde::{Deserialize, Serialize};

use super::change::Change;
use crate::{Seconds, ServiceId, SiteId, Timestamp};

/// The answer to a what-if question: what is to be expected as things are, and with the changes,
/// over the same draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The site.
    pub site: SiteId,
    /// The `seq` of the outlook it was made from.
    pub seq: u64,
    /// The collector's clock of that outlook: everything is reckoned from here.
    pub as_of: Timestamp,
    /// What was changed.
    pub changes: Vec<Change>,
    /// Minutes of opening that were simulated.
    pub horizon_min: u32,
    /// How often.
    pub runs: u32,
    /// With which draws: the same seed, outlook and changes give the same answer to the bit.
    pub seed: u64,
    /// Service by service, in the outlook's order.
    pub services: Vec<ServiceAnswer>,
}

/// One service in both scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceAnswer {
    /// The service.
    pub service: ServiceId,
    /// As things are.
    pub base: Forecast,
    /// With the changes.
    pub changed: Forecast,
    /// How much earlier a ticket taken now is called with the changes; `None` where it is not
    /// known.
    pub gain: Option<Gain>,
}

/// What is to be expected of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Seconds until a `normal` ticket that is taken now, and kept, is called.
    pub wait_now: Range,
    /// Seconds of waiting of the tickets that are taken within the next hour and do not leave.
    pub wait_next_hour: Range,
    /// How many wait half an hour, one and two hours from now; those that lie in the simulated
    /// time. Empty where it is not known.
    pub waiting: Vec<WaitingAt>,
    /// Seconds until nobody waits for the first time.
    pub empty: Range,
    /// Share of the tickets that leave before they are called, among those that leave or are
    /// called in the simulated time; `None` where it is not known how many leave.
    pub abandoned: Option<f64>,
    /// Share of the calls to which nobody comes; `None` where it is not known.
    pub no_show: Option<f64>,
}

/// A duration, half of the times and nine times in ten no longer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Range {
    /// Half of the times; `None`: not known, see `reason`.
    pub p50_s: Option<Seconds>,
    /// Nine times in ten.
    pub p90_s: Option<Seconds>,
    /// Standard error of `p50_s` by the number of runs alone: half the distance of the order
    /// statistics one binomial standard deviation to both sides of it (distribution-free;
    /// Conover, *Practical Nonparametric Statistics*, section 3.2).
    pub p50_se_s: Option<Seconds>,
    /// The same of `p90_s`.
    pub p90_se_s: Option<Seconds>,
    /// Why one of them is `None`.
    pub reason: Option<Reason>,
}

/// Why something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No counter serves it, now or when the site opens again.
    NoOpenCounter,
    /// The site closes before.
    Closed,
    /// It lies beyond the time that was simulated.
    BeyondHorizon,
    /// Too little was seen of it to say.
    NotEnoughHistory,
    /// Nobody takes a ticket within the hour.
    NobodyComes,
}

/// How many wait at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingAt {
    /// Minutes from now.
    pub after_min: u32,
    /// Half of the times no more.
    pub p50: u32,
    /// Nine times in ten no more.
    pub p90: u32,
}

/// The mean difference of one ticket's wait in both scenarios, run by run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Seconds earlier with the changes; negative: later.
    pub mean_s: Seconds,
    /// Its standard error, from the paired differences (Law & Kelton, section 10.2.1).
    pub se_s: Seconds,
    /// Runs in which the ticket was called in both scenarios.
    pub runs: u32,
}

impl Range {
    /// Nothing is known.
    #[must_use]
    pub const fn unknown(reason: Reason) -> Self {
        Self { p50_s: None, p90_s: None, p50_se_s: None, p90_se_s: None, reason: Some(reason) }
    }

    /// From durations in milliseconds, [`NEVER`] for those that did not end in time, which is so
    /// because of `late`. Quantiles are nearest ranks.
    pub(super) fn of(sample: &mut [u32], late: Reason) -> Self {
        sample.sort_unstable();
        let (p50, p50_se) = quantile(sample, 0.5);
        let (p90, p90_se) = quantile(sample, 0.9);
        let reason = p90.is_none().then_some(late);
        Self { p50_s: p50, p90_s: p90, p50_se_s: p50_se, p90_se_s: p90_se, reason }
    }
}

/// A duration that did not end in the simulated time.
pub(super) const NEVER: u32 = u32::MAX;

/// The nearest rank of a sorted sample.
pub(super) fn rank<T: Copy>(sorted: &[T], q: f64) -> Option<T> {
    let place = (q * sorted.len() as f64 - 1e-6).ceil() as usize;
    sorted.get(place.max(1) - 1).copied()
}

/// A quantile of a sorted sample and its standard error, where they are known.
fn quantile(sorted: &[u32], q: f64) -> (Option<Seconds>, Option<Seconds>) {
    let n = sorted.len() as f64;
    let spread = (n * q * (1.0 - q)).sqrt();
    let seconds = |ms: u32| (ms != NEVER).then(|| Seconds::from_ms(i64::from(ms)));
    let at = |place: f64| rank(sorted, (place / n).clamp(0.0, 1.0)).and_then(seconds);
    let error =
        at(n * q + spread).zip(at(n * q - spread)).map(|(over, under)| Seconds::from_ms((over.ms() - under.ms()) / 2));
    (rank(sorted, q).and_then(seconds), error)
}
