//! R3: one schedule kills everybody: collector, broker, dashboard, the process of a centre's devices,
//! and the supervisor with all that it keeps; a screen watches meanwhile.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use harness::program::Motcua;
use harness::seed::Seed;
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::kills::{Victim, kill};
use harness::torture::script::Script;
use harness::torture::watch::Watch;
use harness::wait::eventually;
use serde_json::json;
use std::sync::atomic::Ordering;

use crate::check::{self, ZONE};

const SITES: usize = 2;
const EVENTS: u64 = 2_000;
/// Of the whole script; the kills fall into the seconds that it takes.
const EVENTS_PER_SECOND: u64 = 250;
const KILLS: u64 = 5;
const BACK: Duration = Duration::from_secs(120);
/// The centre whose devices are a process of their own; the other one is watched.
const OUTSIDE: &str = "site-0";
const WATCHED: &str = "site-1";

#[test]
fn r3_whatever_is_killed_in_any_order_nothing_is_lost_and_no_wrong_number_is_shown() {
    let scenario = Scenario::begin("R3");
    let mut seed = scenario.seed();
    let schedules = scenario.size(2, 200);
    let (mut events, mut figures, mut messages) = (0, 0, 0);
    for _ in 0..schedules {
        let (said, compared, seen) = one_schedule(&mut seed);
        (events, figures, messages) = (events + said, figures + compared, messages + seen);
    }
    scenario.tell(json!({"what": "schedules over collector, broker, dashboard, devices and supervisor",
        "n": schedules, "kills": schedules * KILLS, "events": events, "lost": 0, "twice": 0,
        "figures_equal": figures, "wall_messages": messages, "wall_mistakes": 0}));
}

/// Gives how many events were said, figures compared and messages watched.
fn one_schedule(seed: &mut Seed) -> (u64, usize, u64) {
    let script_seed = seed.bits();
    let script = Script::write(&mut Seed::new(script_seed), SITES, 1, EVENTS);
    let mut motcua = Motcua::recorded(ZONE);
    let mut outside = Outside::start(script_seed, motcua.mqtt_port);
    let watched = script.only(WATCHED);
    let crowd = Crowd::start(&watched, motcua.mqtt_port, seed);
    let watch = Watch::start(&motcua.http, WATCHED, &script, &crowd);
    for life in 1..=KILLS {
        // As many more events between two kills, so that each hits a burst.
        crowd.release(script.events() * life / KILLS);
        let goal = crowd.acked() + seed.below(watched.lines() / KILLS);
        eventually(BACK, &format!("{goal} acknowledged events before kill {life}"), || {
            if crowd.acked() >= goal || crowd.said() == crowd.acked() { Ok(()) } else { Err(crowd.told_behind()) }
        });
        match seed.below(7) {
            0 => kill(&motcua, Victim::Collector),
            1 => kill(&motcua, Victim::StartingCollector),
            2 => kill(&motcua, Victim::Broker),
            3 => kill(&motcua, Victim::WipedBroker),
            4 => kill(&motcua, Victim::Dashboard),
            5 => outside = outside.killed_and_started_at(motcua.mqtt_port),
            _ => {
                let data = motcua.crash();
                motcua = Motcua::start(&["--discover", "--clock", "event", "--zone", ZONE], Some(data));
                crowd.conditions.port.store(motcua.mqtt_port.into(), Ordering::Relaxed);
                watch.moved(&motcua.http);
                outside = outside.killed_and_started_at(motcua.mqtt_port);
            }
        }
    }
    crowd.release(script.events());
    crowd.acknowledged(watched.lines(), BACK);
    outside.finishes();
    let figures = check::boards(&motcua, &script.oracle(script.events()));
    check::journal(&motcua, &script);
    drop(crowd);
    let seen = check::watched(watch);
    (script.events(), figures, seen.messages)
}

/// The process of the other centre's devices.
struct Outside {
    script_seed: u64,
    child: Child,
}

impl Outside {
    fn start(script_seed: u64, port: u16) -> Self {
        let words = [u64::from(port), script_seed, SITES as u64, 1, EVENTS].map(|number| number.to_string());
        let child = Command::new(env!("CARGO_BIN_EXE_torture-device"))
            .args(words)
            .args([OUTSIDE, &EVENTS_PER_SECOND.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { script_seed, child }
    }

    /// The same devices with the same journal; what the process knew is gone.
    fn killed_and_started_at(self, port: u16) -> Self {
        let script_seed = self.script_seed;
        drop(self);
        Self::start(script_seed, port)
    }

    fn finishes(mut self) {
        let status = eventually(BACK, "the devices' process to have everything acknowledged", || {
            let ended = self.child.try_wait().map_err(|why| why.to_string())?;
            ended.ok_or_else(|| "it waits".to_owned())
        });
        assert!(status.success(), "the devices' process ended with {status}");
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
