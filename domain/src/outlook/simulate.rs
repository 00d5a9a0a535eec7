//! The question, and its answer by simulation.

use serde::{Deserialize, Serialize};

use super::Outlook;
use super::answer::{Answer, Forecast, Gain, NEVER, Range, Reason, ServiceAnswer, WaitingAt, rank};
use super::change::{Change, ChangeError, MOST_CHANGES};
use super::draws::Draws;
use super::run::{COUNTED_MIN, Hall, Run, Seen};
use super::scenario::{Scenario, Service};
use crate::Seconds;

/// Runs, where a question does not say how many.
pub const DEFAULT_RUNS: u32 = 300;
/// Most runs of a question.
pub const MOST_RUNS: u32 = 2_000;
/// Minutes of opening, where a question does not say how many.
pub const DEFAULT_HORIZON_MIN: u32 = 240;
/// Most minutes of opening of a question.
pub const MOST_HORIZON_MIN: u32 = 480;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What would be otherwise; none: only what is to be expected.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Minutes of opening to look ahead, 1 to [`MOST_HORIZON_MIN`]; breaks are not counted.
    #[serde(default = "default_horizon_min")]
    pub horizon_min: u32,
    /// How often to simulate, 1 to [`MOST_RUNS`].
    #[serde(default = "default_runs")]
    pub runs: u32,
    /// With which draws.
    #[serde(default)]
    pub seed: u64,
}

const fn default_horizon_min() -> u32 {
    DEFAULT_HORIZON_MIN
}

const fn default_runs() -> u32 {
    DEFAULT_RUNS
}

impl Default for Question {
    fn default() -> Self {
        Self { changes: Vec::new(), horizon_min: DEFAULT_HORIZON_MIN, runs: DEFAULT_RUNS, seed: 0 }
    }
}

/// Answers a question: the hall is simulated from the outlook's moment, as it is and with the
/// changes, over common random numbers.
///
/// The model of a service is an Erlang A queue made concrete (Garnett, Mandelbaum & Reiman,
/// "Designing a call center with impatient customers", M&SOM 4(3), 2002): Poisson arrivals at the
/// learned rate of the hour, learned service times, patience that is exponential, counters that
/// serve several lines and take a class that is called first, then whoever waits longest. Counters
/// that are busy end what they are doing, given how long it has lasted; nobody is called outside
/// the hours, and the line stays.
///
/// # Errors
/// When the question is out of its bounds, or names what the site does not have.
pub fn simulate(outlook: &Outlook, question: &Question) -> Result<Answer, ChangeError> {
    check(outlook, question)?;
    let Question { changes, horizon_min, runs, seed } = question.clone();
    let base = Outcome::of(Scenario::new(outlook, &[], horizon_min), runs, seed);
    let services = if changes.is_empty() {
        base.services(&base)
    } else {
        base.services(&Outcome::of(Scenario::new(outlook, &changes, horizon_min), runs, seed))
    };
    let Outlook { site, seq, as_of, .. } = *outlook;
    Ok(Answer { site, seq, as_of, changes, horizon_min, runs, seed, services })
}

fn check(outlook: &Outlook, question: &Question) -> Result<(), ChangeError> {
    if question.changes.len() > MOST_CHANGES {
        return Err(ChangeError::TooMany(question.changes.len()));
    }
    if !(1..=MOST_RUNS).contains(&question.runs) {
        return Err(ChangeError::Runs(question.runs));
    }
    if !(1..=MOST_HORIZON_MIN).contains(&question.horizon_min) {
        return Err(ChangeError::Horizon(question.horizon_min));
    }
    question.changes.iter().try_for_each(|change| change.check(outlook))
}

/// A scenario and what was seen of it.
struct Outcome {
    scenario: Scenario,
    seen: Vec<Seen>,
}

impl Outcome {
    fn of(scenario: Scenario, runs: u32, seed: u64) -> Self {
        let mut hall = Hall::default();
        let mut seen: Vec<Seen> = scenario.services.iter().map(|_| Seen::default()).collect();
        for run in 0..runs {
            let draws = Draws::of(seed, run);
            Run { scenario: &scenario, draws, hall: &mut hall, seen: &mut seen }.run();
        }
        Self { scenario, seen }
    }

    /// Each service here as the base, beside the same of the other scenario.
    fn services(&self, changed: &Self) -> Vec<ServiceAnswer> {
        let gains = self.seen.iter().zip(&changed.seen).map(|(base, changed)| Gain::of(&base.now, &changed.now));
        let of = self.scenario.services.iter().zip(self.forecasts()).zip(changed.forecasts()).zip(gains);
        of.map(|(((service, base), changed), gain)| ServiceAnswer { service: service.id, base, changed, gain })
            .collect()
    }

    fn forecasts(&self) -> impl Iterator<Item = Forecast> {
        self.scenario.services.iter().zip(&self.seen).map(|(service, seen)| self.forecast(service, seen))
    }

    fn forecast(&self, service: &Service, seen: &Seen) -> Forecast {
        let arrivals_known = service.arrivals.is_some();
        let range = |sample: &[u32], needs_arrivals: bool| {
            if service.servers.is_empty() {
                Range::unknown(Reason::NoOpenCounter)
            } else if !service.known || (needs_arrivals && !arrivals_known) {
                Range::unknown(Reason::NotEnoughHistory)
            } else if sample.is_empty() {
                Range::unknown(Reason::NobodyComes)
            } else {
                Range::of(&mut sample.to_vec(), service.late)
            }
        };
        let ended = seen.left + seen.called;
        Forecast {
            wait_now: range(&seen.now, false),
            wait_next_hour: range(&seen.next_hour, true),
            waiting: if service.known && arrivals_known { self.waiting(seen) } else { Vec::new() },
            empty: range(&seen.empty, true),
            abandoned: (service.known && service.leave_per_ms.is_some() && ended > 0)
                .then(|| seen.left as f64 / ended as f64),
            no_show: service.no_show,
        }
    }

    fn waiting(&self, seen: &Seen) -> Vec<WaitingAt> {
        let within = |minutes: &u32| minutes * 60_000 <= self.scenario.end_ms;
        let counted = COUNTED_MIN.into_iter().zip(&seen.waiting).filter(|(minutes, _)| within(minutes));
        let at = |(after_min, sample): (u32, &Vec<u32>)| {
            let mut sorted = sample.clone();
            sorted.sort_unstable();
            Some(WaitingAt { after_min, p50: rank(&sorted, 0.5)?, p90: rank(&sorted, 0.9)? })
        };
        counted.filter_map(at).collect()
    }
}

impl Gain {
    /// From the waits of the same ticket in the same runs of both scenarios.
    fn of(base: &[u32], changed: &[u32]) -> Option<Self> {
        let both = base.iter().zip(changed).filter(|(base, changed)| **base != NEVER && **changed != NEVER);
        let earlier: Vec<f64> = both.map(|(base, changed)| f64::from(*base) - f64::from(*changed)).collect();
        let n = earlier.len() as f64;
        if earlier.len() < 2 {
            return None;
        }
        let mean = earlier.iter().sum::<f64>() / n;
        let variance = earlier.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / (n - 1.0);
        let seconds = |ms: f64| Seconds::from_ms(ms.round() as i64);
        Some(Self { mean_s: seconds(mean), se_s: seconds((variance / n).sqrt()), runs: earlier.len() as u32 })
    }
}
