//! A broker that stands still, or comes back with nothing in its hands: everybody is told, and what
//! it had kept of the collector's is there again.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::http;
use harness::mqtt::publish;
use harness::oracle::Instant as Now;
use harness::program::{Motcua, freeze};
use harness::torture::kills::{Victim, kill};
use harness::wait::eventually;
use serde_json::{Value, json};

/// Three times the goal of twenty seconds.
const NOTICED: Duration = Duration::from_secs(60);
const BACK: Duration = Duration::from_secs(60);
const EVT: &str = "motcua/v1/hall/gateway/machine/evt";

#[test]
fn a_broker_that_stands_still_is_noticed_and_named() {
    let motcua = Motcua::start(&["--discover"], None);
    let broker = motcua.process("mosquitto").unwrap();
    let still = freeze(broker).unwrap();
    let begin = Instant::now();
    let fault = eventually(NOTICED, "/readyz that names the broker", || {
        let (status, said) = ready(&motcua)?;
        let faults = said["faults"].as_array().cloned().unwrap_or_default();
        let found = faults.into_iter().find(|fault| fault["part"] == "mqtt" && fault["state"] == "gone");
        found.filter(|_| status == 503).ok_or_else(|| format!("{status} {said}"))
    });
    println!("noticed after {:?}", begin.elapsed());
    assert!(fault["message"].as_str().unwrap().contains(" / The broker is not connected"), "{fault}");
    assert!(Now::parse(fault["since"].as_str().unwrap()).is_some(), "{fault}");
    drop(still);
    eventually(BACK, "a broker that goes on", || match ready(&motcua)? {
        (200, said) if said["faults"] == json!([]) => Ok(()),
        (status, said) => Err(format!("{status} {said}")),
    });
}

#[test]
fn a_broker_that_lost_everything_is_given_everything_again() {
    let motcua = Motcua::start(&["--discover"], None);
    let send = |seq: u32, fields: Value| {
        let mut event = json!({"id": format!("00000000-0000-4000-8000-{seq:012}"), "boot": "b1", "seq": seq,
            "ts": Now::now().to_string()});
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        publish(&motcua, EVT, event.to_string().as_bytes(), &[]);
    };
    send(1, json!({"type": "ticket.issued", "ticket": "A001", "service": "land", "priority": "normal"}));
    send(2, json!({"type": "ticket.called", "ticket": "A001", "counter": "q1"}));
    publish(&motcua, EVT, b"{", &[]);
    let wanted: BTreeSet<String> = [
        "metrics/host/collector/state",
        "hall/host/collector/status",
        "hall/live/board",
        "hall/live/calls",
        "hall/live/counter/q1",
        "hall/live/dead-letters",
        "hall/gateway/machine/ack",
    ]
    .map(|topic| format!("motcua/v1/{topic}"))
    .into();
    eventually(BACK, "everything that is retained", || all_of(&wanted, &motcua));

    kill(&motcua, Victim::WipedBroker);
    eventually(BACK, "everything that is retained, once more", || all_of(&wanted, &motcua));
    eventually(BACK, "the board's word for it", || {
        let board = motcua.board("hall")?;
        let rules = board["alerts"].as_array().into_iter().flatten().map(|alert| alert["rule"].clone());
        let rules: Vec<Value> = rules.collect();
        if rules.contains(&json!("broker_wiped")) { Ok(()) } else { Err(format!("{rules:?}")) }
    });
    let call = &motcua.board("hall").unwrap()["calls"];
    assert!(call[0]["ticket"] == "A001" && call.as_array().unwrap().len() == 1, "called once: {call}");
}

fn ready(motcua: &Motcua) -> Result<(u16, Value), String> {
    let answer = http::get(&motcua.http, "/readyz")?;
    Ok((answer.status, serde_json::from_str(&answer.body).map_err(|why| why.to_string())?))
}

/// Whether the broker has something for each of these topics.
fn all_of(wanted: &BTreeSet<String>, motcua: &Motcua) -> Result<(), String> {
    // Nobody may read everything.
    let readers = [None, Some("collector"), Some("dashboard")];
    let there: BTreeSet<String> = readers.into_iter().flat_map(|account| kept(motcua, account)).collect();
    let missing: Vec<&String> = wanted.difference(&there).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} are missing")) }
}

/// The topics that the broker has kept something for, as far as this account may read.
fn kept(motcua: &Motcua, account: Option<&str>) -> Vec<String> {
    let mut command = Command::new("mosquitto_sub");
    command.args(["-h", "127.0.0.1", "-p", &motcua.mqtt_port.to_string(), "-V", "mqttv5"]);
    command.args(["-t", "motcua/v1/#", "--retained-only", "-F", "%t", "-W", "1"]);
    if let Some(account) = account {
        let secret = fs::read_to_string(motcua.data.path().join("secrets").join(account)).unwrap();
        command.args(["-u", account, "-P", secret.trim()]);
    }
    let output = command.stderr(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
