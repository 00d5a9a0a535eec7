//! R14: the link fails in every way a link can, between the broker and the collector and between the
//! broker and its devices; and processes stand still for a while.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use harness::program::{Motcua, freeze};
use harness::proxy::{Fault, Proxy};
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::kills::{Victim, kill};
use harness::torture::script::Script;
use harness::torture::watch::Watch;
use harness::wait::eventually;
use serde_json::{Value, json};

use crate::check::{self, ZONE};

/// A dead link is noticed within this (the goal).
const NOTICED: Duration = Duration::from_secs(20);
/// What the machine's other work may add to it.
const SLACK: Duration = Duration::from_secs(5);
/// Ten times the goal.
const LIMIT: Duration = Duration::from_secs(200);
/// Events for each fault.
const STEP: u64 = 400;

#[test]
fn r14_whatever_the_link_does_nothing_is_lost_and_nobody_hammers() {
    let scenario = Scenario::begin("R14");
    let mut seed = scenario.seed();
    let rounds = scenario.size(1, 17);
    let script = Script::write(&mut seed, 2, 1, rounds * (Fault::ALL.len() as u64 + 1) * STEP);
    let motcua = Motcua::recorded(ZONE);
    let (inner, outer) = (Proxy::before(motcua.mqtt_port), Proxy::before(motcua.mqtt_port));
    collector_goes_through(&motcua, &inner);
    let crowd = Crowd::start(&script, outer.port, &mut seed);
    let watch = Watch::start(&motcua.http, "site-0", &script, &crowd);
    let mut found = Found::default();
    for _ in 0..rounds {
        for fault in Fault::ALL {
            crowd.release(crowd.acked() + STEP);
            // The devices have another trouble at the same time.
            outer.set(Fault::ALL[seed.below(Fault::ALL.len() as u64) as usize]);
            found.strike(&inner, fault);
            outer.set(Fault::None);
            moves_again(&crowd);
        }
        crowd.release(crowd.acked() + STEP);
        for name in ["mosquitto", "collector"] {
            let _still = freeze(motcua.process(name).unwrap()).unwrap();
            lasts(Duration::from_secs(scenario.size(4, 60)));
        }
        moves_again(&crowd);
    }
    crowd.release(script.events());
    crowd.acknowledged(script.events(), LIMIT);
    let figures = check::boards(&motcua, &script.oracle(script.events()));
    check::journal(&motcua, &script);
    let again = crowd.again();
    drop(crowd);
    let seen = check::watched(watch);
    assert!(found.noticed <= NOTICED + SLACK, "a dead link was noticed after {:?}", found.noticed);
    assert!(found.attempts_per_s <= 1.0, "{} attempts a second", found.attempts_per_s);
    scenario.tell(json!({"what": "faults of the links on both sides of the broker", "n": 2 * found.faults,
        "stood_still": 2 * rounds, "events": script.events(), "lost": 0, "twice": 0, "figures_equal": figures,
        "sent_again": again, "noticed_s_max": found.noticed.as_secs_f64(),
        "attempts_per_s_max": found.attempts_per_s, "wall_messages": seen.messages,
        "wall_calls": seen.calls, "wall_mistakes": 0}));
}

/// What the faults have shown.
#[derive(Default)]
struct Found {
    faults: u64,
    /// The longest time until the collector tried another connection.
    noticed: Duration,
    attempts_per_s: f64,
}

impl Found {
    /// One fault of the collector's link, for as long as it takes to see what it does.
    fn strike(&mut self, link: &Proxy, fault: Fault) {
        self.faults += 1;
        let (before, begin) = (link.attempts().len(), Instant::now());
        link.set(fault);
        match fault {
            // The link works, only later.
            Fault::Late => lasts(Fault::DELAY * 3),
            // Noticed at once; how often does it try again?
            Fault::Reset | Fault::Cut | Fault::Rubbish => {
                let while_it_lasts = Duration::from_secs(10);
                lasts(while_it_lasts);
                let attempts = (link.attempts().len() - before) as f64;
                self.attempts_per_s = self.attempts_per_s.max(attempts / while_it_lasts.as_secs_f64());
            }
            Fault::None | Fault::BlackHole | Fault::HalfOpen | Fault::Drip | Fault::Flip => {
                eventually(LIMIT, &format!("another connection after {fault:?}"), || {
                    if link.attempts().len() > before { Ok(()) } else { Err("none is tried".to_owned()) }
                });
                self.noticed = self.noticed.max(begin.elapsed());
            }
        }
        link.set(Fault::None);
    }
}

/// The next life of the collector reaches the broker through the proxy.
fn collector_goes_through(motcua: &Motcua, proxy: &Proxy) {
    let file = motcua.data.path().join("run/collector.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    settings["mqtt"]["port"] = json!(proxy.port);
    fs::write(&file, settings.to_string()).unwrap();
    kill(motcua, Victim::Collector);
    eventually(LIMIT, "the collector's connection through the proxy", || {
        if proxy.passed() > 0 { Ok(()) } else { Err("nothing has passed".to_owned()) }
    });
}

/// Everything that was said is acknowledged again.
fn moves_again(crowd: &Crowd) {
    eventually(LIMIT, "everything to be acknowledged", || {
        if crowd.is_silent() { Ok(()) } else { Err(crowd.told_behind()) }
    });
}

/// A fault lasts as long as it lasts: nothing is waited for.
fn lasts(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        thread::park_timeout(time.saturating_sub(begin.elapsed()));
    }
}
