//! Cuts, kills and refusals.

use std::time::{Duration, Instant};

use bytes::Bytes;
use mqtt_config::session::{Login, Qos, Session, SessionError, SessionEvent, SessionOptions};
use mqtt_config::settings::Secret;

use super::broker::Broker;
use super::{connected, lost, messages, payloads, publish_all, subscriber, until};

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_after_a_cut() {
    let broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "cut", "a/#"));
    let mut publisher = Session::new(SessionOptions::new(broker.port, "publisher"));
    connected(&mut session).await;
    publish_all(&mut publisher, "a/b", (0..5).map(|n| n.to_string())).await;
    let first = messages(&mut session, 5).await;
    let tokens: Vec<_> = first.iter().filter_map(|message| message.ack).collect();
    // The fourth is finished before the third: its acknowledgement has to wait.
    for token in [tokens[0], tokens[1], tokens[3]] {
        session.ack(token);
    }
    assert_eq!(session.unacked(), 3);
    publish_all(&mut publisher, "a/b", ["5".to_owned()]).await;
    assert_eq!(payloads(&messages(&mut session, 1).await), ["5"]);

    session.reconnect();
    assert!(matches!(lost(&mut session).await, SessionError::Restarted));
    assert!(connected(&mut session).await, "the broker keeps the session");
    session.ack(tokens[2]);
    let again = messages(&mut session, 4).await;
    assert_eq!(payloads(&again), ["2", "3", "4", "5"]);
    assert!(again.iter().all(|message| message.dup));
    assert_eq!(session.unacked(), 4, "a token of the earlier connection does nothing");
}

#[tokio::test]
async fn a_broker_killed_and_started_again_is_subscribed_to_again() {
    let mut broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "survivor", "a/#"));
    connected(&mut session).await;
    broker.kill();
    let why = lost(&mut session).await;
    assert!(matches!(why, SessionError::Closed | SessionError::Io(_)), "{why:?}");
    let kept = session.publish("a/b", Bytes::from("written while away"), Qos::AtLeastOnce, false).unwrap();
    assert!(matches!(lost(&mut session).await, SessionError::Connect { .. }));
    broker.restart();
    let (mut present, mut received, mut acked) = (None, Vec::new(), Vec::new());
    until(&mut session, "the message and its answer", |event| {
        match event {
            SessionEvent::Connected { session_present, .. } => present = Some(*session_present),
            SessionEvent::Messages(messages) => received.extend(messages.iter().cloned()),
            SessionEvent::Acked(codes) => acked.extend(codes.iter().copied()),
            SessionEvent::Lost { .. } => {}
        }
        (!received.is_empty() && !acked.is_empty()).then_some(())
    })
    .await;
    assert_eq!(present, Some(false), "this broker has forgotten the session");
    assert_eq!(payloads(&received), ["written while away"]);
    assert_eq!(acked[0].0, kept);
}

#[tokio::test]
async fn a_publish_that_a_killed_broker_never_answered_is_sent_again() {
    let mut broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "stubborn", "a/#"));
    connected(&mut session).await;
    broker.signal("-STOP");
    for n in 0..50 {
        session.publish("a/b", Bytes::from(n.to_string()), Qos::AtLeastOnce, false).unwrap();
    }
    // Written to the socket of a broker that will never read it.
    let quiet = tokio::time::timeout(Duration::from_millis(100), session.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    broker.kill();
    lost(&mut session).await;
    broker.restart();
    let expected: Vec<String> = (0..50).map(|n: u32| n.to_string()).collect();
    assert_eq!(payloads(&messages(&mut session, 50).await), expected);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_tried_again() {
    let broker = Broker::with_account("collector", "right");
    let login = |password: &str| Some(Login { username: "collector".into(), password: Secret::new(password) });
    let wrong = SessionOptions { login: login("wr0ng"), ..SessionOptions::new(broker.port, "a") };
    let mut session = Session::new(wrong);
    for _ in 0..2 {
        let why = lost(&mut session).await;
        assert_eq!(why.to_string(), "the broker refused the connection: not authorized (135)");
        assert!(!format!("{why:?} {session:?}").contains("wr0ng"));
    }
    let right = SessionOptions { login: login("right"), ..SessionOptions::new(broker.port, "b") };
    connected(&mut Session::new(right)).await;
}

#[tokio::test]
async fn a_frozen_broker_is_noticed_and_comes_back() {
    let broker = Broker::start();
    let options = SessionOptions { keep_alive_s: 1, ..subscriber(broker.port, "watchful", "a/#") };
    let mut session = Session::new(options);
    connected(&mut session).await;
    broker.signal("-STOP");
    let start = Instant::now();
    assert!(matches!(lost(&mut session).await, SessionError::Silent { .. }));
    let noticed = start.elapsed();
    assert!(noticed < Duration::from_secs(3), "{noticed:?}");
    broker.signal("-CONT");
    assert!(connected(&mut session).await);
}

#[tokio::test]
async fn nobody_listening_is_told_with_the_address() {
    let mut broker = Broker::start();
    broker.kill();
    let mut session = Session::new(SessionOptions::new(broker.port, "early"));
    let why = lost(&mut session).await;
    assert_eq!(why.to_string(), format!("cannot connect to the broker at 127.0.0.1:{}", broker.port));
}
