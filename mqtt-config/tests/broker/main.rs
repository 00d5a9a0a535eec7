//! A real Mosquitto with the generated files: who may connect, write and read. What is expected is
//! written here from the contract's words, not from the topic table.

#![allow(clippy::unwrap_used, reason = "a test whose preparation fails has failed")]

mod running;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use domain::event::DeviceKind;
use domain::{DeviceId, SiteId};
use mqtt_config::broker::{Device, Registry, Strangers};
use mqtt_config::session::{Login, PubAckCode, Qos, Session, SessionError, SessionEvent, SessionOptions, Subscription};
use mqtt_config::settings::Secret;
use tokio::time::timeout;

use running::{Running, TESTER};

/// Far above what any step takes; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(20);

const OUT: [&str; 6] = ["status", "meta", "state", "evt", "req", "done"];
const IN: [&str; 3] = ["ack", "res", "cmd"];
const LIVE: [&str; 6] =
    ["live/board", "live/delta", "live/counter/q5", "live/calls", "live/dead-letters", "live/outlook"];
const METRICS: &str = "metrics/host/collector/state";

fn device(site: &str, kind: DeviceKind, device: &str) -> Device {
    Device { site: SiteId::new(site).unwrap(), kind, device: DeviceId::new(device).unwrap() }
}

fn kiosk() -> Device {
    device("tam-ky", DeviceKind::Kiosk, "kiosk-1")
}

/// Everything that somebody could want to write or read, without `motcua/v1/`.
fn topics() -> Vec<String> {
    let devices = ["tam-ky/kiosk/kiosk-1", "tam-ky/kiosk/kiosk-2", "tam-ky/wall/kiosk-1", "hoi-an/kiosk/kiosk-1"];
    let collectors = ["tam-ky/host/collector", "hoi-an/host/collector"];
    let channels = || OUT.into_iter().chain(IN);
    let mut topics: Vec<String> = devices
        .into_iter()
        .chain(collectors)
        .flat_map(|device| channels().map(move |channel| format!("{device}/{channel}")))
        .collect();
    topics.extend(["tam-ky", "hoi-an"].iter().flat_map(|site| LIVE.map(|live| format!("{site}/{live}"))));
    topics
        .extend([METRICS, "tam-ky/kiosk/kiosk-1/other", "tam-ky/kiosk/kiosk-1", "tam-ky/live/other"].map(String::from));
    topics
}

struct Access {
    write: bool,
    read: bool,
}

/// Contract section 1 for the collector's account.
fn collector(topic: &str) -> Access {
    let channel = topic.rsplit('/').next().unwrap();
    let live = LIVE.iter().any(|live| topic.ends_with(live));
    let own = topic.contains("/host/collector/") && ["status", "evt"].contains(&channel) || topic == METRICS;
    let device = topic.split('/').count() == 4 && !live;
    Access {
        // `evt` because it clears a retained copy.
        write: live || own || device && (IN.contains(&channel) || channel == "evt"),
        read: own || device && OUT.contains(&channel),
    }
}

fn dashboard(topic: &str) -> Access {
    let collectors = ["/host/collector/status", "/host/collector/evt"].iter().any(|own| topic.ends_with(own));
    // It speaks for the screens whose pages it serves.
    let screen = topic.contains("/wall/") && topic.ends_with("/status");
    Access {
        write: screen,
        read: screen || collectors || topic == METRICS || LIVE.iter().any(|live| topic.ends_with(live)),
    }
}

/// A device of this subtree: it may publish only there and read only there, and what simple
/// displays of its site show.
fn owner(subtree: &str, topic: &str) -> Access {
    let (site, _) = subtree.split_once('/').unwrap();
    let own = topic.strip_prefix(subtree).and_then(|rest| rest.strip_prefix('/'));
    let shown = [format!("{site}/live/counter/q5"), format!("{site}/live/calls")].contains(&topic.to_owned());
    Access {
        write: own.is_some_and(|channel| OUT.contains(&channel)),
        read: shown || own.is_some_and(|channel| OUT.contains(&channel) || IN.contains(&channel)),
    }
}

/// With `--discover`: any device, but not the collector.
fn stranger(topic: &str) -> Access {
    let subtree = topic.rsplit_once('/').unwrap().0;
    if subtree.ends_with("/host/collector") {
        return Access { write: false, read: false };
    }
    let live = if topic.contains("/live/") { topic.split('/').next().map(|site| format!("{site}/x/y")) } else { None };
    if topic.split('/').count() != 4 && live.is_none() {
        return Access { write: false, read: false };
    }
    owner(live.as_deref().unwrap_or(subtree), topic)
}

fn options(port: u16, name: &str, login: Option<(&str, &Secret)>) -> SessionOptions {
    SessionOptions {
        login: login.map(|(user, secret)| Login { username: user.to_owned(), password: secret.clone() }),
        ..SessionOptions::new(port, format!("test-{name}"))
    }
}

async fn connected(options: SessionOptions) -> Session {
    let mut session = Session::new(options);
    let event = timeout(LIMIT, session.next()).await.expect("the broker answers");
    assert!(matches!(event, SessionEvent::Connected { .. }), "{event:?}");
    session
}

/// Why the first attempt to connect failed.
async fn refusal(options: SessionOptions) -> SessionError {
    match timeout(LIMIT, Session::new(options).next()).await.expect("the broker answers") {
        SessionEvent::Lost { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

/// Publishes on every topic and returns those for which the broker said no.
async fn denied(session: &mut Session, topics: &[String], payload: &'static str) -> BTreeSet<String> {
    let mut open = std::collections::HashMap::new();
    for topic in topics {
        let id = session.publish(&format!("motcua/v1/{topic}"), Bytes::from(payload), Qos::AtLeastOnce, false);
        open.insert(id.unwrap(), topic.clone());
    }
    let mut denied = BTreeSet::new();
    while !open.is_empty() {
        let SessionEvent::Acked(acked) = timeout(LIMIT, session.next()).await.expect("the broker answers") else {
            continue;
        };
        for (id, code) in acked {
            let topic = open.remove(&id).unwrap();
            match code {
                PubAckCode::NotAuthorized => drop(denied.insert(topic)),
                other => assert!(other.is_success(), "{topic}: {other:?}"),
            }
        }
    }
    denied
}

/// Everything that reaches the session until the payload `end` does, on a topic it may read.
async fn delivered(session: &mut Session) -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    loop {
        let SessionEvent::Messages(messages) = timeout(LIMIT, session.next()).await.expect("`end` comes") else {
            continue;
        };
        for message in messages {
            if message.payload == "end" {
                return topics;
            }
            let topic = String::from_utf8(message.topic.to_vec()).unwrap();
            topics.insert(topic.strip_prefix("motcua/v1/").unwrap().to_owned());
        }
    }
}

/// Tries every cell of one principal's row of the matrix.
async fn assert_row(broker: &Running, who: &str, login: Option<(&str, &Secret)>, expected: impl Fn(&str) -> Access) {
    let topics = topics();
    let mut writer = connected(options(broker.port, &format!("{who}-w"), login)).await;
    let may_not_write: BTreeSet<String> = topics.iter().filter(|topic| !expected(topic).write).cloned().collect();
    assert_eq!(denied(&mut writer, &topics, "by the principal").await, may_not_write, "{who} writes");

    let mut reader_options = options(broker.port, &format!("{who}-r"), login);
    // SUBSCRIBE is always granted; the access list decides about each delivery.
    reader_options.subscriptions = vec![Subscription::new("#", Qos::AtLeastOnce)];
    let mut reader = connected(reader_options).await;
    let may_read: BTreeSet<String> = topics.iter().filter(|topic| expected(topic).read).cloned().collect();
    let mut tester = connected(options(broker.port, "tester", Some((TESTER, &broker.tester)))).await;
    assert_eq!(denied(&mut tester, &topics, "by the tester").await, BTreeSet::new());
    let end = may_read.iter().next().expect("everybody may read something").clone();
    assert_eq!(denied(&mut tester, &[end], "end").await, BTreeSet::new());
    assert_eq!(delivered(&mut reader).await, may_read, "{who} reads");
}

#[tokio::test]
async fn everybody_writes_and_reads_what_the_contract_gives_them() {
    let data = running::Scratch::new();
    let kiosk_secret = Registry::add(&data.0, kiosk()).unwrap();
    let other = device("hoi-an", DeviceKind::Counter, "q5");
    let other_secret = Registry::add(&data.0, other).unwrap();
    let broker = Running::start(data, Strangers::Refused);
    let program = |name: &str| Secret::from_file(&broker.data.0.join("secrets").join(name)).unwrap();
    assert_row(&broker, "collector", Some(("collector", &program("collector"))), collector).await;
    assert_row(&broker, "dashboard", Some(("dashboard", &program("dashboard"))), dashboard).await;
    let own = |topic: &str| owner("tam-ky/kiosk/kiosk-1", topic);
    assert_row(&broker, "kiosk", Some(("tam-ky.kiosk-1", &kiosk_secret)), own).await;
    let counter = |topic: &str| owner("hoi-an/counter/q5", topic);
    assert_row(&broker, "counter", Some((&other.username(), &other_secret)), counter).await;
}

#[tokio::test]
async fn a_stranger_is_any_device_where_strangers_are_welcome() {
    let broker = Running::start(running::Scratch::new(), Strangers::Welcome);
    assert_row(&broker, "stranger", None, stranger).await;
    let secret = Secret::from_file(&broker.data.0.join("secrets/dashboard")).unwrap();
    assert_row(&broker, "dashboard", Some(("dashboard", &secret)), dashboard).await;
}

#[tokio::test]
async fn nobody_comes_in_without_an_account() {
    let data = running::Scratch::new();
    let secret = Registry::add(&data.0, kiosk()).unwrap();
    let broker = Running::start(data, Strangers::Refused);
    for login in [None, Some(("tam-ky.kiosk-1", &Secret::new("guess"))), Some(("tam-ky.kiosk-2", &secret))] {
        let why = refusal(options(broker.port, "refused", login)).await;
        assert!(matches!(why, SessionError::Refused { .. }), "{login:?}: {why}");
    }
    connected(options(broker.port, "kiosk", Some(("tam-ky.kiosk-1", &secret)))).await;
}

#[tokio::test]
async fn a_running_broker_takes_the_register_in() {
    let broker = Running::start(running::Scratch::new(), Strangers::Refused);
    let data_dir = broker.data.0.clone();
    let secret = Registry::add(&data_dir, kiosk()).unwrap();
    broker.reload();
    let login = Some(("tam-ky.kiosk-1", &secret));
    let mut kiosk_session = timeout(LIMIT, async {
        loop {
            let mut session = Session::new(options(broker.port, "kiosk", login));
            if matches!(session.next().await, SessionEvent::Connected { .. }) {
                return session;
            }
        }
    })
    .await
    .expect("a device added while the broker runs gets in");

    Registry::remove(&data_dir, kiosk()).unwrap();
    broker.reload();
    let lost = timeout(LIMIT, async {
        loop {
            if let SessionEvent::Lost { why, .. } = kiosk_session.next().await {
                return why;
            }
        }
    });
    lost.await.expect("a device that is removed is cut off");
    let why = refusal(options(broker.port, "kiosk", login)).await;
    assert!(matches!(why, SessionError::Refused { .. }), "{why}");
}
