//! R7: a flood of payloads that cannot be used, with one good one in a hundred.

use std::net::Ipv4Addr;
use std::time::Duration;

use harness::program::Motcua;
use harness::torture::Scenario;
use harness::torture::malformed::Generator;
use harness::torture::probe::Held;
use harness::wait::eventually;
use harness::wire::{Hello, Link};
use serde_json::json;

use crate::check::ZONE;

const SITE: &str = "malformed";
/// Payloads on the way that are not on the board yet, at most: the broker's queue stays small.
const AHEAD: u64 = 3_000;
const BATCH: u64 = 500;
const PROGRESS: Duration = Duration::from_secs(60);
/// What a process may grow by, KiB.
const GROWTH: u64 = 16 * 1024;

#[test]
fn r7_malformed_payloads_are_kept_and_counted_and_harm_nothing() {
    let scenario = Scenario::begin("R7");
    let payloads = scenario.size(50_000, 1_000_000);
    let mut generator = Generator::new(scenario.seed(), SITE);
    let motcua = Motcua::recorded(ZONE);
    let (collector, dashboard) = (motcua.collector().unwrap(), motcua.dashboard().unwrap());
    let hello = Hello { client: "flood", keep_alive_s: 30, will: None };
    let mut link = Link::open((Ipv4Addr::LOCALHOST, motcua.mqtt_port), hello).unwrap();
    let mut warm = None;
    while generator.made() < payloads {
        for _ in 0..BATCH.min(payloads - generator.made()) {
            let message = generator.next_message();
            link.publish(&message.topic, &message.payload, false).unwrap();
        }
        let goal = generator.made().saturating_sub(AHEAD);
        eventually(PROGRESS, &format!("{goal} payloads on the board"), || {
            link.hear(Duration::from_millis(5)).map_err(|why| why.to_string())?;
            if goal == 0 || counted(&motcua)?.iter().sum::<u64>() >= goal {
                Ok(())
            } else {
                Err("fewer are".to_owned())
            }
        });
        // Buffers have their size after the first tenth.
        if warm.is_none() && generator.made() >= payloads / 10 {
            warm = Held::of(collector);
        }
    }
    let (good, bad) = (generator.good(), generator.made() - generator.good());
    eventually(PROGRESS, "every payload counted as what it is", || {
        link.hear(Duration::from_millis(5)).map_err(|why| why.to_string())?;
        let right = counted(&motcua)? == [good, bad, 0];
        if right { Ok(()) } else { Err(format!("{good} good, {bad} bad were sent: {:?}", counted(&motcua)?)) }
    });
    let waiting = &motcua.board(SITE).unwrap()["services"][0]["waiting"];
    assert_eq!(*waiting, json!(good), "every good ticket waits");
    let growth = Held::of(collector).unwrap().rss_kib.saturating_sub(warm.unwrap().rss_kib);
    let log = motcua.log();
    let connections = log.matches("Connected to the broker.").count();
    let panics = log.matches("panicked").count();
    assert_eq!((motcua.collector(), motcua.dashboard()), (Some(collector), Some(dashboard)), "nobody ended");
    assert_eq!((connections, panics), (1, 0), "connections of the collector, and panics");
    assert!(growth <= GROWTH, "the collector grew by {growth} KiB");
    scenario.tell(json!({"what": "malformed payloads", "n": payloads, "good": good, "dead_letters": bad,
        "panics": 0, "reconnects": 0, "collector_growth_kib": growth}));
}

/// Accepted, dead letters, repeats; none when the site has not been heard of.
fn counted(motcua: &Motcua) -> Result<[u64; 3], String> {
    let board = motcua.board(SITE)?;
    let count = |key: &str| board["ingest"][key].as_u64().unwrap_or_default();
    Ok(["accepted", "dead_letter", "duplicate"].map(count))
}
