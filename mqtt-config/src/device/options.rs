//! Who a device is, and how it connects.

use std::time::Duration;

use bytes::Bytes;
use domain::event::DeviceKind;
use domain::{DeviceId, SiteId};

use crate::session::{Login, Qos, SessionOptions, Subscription, Will};
use crate::topics::{Channel, DeviceTopic};
use crate::wire::Meta;

/// How long the broker waits for a device to come back before it publishes the will, in seconds.
const WILL_DELAY_S: u32 = 5;

/// Who a device is and where it connects to.
#[derive(Debug, Clone)]
pub struct DeviceOptions {
    /// Its site.
    pub site: SiteId,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its id.
    pub device: DeviceId,
    /// Host name or address of the broker.
    pub host: String,
    /// TCP port of the broker.
    pub port: u16,
    /// Its account; none only where the broker takes anonymous clients.
    pub login: Option<Login>,
    /// Longest silence before a ping, in seconds.
    pub keep_alive_s: u16,
    /// What it says of itself.
    pub meta: Meta,
    /// When its first heartbeat after its birth is due: devices that start together need not beat
    /// together.
    pub first_heartbeat: Duration,
    /// How long it had been on when the [`Device`](super::Device) was made, in milliseconds; `None`: it tells no
    /// `up_ms`.
    pub up_ms: Option<u64>,
    /// Events of one run on their way without the collector's acknowledgement. It acknowledges at
    /// least once a second.
    pub window: usize,
    /// What it hears besides its `ack` and its `cmd`.
    pub subscriptions: Vec<Subscription>,
}

impl DeviceOptions {
    /// The usual settings, for a broker on this machine.
    #[must_use]
    pub fn new(site: SiteId, kind: DeviceKind, device: DeviceId, port: u16) -> Self {
        let SessionOptions { host, keep_alive_s, .. } = SessionOptions::new(port, "");
        Self {
            site,
            kind,
            device,
            host,
            port,
            login: None,
            keep_alive_s,
            meta: Meta { model: None, heartbeat_s: 30 },
            first_heartbeat: Duration::from_secs(30),
            up_ms: Some(0),
            window: 2_000,
            subscriptions: Vec::new(),
        }
    }

    /// One of its topics.
    #[must_use]
    pub fn topic(&self, channel: Channel) -> DeviceTopic {
        DeviceTopic { site: self.site, kind: self.kind, device: self.device, channel }
    }

    /// How its session connects; `will` is the payload of its last word.
    pub(super) fn session(&self, will: Bytes) -> SessionOptions {
        let own = |channel| Subscription::new(self.topic(channel).to_string(), Qos::AtLeastOnce);
        let client_id = self.login.as_ref().map(|login| login.username.clone());
        SessionOptions {
            host: self.host.clone(),
            login: self.login.clone(),
            session_expiry_s: WILL_DELAY_S + 1,
            keep_alive_s: self.keep_alive_s,
            will: Some(Will {
                topic: self.topic(Channel::Status).to_string(),
                payload: will,
                qos: Qos::AtLeastOnce,
                retain: true,
                delay_s: WILL_DELAY_S,
            }),
            subscriptions: [own(Channel::Ack), own(Channel::Cmd)]
                .into_iter()
                .chain(self.subscriptions.clone())
                .collect(),
            ..SessionOptions::new(self.port, client_id.unwrap_or_else(|| format!("{}.{}", self.site, self.device)))
        }
    }
}
