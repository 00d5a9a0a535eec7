//! What the broker has to say: retained boards, dead letters, and whether the collector speaks.

use std::collections::BTreeMap;
use std::time::Duration;

use mqtt_config::session::{Login, Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::settings::{BrokerLogin, Secret};
use mqtt_config::topics::{COLLECTOR_METRICS, LiveTopic};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

/// For a connection.
const CONNECTS_WITHIN: Duration = Duration::from_secs(4);
/// The collector speaks every second; a disk that stalls for some is no news.
const SPEAKS_WITHIN: Duration = Duration::from_secs(6);

/// What was heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The retained board of each site.
    pub boards: BTreeMap<String, Value>,
    /// The newest dead letters of each site.
    pub dead_letters: BTreeMap<String, Value>,
    /// The collector's figures, and whether they came while we listened.
    pub figures: Option<Value>,
    /// Whether the collector spoke while we listened.
    pub collector_spoke: bool,
}

/// Listens as the dashboard's account, under a client id of its own, so that nobody is cut off.
///
/// # Errors
/// Why there is no connection, in one sentence.
pub fn listen(login: &BrokerLogin) -> Result<Heard, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(heard(login))
}

async fn heard(login: &BrokerLogin) -> Result<Heard, String> {
    let mut session = Session::new(options(login)?);
    let mut heard = Heard::default();
    let mut until = Instant::now() + CONNECTS_WITHIN;
    let mut connected = false;
    while let Ok(event) = timeout_at(until, session.next()).await {
        match event {
            SessionEvent::Connected { .. } => {
                connected = true;
                until = Instant::now() + SPEAKS_WITHIN;
            }
            SessionEvent::Lost { why, .. } => return Err(why.to_string()),
            SessionEvent::Messages(messages) => {
                for message in &messages {
                    heard.take(&message.topic, &message.payload, message.retain);
                }
                // Its first word comes after everything that was kept.
                if heard.collector_spoke {
                    return Ok(heard);
                }
            }
            SessionEvent::Acked(_) => {}
        }
    }
    if connected { Ok(heard) } else { Err(format!("no answer from {}:{}", login.host, login.port)) }
}

fn options(login: &BrokerLogin) -> Result<SessionOptions, String> {
    let filters = [
        format!("motcua/v1/+/live/{}", LiveTopic::Board),
        format!("motcua/v1/+/live/{}", LiveTopic::DeadLetters),
        COLLECTOR_METRICS.to_owned(),
    ];
    let password = |file: &std::path::Path| {
        Secret::from_file(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
    };
    let account = match (&login.username, &login.password_file) {
        (Some(username), Some(file)) => Some(Login { username: username.clone(), password: password(file)? }),
        _ => None,
    };
    let client = format!("motcua-doctor-{}", std::process::id());
    let mut options = SessionOptions::new(login.port, client);
    options.host.clone_from(&login.host);
    options.login = account;
    // Without Retain As Published, so that `retain` tells the broker's store from a word of now.
    let subscribe = |filter| Subscription { filter, qos: Qos::AtMostOnce, retain_as_published: false };
    options.subscriptions = filters.into_iter().map(subscribe).collect();
    Ok(options)
}

impl Heard {
    fn take(&mut self, topic: &[u8], payload: &[u8], kept: bool) {
        let Ok(value) = serde_json::from_slice::<Value>(payload) else { return };
        if topic == COLLECTOR_METRICS.as_bytes() {
            self.collector_spoke |= !kept && value["state"] == "ready";
            self.figures = Some(value);
            return;
        }
        match LiveTopic::parse(topic) {
            Ok((site, LiveTopic::Board)) => drop(self.boards.insert(site.to_string(), value)),
            Ok((site, LiveTopic::DeadLetters)) => drop(self.dead_letters.insert(site.to_string(), value)),
            // Nothing else was asked for.
            Ok(_) | Err(_) => {}
        }
    }
}
