//! A stand-in for the collector: it keeps what it receives by run and number, and acknowledges.

use std::collections::BTreeMap;

use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions, Subscription};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::LIMIT;

const OWN: &str = "motcua/v1/tam-ky/rating/rating-5";

pub struct Collector {
    session: Session,
    pub acknowledges: bool,
    /// Everything, in order: channel and payload.
    pub heard: Vec<(String, Value)>,
    /// Each event once, by run and number.
    pub received: BTreeMap<(String, u64), Value>,
    /// Runs in the order in which they were last heard of.
    runs: Vec<String>,
    pub deliveries: u64,
}

/// A command as the collector writes it.
pub fn command(id: &str, exp: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}","exp":"{exp}",{rest}}}"#)
}

impl Collector {
    /// Subscribed, with a session that outlives a lost connection.
    pub async fn connect(port: u16) -> Self {
        let options = SessionOptions {
            clean_start: false,
            session_expiry_s: 3_600,
            subscriptions: ["status", "meta", "evt", "done"]
                .map(|channel| Subscription::new(format!("{OWN}/{channel}"), Qos::AtLeastOnce))
                .into(),
            ..SessionOptions::new(port, "stand-in")
        };
        let mut session = Session::new(options);
        let connected = async { while !matches!(session.next().await, SessionEvent::Connected { .. }) {} };
        timeout(LIMIT, connected).await.unwrap();
        let (heard, received) = (Vec::new(), BTreeMap::new());
        Self { session, acknowledges: true, heard, received, runs: Vec::new(), deliveries: 0 }
    }

    /// Takes in what comes next.
    pub async fn next(&mut self) {
        let SessionEvent::Messages(messages) = self.session.next().await else { return };
        for message in messages {
            let topic = std::str::from_utf8(&message.topic).unwrap();
            let channel = topic.rsplit('/').next().unwrap().to_owned();
            let payload: Value = serde_json::from_slice(&message.payload).unwrap();
            if channel == "evt" {
                self.receive(&payload);
            }
            self.heard.push((channel, payload));
            self.session.ack(message.ack.unwrap());
        }
        if self.acknowledges && !self.runs.is_empty() {
            let ack = self.ack().to_string();
            self.say("ack", &ack);
        }
    }

    fn receive(&mut self, event: &Value) {
        self.deliveries += 1;
        let (boot, seq) = (event["boot"].as_str().unwrap().to_owned(), event["seq"].as_u64().unwrap());
        self.runs.retain(|run| *run != boot);
        self.runs.push(boot.clone());
        let before = self.received.insert((boot, seq), event.clone());
        assert!(before.is_none_or(|before| before == *event), "one number, two events: {event}");
    }

    /// As the real one: up to where each run came whole, the last eight runs.
    fn ack(&self) -> Value {
        let has = |boot: &String, seq: &u64| self.received.contains_key(&(boot.clone(), *seq));
        let mark = |boot: &String| (1..).take_while(|seq| has(boot, seq)).last().unwrap_or(0);
        let mut marks = self.runs.iter().rev().take(8).map(|boot| json!({"boot": boot, "seq": mark(boot)}));
        let mut ack = marks.next().unwrap();
        ack["older"] = marks.collect();
        ack
    }

    pub fn say(&mut self, channel: &str, payload: &str) {
        let payload = payload.to_owned().into();
        self.session.publish(&format!("{OWN}/{channel}"), payload, Qos::AtLeastOnce, channel == "ack").unwrap();
    }

    pub fn count(&self, channel: &str) -> usize {
        self.heard.iter().filter(|(heard, _)| heard == channel).count()
    }

    /// The last payload of a channel; null when there is none.
    pub fn last(&self, channel: &str) -> &Value {
        self.heard.iter().rev().find(|(heard, _)| heard == channel).map_or(&Value::Null, |(_, payload)| payload)
    }
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { deliveries, received, .. } = self;
        write!(f, "{deliveries} deliveries of {} events; last status {}", received.len(), self.last("status"))
    }
}
