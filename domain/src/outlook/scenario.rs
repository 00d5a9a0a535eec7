//! An outlook and its changes, made ready to run.

use std::collections::BTreeMap;

use super::answer::Reason;
use super::change::Change;
use super::distribution::Distribution;
use super::draws::{Draws, For};
use super::{CounterOutlook, Opening, Outlook, Policy, ServiceOutlook};
use crate::{CounterId, ServiceId};

const HOUR_MS: i64 = 3_600_000;
/// However long the breaks: no run is longer than this.
const LONGEST_MS: i64 = 24 * HOUR_MS;

/// Everything that a run reads and none changes. Instants are milliseconds from now.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) services: Vec<Service>,
    pub(super) servers: Vec<Server>,
    /// When services begin and cease to be called, in the order of time; closing first.
    pub(super) turns: Vec<Turn>,
    /// Where a run ends.
    pub(super) end_ms: u32,
}

/// A moment at which services open or close.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) at_ms: u32,
    pub(super) opens: bool,
    pub(super) services: Vec<u16>,
}

/// A service.
/// Demand at most, whatever is multiplied: ten times what is usual.
const MOST_DEMAND: f64 = 10.0;

#[derive(Debug)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    pub(super) time: Time,
    /// Who waits.
    pub(super) line: Vec<Placed>,
    /// From when on how many arrive, per millisecond; `None`: not known.
    pub(super) arrivals: Option<Vec<(u32, f64)>>,
    /// So many times as many people come as is usual: several changes together, too, stay in bounds.
    demand: f64,
    pub(super) first_share: f64,
    pub(super) leave_per_ms: Option<f64>,
    pub(super) no_show: Option<f64>,
    /// Who serves it, by their place in [`Scenario::servers`].
    pub(super) servers: Vec<u16>,
    /// Enough is known to simulate it.
    pub(super) known: bool,
    /// Its tickets are called at the beginning.
    pub(super) open: bool,
    /// What is to blame for what has not happened by the run's end.
    pub(super) late: Reason,
}

/// A ticket in a line at the beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) first: bool,
    /// Not after now.
    pub(super) issued_ms: i32,
}

/// How long calls take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Time {
    Unknown,
    /// Only the mean is known, milliseconds: then exponential, which assumes the least.
    Mean(f64),
    Spread(Distribution),
}

/// Who calls: a counter, or one of those of which only the number is known.
#[derive(Debug, Clone)]
pub(super) struct Server {
    counter: Option<CounterId>,
    pub(super) services: Vec<u16>,
    pub(super) open: bool,
    /// Opens when the site next does.
    pub(super) resumes: bool,
    pub(super) work: Work,
    /// Calls take so long on the mean, whatever the service's time; milliseconds.
    pub(super) pace: Option<f64>,
}

/// What a server is doing at the beginning.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    Idle,
    /// A call of this service, made so many seconds ago.
    Since(Time, f64),
    /// A call, made nobody knows when.
    SinceUnknown(Time),
}

impl Time {
    fn of(service: &ServiceOutlook) -> Self {
        let usable = |s: &f32| s.is_finite() && *s > 0.0;
        match (service.service_time.filter(Distribution::is_sound), service.interval_s.filter(usable)) {
            (Some(times), _) => Self::Spread(times),
            (None, Some(mean)) => Self::Mean(f64::from(mean) * 1_000.0),
            (None, None) => Self::Unknown,
        }
    }

    /// Milliseconds at the draw `u`.
    pub(super) fn at(self, u: f64) -> f64 {
        match self {
            Self::Unknown => 0.0,
            Self::Mean(mean) => -(1.0 - u).ln() * mean,
            Self::Spread(times) => times.at(u) * 1_000.0,
        }
    }
}

impl Work {
    /// Milliseconds that it still lasts; `None` when there is none.
    pub(super) fn left(self, draws: Draws, server: u32) -> Option<f64> {
        let u = draws.unit(For::Left, server, 0);
        match self {
            Self::Idle => None,
            Self::Since(Time::Spread(times), elapsed_s) => Some(times.left_at(elapsed_s, u) * 1_000.0),
            // Without memory; with no time known at all it is over at once.
            Self::Since(time, _) | Self::SinceUnknown(time @ (Time::Mean(_) | Time::Unknown)) => Some(time.at(u)),
            Self::SinceUnknown(Time::Spread(times)) => {
                Some(seen_midway(&times, draws.unit(For::Elapsed, server, 0)) * u * 1_000.0)
            }
        }
    }
}

/// The whole length of a call that is met at a moment of no meaning: long calls are met more often,
/// in proportion to their length, and the moment lies evenly in it (Feller, *An Introduction to
/// Probability Theory and Its Applications* II, section XI.4).
fn seen_midway(times: &Distribution, u: f64) -> f64 {
    const PARTS: u32 = 20;
    let lengths = (0..PARTS).map(|part| times.at((f64::from(part) + 0.5) / f64::from(PARTS)));
    let mut until = u * lengths.clone().sum::<f64>();
    let mut last = 0.0;
    for length in lengths {
        last = length;
        until -= length;
        if until <= 0.0 {
            break;
        }
    }
    last
}

impl Scenario {
    /// Makes it of a site's outlook, with changes that were checked.
    pub(super) fn new(outlook: &Outlook, changes: &[Change], horizon_min: u32) -> Self {
        let hours =
            |row: &ServiceOutlook| Hours::of(row.hours.as_ref().or(outlook.hours.as_ref()), outlook, horizon_min);
        let hours: Vec<Hours> = outlook.services.iter().map(hours).collect();
        let end_ms = hours.iter().map(|it| it.end_ms).max().unwrap_or(0);
        let places: BTreeMap<ServiceId, u16> =
            outlook.services.iter().zip(0..).map(|(row, place)| (row.service, place)).collect();
        let rows = outlook.services.iter().zip(&hours);
        let services = rows.map(|(row, hours)| Service::new(row, outlook, hours, end_ms)).collect();
        let mut it = Self { services, servers: Vec::new(), turns: turns(&hours), end_ms };
        it.servers = outlook.counters.iter().map(|row| it.counter(row, &places)).collect();
        it.uncounted(outlook, &places);
        for change in changes {
            it.change(change, &places);
        }
        it.settle();
        it
    }

    fn counter(&self, row: &CounterOutlook, places: &BTreeMap<ServiceId, u16>) -> Server {
        let services: Vec<u16> = row.services.iter().filter_map(|id| places.get(id).copied()).collect();
        let work = row.busy.map_or(Work::Idle, |busy| {
            let named = busy.service.and_then(|id| places.get(&id)).copied();
            let times = named.into_iter().chain(services.iter().copied());
            let time = times.map(|place| self.services[usize::from(place)].time).find(|time| *time != Time::Unknown);
            Work::Since(time.unwrap_or(Time::Unknown), f64::from(busy.since_s))
        });
        Server { counter: Some(row.counter), services, open: row.open, resumes: row.resumes, work, pace: None }
    }

    /// Servers that no counter stands for: their number is known, or only how fast they call.
    fn uncounted(&mut self, outlook: &Outlook, places: &BTreeMap<ServiceId, u16>) {
        for row in &outlook.services {
            let (place, names) = (places[&row.service], |it: &&CounterOutlook| it.services.contains(&row.service));
            let counters = outlook.counters.iter().filter(names);
            let pace = row.calls_every_s.filter(|s| s.is_finite() && *s > 0.0).map(|s| f64::from(s) * 1_000.0);
            let (count, pace) = match row.staffing {
                Some(_) if counters.clone().any(|it| it.open) => continue,
                Some(count) => (count.min(1_000), None),
                None if counters.count() == 0 && pace.is_some() => (1, pace),
                None => continue,
            };
            let time = pace.map_or(self.services[usize::from(place)].time, Time::Mean);
            // Nobody who could call leaves people waiting.
            let work = if row.waiting > 0 { Work::SinceUnknown(time) } else { Work::Idle };
            let one = Server { counter: None, services: vec![place], open: true, resumes: false, work, pace };
            self.servers.extend(std::iter::repeat_n(one, count as usize));
        }
    }

    fn change(&mut self, change: &Change, places: &BTreeMap<ServiceId, u16>) {
        let these = |ids: &[ServiceId]| ids.iter().filter_map(|id| places.get(id).copied()).collect::<Vec<_>>();
        let servers = &mut self.servers;
        let mut at = |id: CounterId, change: &dyn Fn(&mut Server)| {
            servers.iter_mut().filter(|server| server.counter == Some(id)).for_each(change);
        };
        match change {
            Change::OpenCounters { service, count } => {
                let (services, work) = (these(&[*service]), Work::Idle);
                let new = Server { counter: None, services, open: true, resumes: false, work, pace: None };
                self.servers.extend(std::iter::repeat_n(new, *count as usize));
            }
            Change::OpenCounter { counter, services } => at(*counter, &|server| {
                server.open = true;
                if let Some(services) = services {
                    server.services = these(services);
                }
            }),
            Change::CloseCounter { counter } => at(*counter, &|server| (server.open, server.resumes) = (false, false)),
            Change::MoveCounter { counter, services } => at(*counter, &|server| server.services = these(services)),
            Change::Demand { service, factor } => {
                let of = |it: &&mut Service| service.is_none_or(|id| it.id == id);
                self.services.iter_mut().filter(of).for_each(|it| it.demand = (it.demand * factor).min(MOST_DEMAND));
            }
        }
    }

    /// Who serves what, and of what enough is known. Where somebody waits, or comes, for a service
    /// whose calls take nobody knows how long, nothing can be said of the counters that serve it,
    /// nor of what else they serve.
    fn settle(&mut self) {
        for service in &mut self.services {
            let demand = service.demand;
            service.arrivals.iter_mut().flatten().for_each(|(_, rate)| *rate *= demand);
        }
        for (place, server) in self.servers.iter().enumerate().filter(|(_, it)| it.open || it.resumes) {
            for service in &server.services {
                self.services[usize::from(*service)].servers.push(place as u16);
            }
        }
        for service in &mut self.services {
            let paced = service.servers.iter().any(|place| self.servers[usize::from(*place)].pace.is_some());
            let every = service.servers.iter().all(|place| self.servers[usize::from(*place)].pace.is_some());
            service.known = service.time != Time::Unknown || (paced && every);
        }
        let comes = |it: &Service| it.arrivals.iter().flatten().any(|(_, rate)| *rate > 0.0);
        let mut doubtful: Vec<bool> =
            self.services.iter().map(|it| !it.known && (!it.line.is_empty() || comes(it))).collect();
        loop {
            let before = doubtful.iter().filter(|it| **it).count();
            for server in self.servers.iter().filter(|it| it.open || it.resumes) {
                if server.services.iter().any(|place| doubtful[usize::from(*place)]) {
                    server.services.iter().for_each(|place| doubtful[usize::from(*place)] = true);
                }
            }
            if doubtful.iter().filter(|it| **it).count() == before {
                break;
            }
        }
        for (service, doubtful) in self.services.iter_mut().zip(doubtful) {
            service.known &= !doubtful;
        }
    }
}

impl Service {
    fn new(row: &ServiceOutlook, outlook: &Outlook, hours: &Hours, end_ms: u32) -> Self {
        let share =
            |it: Option<f32>| it.filter(|share| share.is_finite()).map(|share| f64::from(share.clamp(0.0, 1.0)));
        let listed = row.line.iter().map(|it| Placed {
            first: row.policy.is_first(it.priority),
            issued_ms: -i32::try_from(it.waited_s).unwrap_or(i32::MAX).min(2_000_000) * 1_000,
        });
        // Of those that are not listed nothing but their number is known: they stand at the end.
        let others = (row.waiting as usize).saturating_sub(row.line.len()).min(100_000);
        let others = std::iter::repeat_n(Placed { first: false, issued_ms: 0 }, others);
        Self {
            id: row.service,
            time: Time::of(row),
            line: listed.chain(others).collect(),
            arrivals: row.arrivals_per_h.as_ref().and_then(|hours| arrivals(hours, outlook, end_ms)),
            demand: 1.0,
            first_share: if row.policy == Policy::Priority { share(row.priority_share).unwrap_or(0.0) } else { 0.0 },
            leave_per_ms: row
                .leave_per_min
                .filter(|it| it.is_finite() && *it >= 0.0)
                .map(|it| f64::from(it) / 60_000.0),
            no_show: share(row.no_show),
            servers: Vec::new(),
            known: false,
            open: hours.openings.as_ref().is_none_or(|all| all.first().is_some_and(|(open, _)| *open == 0)),
            late: hours.ends_by,
        }
    }
}

/// From when on how many arrive per millisecond, hour by local hour.
fn arrivals(per_hour: &[f32; 24], outlook: &Outlook, end_ms: u32) -> Option<Vec<(u32, f64)>> {
    if per_hour.iter().any(|rate| !rate.is_finite() || *rate < 0.0) {
        return None;
    }
    let local = outlook.as_of.ms() + i64::from(outlook.utc_offset_min) * 60_000;
    let hours = local.div_euclid(HOUR_MS)..=(local + i64::from(end_ms)).div_euclid(HOUR_MS);
    let step = |hour: i64| {
        let from = (hour * HOUR_MS - local).max(0);
        (from as u32, f64::from(per_hour[hour.rem_euclid(24) as usize]) / HOUR_MS as f64)
    };
    Some(hours.map(step).collect())
}

/// When a service's tickets are called.
struct Hours {
    /// Each `(open, close)`; `None`: always.
    openings: Option<Vec<(u32, u32)>>,
    /// When as much opening as was asked for is over, or there is no more of it.
    end_ms: u32,
    ends_by: Reason,
}

impl Hours {
    fn of(hours: Option<&Vec<Opening>>, outlook: &Outlook, horizon_min: u32) -> Self {
        let horizon = i64::from(horizon_min) * 60_000;
        let Some(hours) = hours else {
            return Self { openings: None, end_ms: horizon as u32, ends_by: Reason::BeyondHorizon };
        };
        let (mut openings, mut open_for, mut end) = (Vec::new(), 0, 0);
        let mut ends_by = Reason::Closed;
        for it in hours {
            let from = it.open.since(outlook.as_of).max(end);
            let most = (from + horizon - open_for).min(LONGEST_MS);
            let (close, to) = (it.close.since(outlook.as_of), it.close.since(outlook.as_of).min(most));
            if from >= to {
                continue;
            }
            openings.push((from as u32, close.min(LONGEST_MS) as u32));
            (open_for, end) = (open_for + to - from, to);
            if to == most {
                ends_by = if close == to { Reason::Closed } else { Reason::BeyondHorizon };
                break;
            }
        }
        Self { openings: Some(openings), end_ms: end as u32, ends_by }
    }
}

/// The moments at which services open and close.
fn turns(hours: &[Hours]) -> Vec<Turn> {
    let mut turns: BTreeMap<(u32, bool), Vec<u16>> = BTreeMap::new();
    for (hours, service) in hours.iter().zip(0..) {
        for (open, close) in hours.openings.iter().flatten() {
            turns.entry((*open, true)).or_default().push(service);
            turns.entry((*close, false)).or_default().push(service);
        }
    }
    let turn = |((at_ms, opens), services)| Turn { at_ms, opens, services };
    turns.into_iter().filter(|((at, _), _)| *at > 0).map(turn).collect()
}
