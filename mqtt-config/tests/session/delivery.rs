//! Messages both ways while all is well.

use bytes::Bytes;
use mqtt_config::session::{PubAckCode, Qos, Session, SessionEvent, SessionOptions, Will};

use super::broker::Broker;
use super::{connected, messages, payloads, publish_all, subscriber, until};

#[tokio::test]
async fn both_promises_both_ways() {
    let broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "both", "a/#"));
    assert!(!connected(&mut session).await);
    session.publish("a/0", Bytes::from("zero"), Qos::AtMostOnce, false).unwrap();
    let id = session.publish("a/1", Bytes::from("one"), Qos::AtLeastOnce, false).unwrap();
    let (mut received, mut acked) = (Vec::new(), Vec::new());
    until(&mut session, "both messages and the answer", |event| {
        match event {
            SessionEvent::Messages(messages) => received.extend(messages.iter().cloned()),
            SessionEvent::Acked(codes) => acked.extend(codes.iter().copied()),
            other => panic!("{other:?}"),
        }
        (received.len() == 2 && !acked.is_empty()).then_some(())
    })
    .await;
    assert_eq!(payloads(&received), ["zero", "one"]);
    assert_eq!((received[0].qos, received[0].ack), (Qos::AtMostOnce, None));
    assert_eq!((received[1].qos, &received[1].topic[..]), (Qos::AtLeastOnce, &b"a/1"[..]));
    assert_eq!(acked, [(id, PubAckCode::Success)]);
}

#[tokio::test]
async fn a_publish_that_nobody_reads_says_so() {
    let broker = Broker::start();
    let mut session = Session::new(SessionOptions::new(broker.port, "lonely"));
    let id = session.publish("nobody/here", Bytes::from("x"), Qos::AtLeastOnce, false).unwrap();
    let answer = until(&mut session, "the answer", |event| match event {
        SessionEvent::Acked(codes) => Some(codes.clone()),
        _ => None,
    });
    assert_eq!(answer.await, [(id, PubAckCode::NoMatchingSubscribers)]);
}

#[tokio::test]
async fn a_retained_message_keeps_its_flag() {
    let broker = Broker::start();
    let mut publisher = Session::new(SessionOptions::new(broker.port, "publisher"));
    publisher.publish("a/status", Bytes::from("ready"), Qos::AtLeastOnce, true).unwrap();
    until(&mut publisher, "the answer", |event| matches!(event, SessionEvent::Acked(_)).then_some(())).await;
    let mut session = Session::new(subscriber(broker.port, "late", "a/#"));
    assert!(messages(&mut session, 1).await[0].retain);
    publisher.publish("a/status", Bytes::from("sleeping"), Qos::AtLeastOnce, true).unwrap();
    until(&mut publisher, "the answer", |event| matches!(event, SessionEvent::Acked(_)).then_some(())).await;
    assert!(messages(&mut session, 1).await[0].retain, "Retain As Published");
}

#[tokio::test]
async fn a_device_of_mqtt_3_1_1_is_heard() {
    let broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "old", "a/#"));
    connected(&mut session).await;
    broker.publish_v311("a/b", "xin chào");
    assert_eq!(payloads(&messages(&mut session, 1).await), ["xin chào"]);
}

#[tokio::test]
async fn a_large_message_passes() {
    let broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "large", "a/#"));
    connected(&mut session).await;
    session.publish("a/b", Bytes::from(vec![b'x'; 120 * 1024]), Qos::AtLeastOnce, false).unwrap();
    assert_eq!(messages(&mut session, 1).await[0].payload.len(), 120 * 1024);
}

#[tokio::test]
async fn a_backlog_of_20_000_comes_whole_and_in_order() {
    let broker = Broker::start();
    let options = subscriber(broker.port, "backlog", "a/#");
    let options = SessionOptions { receive_maximum: 2000, ..options };
    let mut session = Session::new(options.clone());
    connected(&mut session).await;
    session.close().await;
    let mut publisher = Session::new(SessionOptions::new(broker.port, "publisher"));
    publish_all(&mut publisher, "a/b", (0..20_000).map(|n| n.to_string())).await;

    let mut session = Session::new(options);
    let mut next = 0;
    while next < 20_000 {
        let batch = until(&mut session, "the backlog", |event| match event {
            SessionEvent::Messages(messages) => Some(messages.clone()),
            _ => None,
        });
        for message in batch.await {
            assert_eq!(message.payload, next.to_string());
            next += 1;
            session.ack(message.ack.expect("QoS 1"));
        }
        assert_eq!(session.unacked(), 0);
    }
}

#[tokio::test]
async fn dropping_next_halfway_loses_nothing() {
    let broker = Broker::start();
    let mut session = Session::new(subscriber(broker.port, "hasty", "a/#"));
    for n in 0..50 {
        session.publish("a/b", Bytes::from(n.to_string()), Qos::AtLeastOnce, false).unwrap();
    }
    let mut received = Vec::new();
    let hasty = async {
        while received.len() < 50 {
            // `yield_now` is ready at its second poll, so `next` is dropped again and again.
            tokio::select! {
                event = session.next() => if let SessionEvent::Messages(batch) = event { received.extend(batch) },
                () = tokio::task::yield_now() => {}
            }
        }
    };
    tokio::time::timeout(super::LIMIT, hasty).await.expect("the messages should have come");
    let expected: Vec<String> = (0..50).map(|n: u32| n.to_string()).collect();
    assert_eq!(payloads(&received), expected);
}

#[tokio::test]
async fn the_will_is_published_for_who_vanishes_and_not_for_who_says_goodbye() {
    let broker = Broker::start();
    let mut witness = Session::new(subscriber(broker.port, "witness", "will/#"));
    connected(&mut witness).await;
    let device = |name: &str| {
        let (topic, payload) = (format!("will/{name}"), Bytes::from("lost"));
        let will = Some(Will { topic, payload, qos: Qos::AtLeastOnce, retain: false, delay_s: 0 });
        Session::new(SessionOptions { will, ..SessionOptions::new(broker.port, name) })
    };
    let (mut polite, mut rude) = (device("polite"), device("rude"));
    connected(&mut polite).await;
    connected(&mut rude).await;
    polite.publish("will/last", Bytes::from("word"), Qos::AtMostOnce, false).unwrap();
    polite.close().await;
    assert_eq!(messages(&mut witness, 1).await[0].topic, "will/last");
    drop(rude);
    // A will of the polite one would have come before.
    assert_eq!(messages(&mut witness, 1).await[0].topic, "will/rude");
}
