//! The session against a real Mosquitto, and against brokers that misbehave.

#![allow(clippy::unwrap_used, reason = "a test whose preparation fails has failed")]

mod broker;
mod delivery;
mod misbehaviour;
mod outage;

use std::time::Duration;

use bytes::Bytes;
use mqtt_config::session::{Inbound, Qos, Session, SessionError, SessionEvent, SessionOptions, Subscription};
use tokio::time::timeout;

/// Far above what any step takes; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(20);

/// A session that keeps its state at the broker and subscribes to one filter at QoS 1.
fn subscriber(port: u16, client_id: &str, filter: &str) -> SessionOptions {
    SessionOptions {
        clean_start: false,
        session_expiry_s: 3600,
        subscriptions: vec![Subscription::new(filter, Qos::AtLeastOnce)],
        ..SessionOptions::new(port, client_id)
    }
}

/// Runs the session until `pick` has found what the test waits for.
async fn until<T>(session: &mut Session, what: &str, mut pick: impl FnMut(&SessionEvent) -> Option<T>) -> T {
    let found = timeout(LIMIT, async {
        loop {
            if let Some(found) = pick(&session.next().await) {
                return found;
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("{what} did not come within {LIMIT:?}"))
}

/// Runs the session until it is connected; true when the broker still had its session.
async fn connected(session: &mut Session) -> bool {
    until(session, "the connection", |event| match event {
        SessionEvent::Connected { session_present, .. } => Some(*session_present),
        _ => None,
    })
    .await
}

async fn lost(session: &mut Session) -> SessionError {
    let found = timeout(LIMIT, async {
        loop {
            if let SessionEvent::Lost { why, .. } = session.next().await {
                return why;
            }
        }
    });
    found.await.expect("the connection should have been lost by now")
}

/// Collects `n` messages, acknowledging none.
async fn messages(session: &mut Session, n: usize) -> Vec<Inbound> {
    let mut all = Vec::new();
    until(session, "the messages", |event| {
        if let SessionEvent::Messages(messages) = event {
            all.extend(messages.iter().cloned());
        }
        (all.len() >= n).then_some(())
    })
    .await;
    assert_eq!(all.len(), n);
    all
}

/// Publishes at QoS 1 and waits until the broker has everything.
async fn publish_all(session: &mut Session, topic: &str, payloads: impl IntoIterator<Item = String>) {
    let mut pending = 0;
    for payload in payloads {
        session.publish(topic, Bytes::from(payload), Qos::AtLeastOnce, false).expect("the window is large enough");
        pending += 1;
    }
    until(session, "the broker's answers", |event| {
        if let SessionEvent::Acked(acked) = event {
            assert!(acked.iter().all(|(_, code)| code.is_success()), "{acked:?}");
            pending -= acked.len();
        }
        (pending == 0).then_some(())
    })
    .await;
}

fn payloads(messages: &[Inbound]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.payload).expect("the tests send text")).collect()
}
