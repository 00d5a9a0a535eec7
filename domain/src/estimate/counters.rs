//! Features of the counters: who is busy since when, who is free, and how long services take.
//! All NaN where no call names its counter.

use super::queue::Queue;
use super::row::{Feature as F, Pen, last_mean, seconds};
use super::state::Service;

/// A counter's part of the completions to come.
#[derive(Clone, Copy, Default)]
struct Completions {
    rate: f32,
    within60: f32,
    within120: f32,
}

pub(super) fn counters(pen: &mut Pen, queue: &Queue<'_>) {
    classes(pen, queue);
    let (at, state) = (queue.at, queue.state);
    if state.counters.is_empty() {
        return;
    }
    let (mut all, mut own) = (Completions::default(), Completions::default());
    let (mut busy, mut own_busy, mut least) = (0.0, 0.0, f32::INFINITY);
    let mut idle_serving = [0.0_f32; 4];
    let (mut idle120, mut idle1800, mut idle_least, mut idle30) = (0.0, 0.0, f32::INFINITY, 0.0);
    for (ix, counter) in state.counters.iter().enumerate() {
        let serves = state.sharing.serves(queue.ix, ix as u16);
        if let Some((from, service)) = counter.busy {
            let elapsed = seconds(at - from);
            let part =
                state.services.get(usize::from(service)).map_or(Completions::default(), |of| completion(of, elapsed));
            busy += 1.0;
            own_busy += serves;
            least = least.min(elapsed);
            all = all.plus(part, 1.0);
            own = own.plus(part, serves);
        } else if let Some(from) = counter.idle_from {
            let idle = seconds(at - from);
            for (sum, limit) in idle_serving.iter_mut().zip([60.0, 120.0, 300.0, 600.0]) {
                *sum += if idle <= limit { serves } else { 0.0 };
            }
            idle30 += if idle <= 30.0 { serves } else { 0.0 };
            idle120 += f32::from(u8::from(idle <= 120.0));
            idle1800 += f32::from(u8::from(idle <= 1_800.0));
            if serves > 0.5 {
                idle_least = idle_least.min(idle);
            }
        }
    }
    let tallied = [busy, own_busy, if least.is_finite() { least } else { -1.0 }];
    [F::Busy, F::ServiceBusy, F::LeastBusy].into_iter().zip(tallied).for_each(|(feature, sum)| pen.set(feature, sum));
    let places = [F::IdleServing60, F::IdleServing120, F::IdleServing300, F::IdleServing600];
    places.into_iter().zip(idle_serving).for_each(|(feature, sum)| pen.set(feature, sum));
    pen.set(F::Idle120, idle120);
    pen.set(F::Idle1800, idle1800);
    pen.set(F::IdleServingLeast, if idle_least.is_finite() { idle_least } else { -1.0 });
    completions(pen, queue, all, own, idle30);
}

/// When services will end, and what that makes of the line.
fn completions(pen: &mut Pen, queue: &Queue<'_>, all: Completions, own: Completions, idle30: f32) {
    pen.set(F::Completions, all.rate);
    pen.set(F::ServiceCompletions, own.rate);
    pen.set(F::Within60, all.within60);
    pen.set(F::ServiceWithin60, own.within60);
    pen.set(F::ServiceWithin120, own.within120);
    pen.set(F::ServiceTime, last_mean_u32(queue.service()));
    pen.set(F::SiteServiceTime, last_mean(queue.state.service_times.iter().rev(), 50));
    let site_stands = pen.get(F::SiteLineByClass) + 1.0;
    pen.set(F::ByCompletions, site_stands / all.rate.max(0.002));
    pen.set(F::ByServiceCompletions, (pen.get(F::AheadByClass) + 1.0) / own.rate.max(0.002));
    pen.set(F::ByIdle, site_stands / (own.rate + 0.5 * idle30 / 30.0).max(0.002));
}

/// Classes of priority in the whole line.
fn classes(pen: &mut Pen, queue: &Queue<'_>) {
    let (at, state) = (queue.at, queue.state);
    let class = usize::from(queue.class);
    pen.set(F::Class, class as f32);
    pen.set(F::ClassLastWait, state.class_last.get(class).copied().flatten().map_or(f32::NAN, |(_, wait)| wait));
    pen.set(F::ClassWaits5, state.class_waits.get(class).map_or(f32::NAN, |waits| last_mean(waits.iter().rev(), 5)));
    let effective = state.last_effective.filter(|(told, _)| at - told < 900_000);
    pen.set(F::LastEffective, effective.map_or(f32::NAN, |(_, wait)| wait));
    let (mut head, mut meet, mut other_class, mut newest) = (None, 0, 0, None);
    let mine = queue.effective();
    for (ix, service) in state.services.iter().enumerate() {
        let standing = queue.standing(service);
        if standing.is_empty() {
            continue;
        }
        let meets = state.sharing.meet(queue.ix, ix as u16);
        for other in standing {
            let effective = state.effective(other.since, other.class);
            head = head.max(Some(at - effective));
            newest = newest.max(Some(other.since));
            meet += usize::from(meets && effective <= mine);
            other_class += usize::from(other.class != queue.class);
        }
    }
    pen.set(F::HeadByClass, head.map_or(-1.0, seconds));
    pen.set(F::LastCome, newest.map_or(-1.0, |since| seconds(at - since)));
    pen.set(F::MeetLine, meet as f32);
    pen.set(F::OtherClass, other_class as f32);
}

/// When a service that has lasted `elapsed` seconds will end, by the last services of its kind:
/// mean residual time and the share that ends soon.
fn completion(service: &Service, elapsed: f32) -> Completions {
    let times = &service.sorted_times;
    let rest = &times[times.partition_point(|time| (*time as f32) <= elapsed)..];
    if rest.len() < 5 {
        // Longer than almost all before it: it may take as long again.
        return Completions { rate: 1.0 / 300.0, within60: 0.2, within120: 0.35 };
    }
    let n = rest.len() as f32;
    let mean = rest.iter().map(|time| *time as f32 - elapsed).sum::<f32>() / n;
    let within = |more: f32| rest.partition_point(|time| (*time as f32) < elapsed + more) as f32 / n;
    Completions { rate: 1.0 / mean.max(5.0), within60: within(60.0), within120: within(120.0) }
}

impl Completions {
    fn plus(self, part: Self, weight: f32) -> Self {
        Self {
            rate: self.rate + part.rate * weight,
            within60: self.within60 + part.within60 * weight,
            within120: self.within120 + part.within120 * weight,
        }
    }
}

fn last_mean_u32(service: &Service) -> f32 {
    let last: Vec<f32> = service.times.iter().rev().take(50).map(|time| *time as f32).collect();
    last_mean(last.iter(), 50)
}
