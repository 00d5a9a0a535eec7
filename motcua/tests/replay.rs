//! `motcua replay` over a real Mosquitto, with a stand-in for the collector that acknowledges.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a step that fails ends its test, one left out is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use motcua::replay::recording;
use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, Ack};

const LIMIT: Duration = Duration::from_secs(30);

/// A broker for one test, ended with it.
struct Broker {
    process: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Broker {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let dir = tempfile::tempdir().unwrap();
        let conf = dir.path().join("mosquitto.conf");
        std::fs::write(&conf, format!("user root\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000\nlistener {port} 127.0.0.1\n")).unwrap();
        let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|name| Path::new(name).exists());
        let process =
            Command::new(program.unwrap_or("mosquitto")).arg("-c").arg(&conf).stderr(Stdio::null()).spawn().unwrap();
        let begin = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(begin.elapsed() < LIMIT, "the broker does not start");
            std::thread::yield_now();
        }
        Self { process, port, _dir: dir }
    }

    /// `motcua replay` as a person runs it.
    fn replay(&self, file: &Path, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
        command.arg("replay").arg(file).args(["--speed", "0", "--broker", &format!("mqtt://127.0.0.1:{}", self.port)]);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the stand-in for the collector saw, by topic, in order.
type Seen = BTreeMap<String, Vec<serde_json::Value>>;

/// Subscribes to everything, starts the replay, acknowledges every event at once, except the sequence numbers that it
/// misses: those it asks for again, once. Ends when the replay has ended.
async fn collect(broker: &Broker, file: &Path, args: &[&str], misses: &[u64]) -> (Output, Seen) {
    let all = |channel: Channel| Subscription::new(channel.filter(), Qos::AtLeastOnce);
    let mut session = Session::new(SessionOptions {
        subscriptions: vec![all(Channel::Status), all(Channel::Evt), all(Channel::Done)],
        ..SessionOptions::new(broker.port, "stand-in")
    });
    let (mut seen, mut durable) = (Seen::new(), BTreeMap::<String, u64>::new());
    let mut missed: Vec<u64> = misses.to_vec();
    let mut asked = BTreeSet::<(String, u64)>::new();
    let begin = Instant::now();
    assert!(matches!(session.next().await, SessionEvent::Connected { .. }));
    let mut replay = broker.replay(file, args);
    while replay.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < LIMIT, "the replay does not end; seen: {seen:#?}");
        let next = tokio::time::timeout(Duration::from_millis(50), session.next()).await;
        let Ok(SessionEvent::Messages(messages)) = next else { continue };
        for message in messages {
            let topic = DeviceTopic::parse(&message.topic).unwrap();
            let payload: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
            if topic.channel == Channel::Evt {
                let (boot, seq) = (payload["boot"].as_str().unwrap(), payload["seq"].as_u64().unwrap());
                if missed.first() == Some(&seq) {
                    missed.remove(0);
                    asked.insert((topic.to_string(), seq));
                    let command = format!(
                        r#"{{"id":"c{seq}","exp":"2100-01-01T00:00:00Z","type":"replay","boot":"{boot}","from_seq":{seq},"to_seq":{seq}}}"#
                    );
                    let to = topic.on(Channel::Cmd).to_string();
                    session.publish(&to, command.into(), Qos::AtLeastOnce, false).unwrap();
                } else {
                    asked.remove(&(topic.to_string(), seq));
                    let durable = durable.entry(topic.to_string()).or_default();
                    *durable = (*durable).max(seq);
                    // Nothing is acknowledged over a hole.
                    let hole = asked.iter().find(|(of, _)| *of == topic.to_string()).map(|(_, seq)| *seq);
                    let seq = hole.map_or(*durable, |hole| (*durable).min(hole - 1));
                    let ack = Ack { boot: boot.parse().unwrap(), seq, older: Vec::new() };
                    let to = topic.on(Channel::Ack).to_string();
                    session.publish(&to, wire::json(&ack).into(), Qos::AtLeastOnce, true).unwrap();
                }
            }
            seen.entry(topic.to_string()).or_default().push(payload);
            session.ack(message.ack.unwrap());
        }
    }
    (replay.wait_with_output().unwrap(), seen)
}

fn tickets() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "ticket_id,site,service,priority,issued_at,called_at,finished_at,counter,outcome").unwrap();
    for n in 1..=9 {
        for site in ["UD_Wola", "bank"] {
            let at = |minute: u32| format!("2020-01-02T08:{:02}:00+01:00", n * 5 + minute);
            writeln!(file, "{site}-A{n},{site},s,0,{},{},{},q1,served", at(0), at(2), at(4)).unwrap();
        }
    }
    file
}

fn types(events: &[serde_json::Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_recording_is_sent_once_in_order_with_birth_and_farewell() {
    let (broker, file) = (Broker::start(), tickets());
    let (output, seen) = collect(&broker, file.path(), &[], &[]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["events"], 2 * (9 * 3 + 2));
    assert_eq!(summary["first_ts"], "2020-01-02T07:05:00.000Z");
    assert_eq!(summary["last_ts"], "2020-01-02T07:49:00.001Z");
    for site in ["ud-wola", "bank"] {
        let events = &seen[&format!("motcua/v1/{site}/gateway/replay/evt")];
        let seqs: Vec<_> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=29).collect::<Vec<_>>());
        assert_eq!(types(&events[..4]), ["ticket.issued", "counter.opened", "ticket.called", "ticket.finished"]);
        let states = &seen[&format!("motcua/v1/{site}/gateway/replay/status")];
        assert_eq!(states.first().map(|said| &said["state"]), Some(&"ready".into()));
        assert_eq!(states.last().map(|said| &said["state"]), Some(&"disconnected".into()));
        assert!(states.iter().all(|said| said["boot"] == events[0]["boot"]));
    }
}

#[tokio::test]
async fn what_the_collector_misses_is_sent_again() {
    let (broker, file) = (Broker::start(), tickets());
    let (output, seen) = collect(&broker, file.path(), &["--site", "bank"], &[3, 29]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let events = &seen["motcua/v1/bank/gateway/replay/evt"];
    for seq in [3, 29] {
        let same: Vec<_> = events.iter().filter(|event| event["seq"] == seq).collect();
        assert_eq!(same.len(), 2, "once more: {same:?}");
        assert_eq!(same[0], same[1]);
    }
    assert_eq!(seen["motcua/v1/bank/gateway/replay/done"][0], serde_json::json!({"id": "c3", "ok": true}));
}

#[tokio::test]
async fn the_same_recording_has_the_same_ids_in_another_run_of_the_device() {
    let (broker, file) = (Broker::start(), tickets());
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (output, seen) = collect(&broker, file.path(), &["--site", "UD_Wola"], &[]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        runs.push(seen["motcua/v1/ud-wola/gateway/replay/evt"].clone());
    }
    let of = |run: usize, key: &str| runs[run].iter().map(|event| event[key].clone()).collect::<Vec<_>>();
    assert_eq!(of(0, "id"), of(1, "id"));
    assert_ne!(of(0, "boot"), of(1, "boot"));
}

#[test]
fn a_login_for_several_sites_is_a_wrong_argument() {
    let file = tickets();
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .arg("replay")
        .arg(file.path())
        .args(["--speed", "0", "--broker", "mqtt://bank.replay:x@127.0.0.1:9"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "motcua: a login is one site's device: choose the site with --site\n"
    );
}

#[test]
fn a_broker_that_is_not_there_is_told_in_one_sentence() {
    let file = tickets();
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .arg("replay")
        .arg(file.path())
        .args(["--speed", "0", "--site", "bank", "--broker", &format!("mqtt://127.0.0.1:{nobody}")])
        .env("MOTCUA_LOG", "off")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{nobody}")), "{said}");
    assert!(begin.elapsed() < LIMIT);
}

/// The recorded days beside the repository, where they are.
fn recorded(name: &str) -> Option<std::path::PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/queues").join(name);
    if !file.is_file() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    Some(file)
}

/// How many events of each type.
fn counts(file: &Path, counters: Option<&Path>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for event in recording::read(file, counters, None).unwrap() {
        *counts.entry(event.body.type_code()).or_default() += 1;
    }
    counts
}

#[test]
fn the_bank_s_log_has_as_many_events_as_its_rows_say() {
    let Some(file) = recorded("bank-calls-1999-02-early.csv.gz") else { return };
    let expected = [
        ("counter.closed", 243),
        ("counter.opened", 243),
        ("ticket.called", 18_125),
        ("ticket.cancelled", 2_634),
        ("ticket.finished", 18_125),
        ("ticket.issued", 20_759),
    ];
    assert_eq!(counts(&file, None), BTreeMap::from(expected));
}

#[test]
fn the_offices_log_has_as_many_events_as_its_rows_say() {
    let Some(file) = recorded("warsaw-offices-2020-early.csv.gz") else { return };
    let counters = recorded("warsaw-offices-2020-early-counters.csv.gz");
    let expected = [("service.staffing", 69_753), ("ticket.called", 65_598), ("ticket.issued", 65_676)];
    assert_eq!(counts(&file, counters.as_deref()), BTreeMap::from(expected));
}
