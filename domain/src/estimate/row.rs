//! What is known when a ticket is taken, as numbers: the row that a forest reads. Nothing in it is
//! later than the instant it is made for; what is not known is NaN.

use super::queue::Queue;
use super::state::{Open, Service, State, after};

macro_rules! features {
    ($($name:ident)*) => {
        /// A feature's place in a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, clippy::upper_case_acronyms, reason = "docs/estimate.md explains each")]
        #[repr(u16)]
        pub enum Feature { $($name),* }
        /// Names of the features, in their order.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

features! {
    ByPace ByCounterPace ByGroupPace ByGroup BySpacing BySpacingOfHour Walk UsualWalk Formula Similar50 Similar80
    MeanWaitOfHour MeanWait
    Ahead AheadByClass Head Second Middle MeanElapsed LastExpected HeadError WorstError
    SinceCall Calls Issues Left LastWait LastWaits3 LastWaits10 Gap3 Gap6 Gap12
    Issues15 Issues60 Issues120 Calls15 Calls60 Calls120 SinceFirstIssue SinceFirstCall UsualTotal ToLastCall UsualTurn UsualGap
    Spacing SpacingOfHour Pace CounterPace Error ErrorOfHour Errors5 Errors20 ToFirstCall
    UsualIssues UsualCalls0 UsualCalls1 UsualCalls3 UsualOpen0 UsualOpen1 UsualOpen3
    Open OpenAge Open15 Open60 OpenOfSite
    SiteLine SiteLineByClass SiteHead SiteCalls15 SiteCalls60 SiteIssues15 SiteIssues60 SiteSinceFirst
    SiteSinceFirstCall Clock SiteToLastCall
    Partners GroupLine GroupHead GroupSinceCall GroupSpacing GroupPace GroupErrors GroupLastWait GroupCalls30
    GroupCalls120 GroupIssues60
    Class ClassLastWait ClassWaits5 HeadByClass MeetLine ByCompletions ByServiceCompletions ByIdle
    Completions ServiceCompletions Within60 ServiceWithin60 ServiceWithin120 ServiceBusy Busy LeastBusy
    IdleServing60 IdleServing120 IdleServing300 IdleServing600 IdleServingLeast Idle120 Idle1800
    ServiceTime SiteServiceTime LastEffective OtherClass LastCome SiteLastWait SiteWaits3 SiteWaits10 SiteSinceCall
    SiteGap3 SiteGap12
}

/// Number of features.
pub const WIDTH: usize = NAMES.len();
/// One row.
pub type Row = [f32; WIDTH];
/// The feature that is itself an expectation of the wait, seconds.
pub const BASE: usize = Feature::Walk as usize;

/// A row in the making.
pub(super) struct Pen(pub Row);

impl Pen {
    pub fn set(&mut self, feature: Feature, value: f32) {
        self.0[feature as usize] = value;
    }

    pub fn get(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }
}

/// Seconds of a span of open milliseconds.
pub(super) fn seconds(ms: Open) -> f32 {
    ms as f32 / 1_000.0
}

/// The row of a ticket that stands at the end of `queue`.
pub(super) fn row(queue: &Queue<'_>) -> Row {
    let mut pen = Pen([f32::NAN; WIDTH]);
    line(&mut pen, queue);
    calls(&mut pen, queue);
    habits(&mut pen, queue);
    staffing(&mut pen, queue);
    site(&mut pen, queue);
    super::group::group(&mut pen, queue);
    super::counters::counters(&mut pen, queue);
    expectations(&mut pen, queue);
    pen.0
}

fn line(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let at = queue.at;
    let ahead = queue.ahead();
    let n = ahead.len();
    pen.set(F::Ahead, n as f32);
    let mine = queue.effective();
    let before = ahead.iter().filter(|other| queue.state.effective(other.since, other.class) <= mine).count();
    pen.set(F::AheadByClass, before as f32);
    let elapsed = |place: usize| ahead.get(place).map_or(0.0, |other| seconds(at - other.since));
    pen.set(F::Head, elapsed(0));
    pen.set(F::Second, elapsed(1));
    pen.set(F::Middle, if n == 0 { 0.0 } else { elapsed(n / 2) });
    let sum: f32 = ahead.iter().map(|other| seconds(at - other.since)).sum();
    pen.set(F::MeanElapsed, if n == 0 { 0.0 } else { sum / n as f32 });
    let error = |since: Open, expected: f32| ((seconds(at - since) + 60.0) / (expected + 60.0)).ln();
    if let (Some(first), Some(last)) = (ahead.first(), ahead.last()) {
        pen.set(F::LastExpected, last.expected - seconds(at - last.since));
        pen.set(F::HeadError, error(first.since, first.expected));
        let worst = ahead.iter().map(|other| error(other.since, other.expected)).fold(f32::MIN, f32::max);
        pen.set(F::WorstError, worst);
    }
}

fn calls(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let (at, service) = (queue.at, queue.service());
    let Service { calls, issues, waits, .. } = service;
    pen.set(F::SinceCall, calls.last().map_or(-1.0, |last| seconds(at - last)));
    pen.set(F::Calls, calls.len() as f32);
    pen.set(F::Issues, issues.len() as f32);
    pen.set(F::Left, service.left as f32);
    pen.set(F::LastWait, last_mean(waits.iter().rev(), 1));
    pen.set(F::LastWaits3, last_mean(waits.iter().rev(), 3));
    pen.set(F::LastWaits10, last_mean(waits.iter().rev(), 10));
    for (feature, n) in [(F::Gap3, 3), (F::Gap6, 6), (F::Gap12, 12)] {
        pen.set(feature, gap(calls, at, n));
    }
    for (issued, called, minutes) in
        [(F::Issues15, F::Calls15, 15), (F::Issues60, F::Calls60, 60), (F::Issues120, F::Calls120, 120)]
    {
        pen.set(issued, after(issues, at - minutes * 60_000) as f32);
        pen.set(called, after(calls, at - minutes * 60_000) as f32);
    }
    pen.set(F::SinceFirstIssue, issues.first().map_or(0.0, |first| seconds(at - first)));
    pen.set(F::SinceFirstCall, calls.first().map_or(-1.0, |first| seconds(at - first)));
    let [busy, n, counters] = service.pace;
    let spacing = service.learned.spacing();
    pen.set(F::Pace, (busy + spacing * 2.0) / (n + 2.0));
    pen.set(F::CounterPace, (counters + spacing * 2.0) / (n + 2.0));
    let errors = service.errors.iter().rev().map(|(_, error)| error);
    pen.set(F::Errors5, last_mean(errors.clone(), 5));
    pen.set(F::Errors20, last_mean(errors, 20));
}

fn habits(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let (at, learned) = (queue.at, &queue.service().learned);
    let half = super::learned::half(at);
    pen.set(F::Spacing, learned.spacing());
    pen.set(F::SpacingOfHour, learned.spacing_at(at));
    pen.set(F::Error, learned.error());
    pen.set(F::ErrorOfHour, learned.error_at(at));
    pen.set(F::MeanWaitOfHour, learned.waits_by_hour[super::learned::hour(at)].mean(5.0));
    pen.set(F::MeanWait, learned.mean_wait());
    pen.set(F::UsualTotal, last_mean_u16(&learned.totals));
    pen.set(
        F::ToLastCall,
        learned.last_call(queue.state.weekday).map_or(f32::NAN, |last| (last - at as f32) / 1_000.0),
    );
    pen.set(F::ToFirstCall, learned.first_call().map_or(f32::NAN, |first| seconds(first - at)));
    pen.set(F::UsualIssues, learned.usual_issues(half));
    for (feature, on) in [(F::UsualCalls0, 0), (F::UsualCalls1, 1), (F::UsualCalls3, 3)] {
        pen.set(feature, learned.usual_calls(half + on));
    }
    for (feature, on) in [(F::UsualOpen0, 0), (F::UsualOpen1, 1), (F::UsualOpen3, 3)] {
        pen.set(feature, learned.usual_open(half + on));
    }
    let done = queue.service().calls.len();
    let (turn, gap) = learned.usual_call(queue.state.weekday, done + queue.ahead().len(), done);
    pen.set(F::UsualTurn, turn - seconds(at));
    pen.set(F::UsualGap, gap);
    let (similar50, similar80) = queue.similar();
    pen.set(F::Similar50, similar50);
    pen.set(F::Similar80, similar80);
}

fn staffing(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let (at, service) = (queue.at, queue.service());
    pen.set(F::Open, queue.open().unwrap_or(f32::NAN));
    pen.set(F::OpenAge, service.staffing.back().map_or(f32::NAN, |(told, _)| seconds(at - told)));
    pen.set(F::Open15, service.mean_open(at, 900_000).unwrap_or(f32::NAN));
    pen.set(F::Open60, service.mean_open(at, 3_600_000).unwrap_or(f32::NAN));
    let told = queue.state.services.iter().filter_map(|service| service.told_open(at));
    pen.set(F::OpenOfSite, told.map(f32::from).sum());
}

fn site(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let (at, state) = (queue.at, queue.state);
    let (mut n, mut before, mut head) = (0, 0, 0);
    let mine = queue.effective();
    for other in state.services.iter().flat_map(|service| queue.standing(service)) {
        n += 1;
        before += usize::from(state.effective(other.since, other.class) <= mine);
        head = head.max(at - other.since);
    }
    pen.set(F::SiteLine, n as f32);
    pen.set(F::SiteLineByClass, before as f32);
    pen.set(F::SiteHead, seconds(head));
    for (called, issued, minutes) in [(F::SiteCalls15, F::SiteIssues15, 15), (F::SiteCalls60, F::SiteIssues60, 60)] {
        pen.set(called, after(&state.calls, at - minutes * 60_000) as f32);
        pen.set(issued, after(&state.issues, at - minutes * 60_000) as f32);
    }
    pen.set(F::SiteSinceFirst, state.issues.first().map_or(0.0, |first| seconds(at - first)));
    pen.set(F::SiteSinceFirstCall, state.calls.first().map_or(-1.0, |first| seconds(at - first)));
    pen.set(F::Clock, seconds(at));
    let lasts = state.services.iter().flat_map(|service| service.learned.lasts.iter().rev().take(5));
    let last = lasts.filter(|(day, _)| *day == state.weekday).map(|(_, last)| *last).max();
    pen.set(F::SiteToLastCall, last.map_or(f32::NAN, |last| seconds(last - at)));
    site_calls(pen, state, at);
}

fn site_calls(pen: &mut Pen, state: &State, at: Open) {
    use Feature as F;
    pen.set(F::SiteLastWait, last_mean(state.waits.iter().rev(), 1));
    pen.set(F::SiteWaits3, last_mean(state.waits.iter().rev(), 3));
    pen.set(F::SiteWaits10, last_mean(state.waits.iter().rev(), 10));
    pen.set(F::SiteSinceCall, state.calls.last().map_or(f32::NAN, |last| seconds(at - last)));
    pen.set(F::SiteGap3, gap(&state.calls, at, 3));
    pen.set(F::SiteGap12, gap(&state.calls, at, 12));
}

/// What simple rules expect, seconds.
fn expectations(pen: &mut Pen, queue: &Queue<'_>) {
    use Feature as F;
    let stands = pen.get(F::Ahead) + 1.0;
    let open = queue.open().filter(|open| *open > 0.0).unwrap_or(1.0);
    pen.set(F::BySpacing, stands * pen.get(F::Spacing) / open);
    pen.set(F::BySpacingOfHour, stands * pen.get(F::SpacingOfHour) / open);
    pen.set(F::ByPace, stands * pen.get(F::Pace));
    pen.set(F::ByCounterPace, stands * pen.get(F::CounterPace) / open);
    let group = pen.get(F::GroupLine) + 1.0;
    pen.set(F::ByGroup, group * pen.get(F::GroupSpacing) / open);
    pen.set(F::ByGroupPace, group * pen.get(F::GroupPace));
    pen.set(F::Walk, queue.walk());
    pen.set(F::UsualWalk, queue.usual_walk());
    pen.set(F::Formula, queue.formula());
}

/// Mean of the first `n` of a list that begins with the newest; NaN of none.
pub(super) fn last_mean<'a>(newest: impl Iterator<Item = &'a f32>, n: usize) -> f32 {
    let (sum, count) = newest.take(n).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { f32::NAN }
}

fn last_mean_u16(list: &std::collections::VecDeque<u16>) -> f32 {
    if list.is_empty() { f32::NAN } else { list.iter().map(|n| f32::from(*n)).sum::<f32>() / list.len() as f32 }
}

/// Seconds a call over the last `n` calls; NaN when there were not as many.
pub(super) fn gap(calls: &[Open], at: Open, n: usize) -> f32 {
    calls.len().checked_sub(n).map_or(f32::NAN, |first| seconds(at - calls[first]) / n as f32)
}
