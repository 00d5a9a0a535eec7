//! R2: the broker is killed in a burst, and now and then everything that it has kept is gone.

use std::time::Instant;

use harness::program::Motcua;
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::kills::{Ordeal, Victim};
use harness::torture::script::Script;
use harness::torture::watch::Watch;
use serde_json::json;

use crate::check::{self, ZONE};

#[test]
fn r2_a_killed_or_wiped_broker_loses_nothing_that_was_acknowledged() {
    let scenario = Scenario::begin("R2");
    let mut seed = scenario.seed();
    let (sites, events) = scenario.size((2, 10_000), (10, 200_000));
    let (kills, wipes) = scenario.size((6, 2), (100, 20));
    let script = Script::write(&mut seed, sites, 1, events);
    let victims = [vec![Victim::Broker; kills], vec![Victim::WipedBroker; wipes]].concat();
    let mut ordeal = Ordeal::new(&mut seed, script.events(), victims);

    let motcua = Motcua::recorded(ZONE);
    let crowd = Crowd::start(&script, motcua.mqtt_port, &mut seed);
    let watch = Watch::start(&motcua.http, "site-0", &script, &crowd);
    ordeal.run(&motcua, &crowd, script.events());
    let acknowledged = Instant::now();
    let figures = check::boards(&motcua, &script.oracle(script.events()));
    let converged = acknowledged.elapsed();
    check::journal(&motcua, &script);
    let again = crowd.again();
    drop(crowd);
    let seen = check::watched(watch);
    scenario.tell(json!({"what": "broker killed", "n": kills, "wiped": wipes, "events": script.events(), "lost": 0,
        "twice": 0, "figures_equal": figures, "sent_again": again, "wall_messages": seen.messages, "wall_calls": seen.calls,
        "wall_mistakes": 0, "back_ms_p50": ordeal.back(0.5), "back_ms_max": ordeal.back(1.0),
        "start_ms_p50": ordeal.start(0.5), "start_ms_max": ordeal.start(1.0),
        "converged_ms": u64::try_from(converged.as_millis()).unwrap()}));
}
