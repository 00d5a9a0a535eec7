//! A device of ours over a real Mosquitto: killed again and again, with a broker that is killed and
//! forgets, everything that was shown as taken is received, each under its own number.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a step that fails ends its test; the process tells")]

#[path = "../session/broker.rs"]
mod broker;
mod collector;
mod kills;

use std::time::Duration;

use domain::event::{Body, DeviceKind, RatingLevel};
use domain::{DeviceId, SiteId};
use mqtt_config::device::{Bounds, Device, DeviceEvent, DeviceOptions, Outbox, new_boot};
use mqtt_config::wire::Meta;
use tokio::time::timeout;

use broker::Broker;
use collector::{Collector, command};

/// Far above what any step takes; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(60);

fn options(port: u16) -> DeviceOptions {
    let (site, device) = (SiteId::new("tam-ky").unwrap(), DeviceId::new("rating-5").unwrap());
    DeviceOptions {
        meta: Meta { model: Some("test".into()), heartbeat_s: 1 },
        ..DeviceOptions::new(site, DeviceKind::Rating, device, port)
    }
}

fn pressed() -> Body {
    let level = RatingLevel::Satisfied;
    Body::RatingPressed { level, counter: None, ticket: None, officer: None, channel: None }
}

fn in_memory() -> Outbox {
    Outbox::in_memory(Bounds::default(), new_boot().unwrap())
}

/// Runs the device beside the stand-in for the collector until both are as wished.
async fn until(device: &mut Device, collector: &mut Collector, what: &str, done: impl Fn(&Device, &Collector) -> bool) {
    let run = async {
        while !done(device, collector) {
            tokio::select! {
                _ = device.next() => {}
                () = collector.next() => {}
            }
        }
    };
    timeout(LIMIT, run).await.unwrap_or_else(|_| panic!("waited for {what}; {collector:?}"));
}

#[tokio::test]
async fn birth_events_and_farewell() {
    let broker = Broker::start();
    let mut collector = Collector::connect(broker.port).await;
    let mut device = Device::new(options(broker.port), in_memory());
    for _ in 0..3 {
        device.say(pressed()).unwrap();
    }
    until(&mut device, &mut collector, "the acknowledgement", |device, _| device.outbox().is_empty()).await;
    assert_eq!(collector.received.len(), 3);
    until(&mut device, &mut collector, "a heartbeat", |_, collector| collector.count("status") >= 2).await;
    device.close().await;
    let farewell = async {
        while collector.last("status")["state"] != "disconnected" {
            collector.next().await;
        }
    };
    timeout(LIMIT, farewell).await.unwrap();
    assert_eq!(collector.count("meta"), 1);
    let order: Vec<&str> = collector.heard.iter().map(|(channel, _)| channel.as_str()).take(3).collect();
    assert_eq!(order, ["status", "meta", "evt"]);
}

#[tokio::test]
async fn commands_are_followed_once() {
    let broker = Broker::start();
    let mut collector = Collector::connect(broker.port).await;
    collector.acknowledges = false;
    let mut device = Device::new(options(broker.port), in_memory());
    let said = device.say(pressed()).unwrap();
    until(&mut device, &mut collector, "the event", |_, collector| collector.count("evt") == 1).await;
    for _ in 0..2 {
        let replay = format!(r#""type":"replay","boot":"{}","from_seq":1,"to_seq":4"#, said.boot);
        collector.say("cmd", &command("r", "2100-01-01T00:00:00Z", &replay));
    }
    collector.say("cmd", &command("late", "2020-01-01T00:00:00Z", r#""type":"identify""#));
    collector.say("cmd", &command("b", "2100-01-01T00:00:00Z", r#""type":"rebirth""#));
    until(&mut device, &mut collector, "the answers", |_, collector| {
        collector.count("done") == 2 && collector.count("meta") == 2 && collector.count("evt") == 2
    })
    .await;
    let answers: Vec<_> = collector.heard.iter().filter(|(channel, _)| channel == "done").map(|(_, it)| it).collect();
    // The answer to `replay` comes behind the events that were asked for, the other when it may.
    for answer in [serde_json::json!({"id": "r", "ok": true, "missing": 3}), serde_json::json!({"id": "b", "ok": true})]
    {
        assert!(answers.contains(&&answer), "{answers:?}");
    }
}

#[tokio::test]
async fn a_broker_that_forgets_is_told_again() {
    let mut broker = Broker::start();
    let mut device = Device::new(options(broker.port), in_memory());
    // Nobody listens: the broker answers, and has nothing any more.
    device.say(pressed()).unwrap();
    while !device.broker_has_all() {
        timeout(LIMIT, device.next()).await.unwrap();
    }
    broker.kill();
    while !matches!(timeout(LIMIT, device.next()).await.unwrap(), DeviceEvent::Lost { .. }) {}
    device.say(pressed()).unwrap();
    broker.restart();
    let mut collector = Collector::connect(broker.port).await;
    until(&mut device, &mut collector, "the acknowledgement", |device, _| device.outbox().is_empty()).await;
    assert_eq!(collector.received.len(), 2);
}

#[tokio::test]
async fn what_was_taken_outlives_the_device() {
    let broker = Broker::start();
    let dir = tempfile::tempdir().unwrap();
    let open = || Outbox::open(dir.path(), Bounds::default(), new_boot().unwrap()).unwrap();
    let mut device = Device::new(options(1), open());
    let first = device.take(pressed()).await.unwrap();
    assert!(device.is_durable(&first));
    drop(device);
    let mut collector = Collector::connect(broker.port).await;
    let mut device = Device::new(options(broker.port), open());
    let second = device.take(pressed()).await.unwrap();
    assert_ne!(first.boot, second.boot);
    until(&mut device, &mut collector, "the acknowledgement", |device, _| device.outbox().is_empty()).await;
    let received: Vec<_> = collector.received.keys().map(|(boot, seq)| (boot.clone(), *seq)).collect();
    assert_eq!(received.len(), 2);
    assert!(received.contains(&(first.boot.to_string(), 1)) && received.contains(&(second.boot.to_string(), 1)));
}
