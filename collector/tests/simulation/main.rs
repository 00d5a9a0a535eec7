//! Whole working days in simulation: the real door, journal, acknowledgements, dataflow and
//! recovery, driven by one seeded scheduler without threads, clocks or sockets. The judge is a
//! model that shares no code with them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a run says what it was made of")]

mod broker;
mod checks;
mod device;
mod disk;
mod flow;
mod hall;
mod node;
mod random;
mod reorder;
mod screen;
mod size;
mod truth;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use domain::config::{CounterConfig, Queue, ServiceConfig, SiteConfig, ZoneConfig};
use domain::event::ZoneKind;
use domain::{CameraId, CounterId, ServiceId, SiteId, ZoneId};

use self::size::{figures, full, seed};
use self::world::World;

/// What happens on one day: small, so that there can be many days.
const HAPPENINGS: usize = 36;

/// The centre as its file has it.
fn config() -> SiteConfig {
    let service = |id: &str| ServiceConfig {
        service: ServiceId::new(id).unwrap(),
        name: id.to_owned(),
        field: None,
        field_name: None,
        department: None,
        department_name: None,
        queue: Queue::External,
        hours: Vec::new(),
    };
    let counter = |id: &str| CounterConfig {
        counter: CounterId::new(id).unwrap(),
        name: id.to_owned(),
        place: None,
        department: None,
        services: Vec::new(),
        field_name: None,
    };
    SiteConfig {
        services: hall::SERVICES.map(service).to_vec(),
        counters: ["q1", "q2", "q3"].map(counter).to_vec(),
        zones: vec![ZoneConfig {
            camera: CameraId::new("cam-1").unwrap(),
            zone: ZoneId::new("waiting").unwrap(),
            kind: ZoneKind::Waiting,
            counter: None,
            polygon: Vec::new(),
            seats: None,
        }],
        discover: false,
        ..SiteConfig::discovered(SiteId::new(world::SITE).unwrap(), "Asia/Ho_Chi_Minh")
    }
}

/// Lives one day and returns the hash of its end, the hash of every step, and what it was made of.
fn live(seed: u64) -> (String, u64, World) {
    let mut world = World::new(seed, HAPPENINGS, true);
    let end = world.run().and_then(|()| world.check_end());
    match end {
        Ok(hash) => (hash, world.trace.0, world),
        Err(why) => panic!(
            "day {seed} failed: {why}\nrun it alone: MOTCUA_DAY={seed} cargo test -p motcua-collector --test simulation r4_"
        ),
    }
}

#[test]
fn r4_whole_days_with_everything_going_wrong_end_as_if_nothing_had() {
    if let Some(day) = std::env::var("MOTCUA_DAY").ok().and_then(|day| day.parse().ok()) {
        live(day);
        return;
    }
    let (days, first, began) = (if full() { 100_000 } else { 2_000 }, seed(1), Instant::now());
    let (events, crashes) = (AtomicU64::new(0), AtomicU64::new(0));
    let next = AtomicU64::new(first);
    // A day is one thread's; days share nothing.
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let day = next.fetch_add(1, Ordering::Relaxed)
                    && day < first + days
                {
                    let (.., world) = live(day);
                    events.fetch_add(world.events as u64, Ordering::Relaxed);
                    crashes.fetch_add(world.crashes as u64, Ordering::Relaxed);
                }
            });
        }
    });
    let counted = [("events", events.into_inner()), ("collector_crashes", crashes.into_inner())];
    figures("R4", "days", days, &counted, began);
}

#[test]
fn r4_the_same_seed_lives_the_same_day() {
    let first = seed(1_000_000);
    for day in first..first + 50 {
        let ((one, steps, _), (other, again, _)) = (live(day), live(day));
        assert_eq!((one, steps), (other, again), "seed {day}");
    }
}
