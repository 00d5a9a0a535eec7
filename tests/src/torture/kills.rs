//! Who is killed when: drawn from a seed before anything runs, by events and not by time alone.

use std::fs;
use std::time::{Duration, Instant};

use super::crowd::Crowd;
use crate::program::Motcua;
use crate::seed::Seed;
use crate::wait::eventually;

/// Ten times and more what a restart takes.
const COMES_BACK: Duration = Duration::from_secs(60);
/// How far the devices may be ahead of what is acknowledged, at most: enough that a kill hits a
/// burst.
const AHEAD: u64 = 4_000;

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// The collector while it works.
    Collector,
    /// The collector as soon as it has been started: while it reads its journal.
    StartingCollector,
    /// The broker.
    Broker,
    /// The broker, and everything that it has kept is gone.
    WipedBroker,
    /// The dashboard.
    Dashboard,
}

/// One kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    /// When so many events are acknowledged.
    at: u64,
    victim: Victim,
}

/// A plan of kills, and what it was like to live through it.
#[derive(Debug, Clone)]
pub struct Ordeal {
    /// What is left of the plan.
    plan: Vec<Cut>,
    ahead: u64,
    /// Kills that hit.
    pub kills: u64,
    /// Milliseconds from a kill until the next event was acknowledged; the supervisor's own pause
    /// is in it.
    back_ms: Vec<u64>,
    /// Milliseconds from the moment a successor was started until the next acknowledgement.
    start_ms: Vec<u64>,
}

impl Ordeal {
    /// `victims` in an order and at places drawn from the seed, all before 95 % of the events.
    #[must_use]
    pub fn new(seed: &mut Seed, events: u64, mut victims: Vec<Victim>) -> Self {
        for place in (1..victims.len()).rev() {
            victims.swap(place, seed.below(place as u64 + 1) as usize);
        }
        let mut places: Vec<u64> = victims.iter().map(|_| seed.below(events * 19 / 20)).collect();
        places.sort_unstable();
        // Some work is done between most kills: two in a row are left to chance.
        let ahead = (events / (victims.len() as u64 + 1)).clamp(100, AHEAD);
        let plan = places.into_iter().zip(victims).map(|(at, victim)| Cut { at, victim }).collect();
        Self { plan, ahead, kills: 0, back_ms: Vec::new(), start_ms: Vec::new() }
    }

    /// Lets the devices speak until `until` events are acknowledged, and kills by the plan meanwhile.
    ///
    /// # Panics
    /// When nothing is acknowledged any more, or a killed process does not come back.
    pub fn run(&mut self, motcua: &Motcua, crowd: &Crowd, until: u64) {
        let go_on = || crowd.release((crowd.acked() + self.ahead).min(until));
        while let Some(cut) = self.plan.first().copied().filter(|cut| cut.at < until) {
            self.plan.remove(0);
            while crowd.acked() < cut.at {
                more(crowd, &go_on);
            }
            let begin = Instant::now();
            kill(motcua, cut.victim);
            let started = Instant::now();
            self.kills += 1;
            more(crowd, &go_on);
            self.back_ms.push(ms(begin.elapsed()));
            self.start_ms.push(ms(started.elapsed()));
        }
        while crowd.acked() < until {
            more(crowd, &go_on);
        }
    }

    /// From a kill to the next acknowledgement: the ceil(q·n)-th smallest, ms.
    #[must_use]
    pub fn back(&self, q: f64) -> u64 {
        ranked(&self.back_ms, q)
    }

    /// The same from the moment the successor was started, without the supervisor's pause before it.
    #[must_use]
    pub fn start(&self, q: f64) -> u64 {
        ranked(&self.start_ms, q)
    }
}

fn ranked(values: &[u64], q: f64) -> u64 {
    let mut all = values.to_vec();
    all.sort_unstable();
    let rank = (q * all.len() as f64).ceil() as usize;
    all.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Waits until something more is acknowledged, or all that was said is.
fn more(crowd: &Crowd, go_on: &impl Fn()) {
    let before = crowd.acked();
    go_on();
    eventually(COMES_BACK, &format!("more than {before} acknowledged events"), || {
        go_on();
        if crowd.acked() > before || crowd.is_silent() { Ok(()) } else { Err(crowd.told_behind()) }
    });
}

/// Kills one and waits until its successor is there.
///
/// # Panics
/// When it does not come back.
pub fn kill(motcua: &Motcua, victim: Victim) {
    let (name, wiped) = match victim {
        Victim::Collector | Victim::StartingCollector => ("collector", false),
        Victim::Broker => ("mosquitto", false),
        Victim::WipedBroker => ("mosquitto", true),
        Victim::Dashboard => ("dashboard", false),
    };
    let killed = once(motcua, name, wiped);
    successor(motcua, name, killed);
    if victim == Victim::StartingCollector {
        // The one that has just been started goes too.
        let killed = once(motcua, name, false);
        successor(motcua, name, killed);
    }
}

fn once(motcua: &Motcua, name: &str, wiped: bool) -> u32 {
    eventually(COMES_BACK, &format!("a {name} to kill"), || {
        if !wiped {
            return motcua.kill(name);
        }
        // A supervisor that stands still starts nothing while the store is being removed.
        let _still = motcua.stand_still()?;
        let killed = motcua.kill(name)?;
        let store = motcua.data.path().join("broker/store");
        let files = fs::read_dir(&store).map_err(|why| format!("{}: {why}", store.display()))?;
        files.flatten().try_for_each(|file| fs::remove_file(file.path())).map_err(|why| why.to_string())?;
        Ok(killed)
    })
}

fn successor(motcua: &Motcua, name: &str, killed: u32) {
    eventually(COMES_BACK, &format!("another {name}"), || match motcua.process(name) {
        Some(pid) if pid != killed => Ok(()),
        other => Err(format!("there is {other:?} after {killed}")),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_the_seeds_and_in_order() {
        let victims = || vec![Victim::Collector, Victim::Broker, Victim::Dashboard, Victim::WipedBroker];
        let one = Ordeal::new(&mut Seed::new(9), 10_000, victims());
        assert_eq!(one.plan, Ordeal::new(&mut Seed::new(9), 10_000, victims()).plan);
        assert!(one.plan.is_sorted_by_key(|cut| cut.at) && one.plan.iter().all(|cut| cut.at < 9_500));
        assert_eq!(one.plan.len(), 4);
    }

    #[test]
    fn ranks_are_of_the_list() {
        assert_eq!((ranked(&[30, 10, 20], 0.5), ranked(&[30, 10, 20], 1.0), ranked(&[], 0.5)), (20, 30, 0));
    }
}
