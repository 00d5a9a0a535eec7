//! R1: the collector is killed again and again, also while it reads its journal.

use harness::program::Motcua;
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::kills::{Ordeal, Victim};
use harness::torture::script::Script;
use harness::torture::watch::Watch;
use serde_json::json;

use crate::check::{self, ZONE};

#[test]
fn r1_a_killed_collector_loses_nothing_and_counts_nothing_twice() {
    let scenario = Scenario::begin("R1");
    let mut seed = scenario.seed();
    let (sites, days, events) = scenario.size((3, 2, 20_000), (20, 4, 1_000_000));
    let kills = scenario.size(20, 500);
    let script = Script::write(&mut seed, sites, days, events);
    let victim = |kill: usize| if kill.is_multiple_of(4) { Victim::StartingCollector } else { Victim::Collector };
    let mut ordeal = Ordeal::new(&mut seed, script.events(), (0..kills).map(victim).collect());

    // So often that every other start begins with a snapshot of the run before.
    let every = scenario.size("700", "5000");
    let options = ["--discover", "--clock", "event", "--zone", ZONE, "--snapshot-records", every];
    let motcua = Motcua::start(&options, None);
    let crowd = Crowd::start(&script, motcua.mqtt_port, &mut seed);
    let watch = Watch::start(&motcua.http, "site-0", &script, &crowd);
    let mut figures = 0;
    for day in &script.days {
        ordeal.run(&motcua, &crowd, *day);
        figures += check::boards(&motcua, &script.oracle(*day));
    }
    check::journal(&motcua, &script);
    let again = crowd.again();
    drop(crowd);
    let seen = check::watched(watch);
    let snapshot = check::snapshots(motcua);
    scenario.tell(json!({"what": "collector killed", "n": ordeal.kills, "events": script.events(), "lost": 0,
        "twice": 0, "figures_equal": figures, "newest_snapshot": snapshot, "hash_from_snapshot": "equal",
        "sent_again": again, "wall_messages": seen.messages, "wall_calls": seen.calls,
        "wall_mistakes": 0, "back_ms_p50": ordeal.back(0.5), "back_ms_max": ordeal.back(1.0),
        "start_ms_p50": ordeal.start(0.5), "start_ms_max": ordeal.start(1.0)}));
}
