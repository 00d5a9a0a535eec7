//! The device that a recording is sent as, `gateway/replay` of each site: its topics, its session,
//! what it says of itself.

use bytes::Bytes;
use domain::event::{DeviceKind, DeviceState};
use domain::{BootId, DeviceId, SiteId, Timestamp};
use mqtt_config::session::{Login, Qos, SessionOptions, Subscription, Will};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, Status};

use super::broker::Broker;

/// How long the broker waits for us to come back before it publishes the will, seconds.
const WILL_DELAY_S: u32 = 5;

/// Its id.
pub(super) fn id() -> DeviceId {
    DeviceId::new("replay").expect("the text is an id")
}

/// One of its topics.
pub(super) fn topic(site: SiteId, channel: Channel) -> DeviceTopic {
    DeviceTopic { site, kind: DeviceKind::Gateway, device: id(), channel }
}

/// What it says of itself, by this host's clock.
pub(super) fn status(state: DeviceState, boot: BootId) -> Bytes {
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    wire::json(&Status::new(state, now, boot, None)).into()
}

/// How it connects: with its will, asking for acknowledgements and commands.
pub(super) fn session(broker: &Broker, site: SiteId, boot: BootId) -> SessionOptions {
    let filter = |channel| Subscription::new(topic(site, channel).to_string(), Qos::AtLeastOnce);
    SessionOptions {
        host: broker.host.clone(),
        login: broker
            .login
            .as_ref()
            .map(|(username, password)| Login { username: username.clone(), password: password.clone() }),
        session_expiry_s: WILL_DELAY_S + 1,
        will: Some(Will {
            topic: topic(site, Channel::Status).to_string(),
            payload: status(DeviceState::Lost, boot),
            qos: Qos::AtLeastOnce,
            retain: true,
            delay_s: WILL_DELAY_S,
        }),
        subscriptions: vec![filter(Channel::Ack), filter(Channel::Cmd)],
        ..SessionOptions::new(broker.port, format!("{site}.{}", id()))
    }
}
