//! Who is killed when: drawn from a seed before anything runs, by events and not by time alone.

use std::fs;
use std::time::{Duration, Instant};

use super::crowd::Crowd;
use crate::program::Motcua;
use crate::seed::Seed;
use crate::wait::eventually;

/// Ten times and more what a restart takes.
const COMES_BACK: Duration = Duration::from_secs(60);
/// How far the devices may be ahead of what is acknowledged: enough that every kill hits a burst.
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
pub struct Cut {
    /// When so many events are acknowledged.
    pub at: u64,
    /// Who.
    pub victim: Victim,
}

/// `victims` in an order and at places drawn from the seed, all before 95 % of the events.
#[must_use]
pub fn plan(seed: &mut Seed, events: u64, mut victims: Vec<Victim>) -> Vec<Cut> {
    for place in (1..victims.len()).rev() {
        victims.swap(place, seed.below(place as u64 + 1) as usize);
    }
    let mut places: Vec<u64> = victims.iter().map(|_| seed.below(events * 19 / 20)).collect();
    places.sort_unstable();
    places.into_iter().zip(victims).map(|(at, victim)| Cut { at, victim }).collect()
}

/// What a run under a plan was like.
#[derive(Debug, Default, Clone)]
pub struct Endured {
    /// Kills that hit.
    pub kills: u64,
    /// Milliseconds from a kill until the next event was acknowledged; the supervisor's own pause
    /// is in it.
    pub back_ms: Vec<u64>,
}

impl Endured {
    /// The ceil(q·n)-th smallest time to be back, ms.
    #[must_use]
    pub fn back(&self, q: f64) -> u64 {
        let mut all = self.back_ms.clone();
        all.sort_unstable();
        let rank = (q * all.len() as f64).ceil() as usize;
        all.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// Lets the devices speak until `until` events are acknowledged, and kills by the plan meanwhile.
/// Cuts that are done are taken off the plan.
///
/// # Panics
/// When nothing is acknowledged any more, or a killed process does not come back.
pub fn endure(motcua: &Motcua, crowd: &Crowd, until: u64, plan: &mut Vec<Cut>, endured: &mut Endured) {
    let go_on = || crowd.release((crowd.acked() + AHEAD).min(until));
    while let Some(cut) = plan.first().copied().filter(|cut| cut.at < until) {
        plan.remove(0);
        eventually(COMES_BACK, &format!("{} acknowledged events", cut.at), || {
            go_on();
            if crowd.acked() >= cut.at { Ok(()) } else { Err(format!("{} are", crowd.acked())) }
        });
        let begin = Instant::now();
        kill(motcua, cut.victim);
        endured.kills += 1;
        let before = crowd.acked();
        eventually(COMES_BACK, &format!("an acknowledgement after {cut:?}"), || {
            go_on();
            if crowd.acked() > before || crowd.said() == crowd.acked() { Ok(()) } else { Err("none came".to_owned()) }
        });
        endured.back_ms.push(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX));
    }
    let mut acked = crowd.acked();
    while acked < until {
        let before = acked;
        eventually(COMES_BACK, &format!("more than {before} acknowledged events"), || {
            go_on();
            acked = crowd.acked();
            if acked > before { Ok(()) } else { Err("none came".to_owned()) }
        });
    }
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
        let victims = vec![Victim::Collector, Victim::Broker, Victim::Dashboard, Victim::WipedBroker];
        let one = plan(&mut Seed::new(9), 10_000, victims.clone());
        assert_eq!(one, plan(&mut Seed::new(9), 10_000, victims));
        assert!(one.is_sorted_by_key(|cut| cut.at) && one.iter().all(|cut| cut.at < 9_500));
        assert_eq!(one.len(), 4);
    }

    #[test]
    fn ranks_are_of_the_list() {
        let endured = Endured { kills: 3, back_ms: vec![30, 10, 20] };
        assert_eq!((endured.back(0.5), endured.back(1.0)), (20, 30));
    }
}
