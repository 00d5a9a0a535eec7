//! How a session connects: address, login, will, subscriptions.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;

use sha2::{Digest, Sha256};

use crate::settings::Secret;

/// What the client accepts as one packet, 256 KiB: above the broker's own limit of 128 KiB, so that
/// a packet the broker has taken can never be one that we refuse again and again.
pub const CLIENT_PACKET_LIMIT: u32 = 256 * 1024;

/// The usual [`SessionOptions::read_pause`].
pub const READ_PAUSE: Duration = Duration::from_millis(1);

/// Everything a session needs to know to connect, again and again.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Host name or address of the broker.
    pub host: String,
    /// TCP port of the broker.
    pub port: u16,
    /// MQTT client id; two sessions with the same one cut each other off.
    pub client_id: String,
    /// User name and password; none only where the broker takes anonymous clients.
    pub login: Option<Login>,
    /// True: the broker forgets what it kept for this client id, at every connection.
    pub clean_start: bool,
    /// How long the broker keeps the session after the connection is gone, in seconds.
    pub session_expiry_s: u32,
    /// Longest silence before a ping, in seconds; a dead link is noticed after 1.5 times as much.
    /// 0 switches pings, and with them the notice, off.
    pub keep_alive_s: u16,
    /// How many QoS 1 messages the broker may have on the way without our acknowledgement.
    pub receive_maximum: u16,
    /// Largest packet accepted, in bytes; [`CLIENT_PACKET_LIMIT`] unless there is a reason.
    pub max_packet_size: u32,
    /// The shortest time from one read to the next, [`READ_PAUSE`] unless there is a reason. A
    /// message after silence is read at once; under load messages gather in the socket meanwhile
    /// and are read together, which costs a fraction of reading each as it comes. After a read
    /// that brought much, three times as long.
    pub read_pause: Duration,
    /// What the broker publishes when this session vanishes without a word.
    pub will: Option<Will>,
    /// Asked for on every connection; one refused filter ends the connection.
    pub subscriptions: Vec<Subscription>,
}

impl SessionOptions {
    /// The project's usual settings: a clean session of a loopback broker with a keep-alive of 10 s.
    pub fn new(port: u16, client_id: impl Into<String>) -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port,
            client_id: client_id.into(),
            login: None,
            clean_start: true,
            session_expiry_s: 0,
            keep_alive_s: 10,
            receive_maximum: u16::MAX,
            max_packet_size: CLIENT_PACKET_LIMIT,
            read_pause: READ_PAUSE,
            will: None,
            subscriptions: Vec::new(),
        }
    }
}

/// User name and password of a broker account.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account's name.
    pub username: String,
    /// The account's password.
    pub password: Secret,
}

/// A client id for one of our own programs: the same at every start, because the broker keeps the
/// session under it, and unknown to whoever does not know the account's secret, because whoever
/// connects with it takes the session over. Anonymous programs have the plain name.
#[must_use]
pub fn client_id(program: &str, login: Option<&Login>) -> String {
    let Some(login) = login else { return program.to_owned() };
    let digest = Sha256::new_with_prefix(b"motcua client id\0").chain_update(login.password.expose()).finalize();
    let name: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("{program}-{name}")
}

/// What the broker publishes in our name when the connection ends without DISCONNECT.
#[derive(Debug, Clone)]
pub struct Will {
    /// Topic of the will.
    pub topic: String,
    /// Its payload.
    pub payload: Bytes,
    /// Its delivery promise.
    pub qos: Qos,
    /// Whether the broker keeps it for later subscribers.
    pub retain: bool,
    /// How long the broker waits for us to come back before it publishes it, in seconds.
    pub delay_s: u32,
}

/// One topic filter a session asks for.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Topic filter, with `+` and `#`.
    pub filter: String,
    /// The highest delivery promise wanted.
    pub qos: Qos,
    /// Whether messages keep their retain flag, so that a retained event can be told from a live one.
    pub retain_as_published: bool,
}

impl Subscription {
    /// A filter whose messages keep their retain flag.
    pub fn new(filter: impl Into<String>, qos: Qos) -> Self {
        Self { filter: filter.into(), qos, retain_as_published: true }
    }
}

/// Delivery promise of one message. QoS 2 is not used: ids and deduplication do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qos {
    /// QoS 0: may be lost.
    AtMostOnce,
    /// QoS 1: repeated until acknowledged.
    AtLeastOnce,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_steady_and_tells_no_secret() {
        let login = |secret: &str| Login { username: "collector".into(), password: Secret::new(secret) };
        let id = client_id("collector", Some(&login("one")));
        assert_eq!(id, client_id("collector", Some(&login("one"))));
        assert_ne!(id, client_id("collector", Some(&login("two"))));
        assert!(id.starts_with("collector-") && id.len() == 34, "{id}");
        assert_eq!(client_id("collector", None), "collector");
    }

    #[test]
    fn the_password_is_not_printed() {
        let login = Login { username: "collector".into(), password: Secret::new("s3cr:t@/%") };
        let text = format!("{login:?}");
        assert!(text.contains("collector") && !text.contains("s3cr"), "{text}");
    }
}
