//! The device that a recording is sent as: `gateway/replay` of each site.

use std::time::Duration;

use domain::event::DeviceKind;
use domain::{DeviceId, SiteId};
use mqtt_config::device::{Bounds, Device, DeviceOptions, Outbox, OutboxError, WhenFull, new_boot};
use mqtt_config::session::Login;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::Meta;

use super::broker::Broker;

/// The contract's default of `heartbeat_s`.
const HEARTBEAT_S: u32 = 30;

/// Its id.
pub(super) fn id() -> DeviceId {
    DeviceId::new("replay").expect("the text is an id")
}

/// One of its topics.
pub(super) fn topic(site: SiteId, channel: Channel) -> DeviceTopic {
    DeviceTopic { site, kind: DeviceKind::Gateway, device: id(), channel }
}

/// A new run of it. Its outbox is in memory and needs no disk: the recording itself is the truth,
/// and sent once more it counts once, because the ids of its events come from it.
///
/// # Errors
/// When the operating system gives no random numbers.
pub(super) fn begin(broker: &Broker, site: SiteId, in_flight: usize) -> Result<Device, OutboxError> {
    // Nothing is ever dropped: what is under way is bounded before it is said.
    let bounds = Bounds { events: usize::MAX, bytes: usize::MAX, age: None, when_full: WhenFull::Refuse };
    let login = broker.login.as_ref();
    let options = DeviceOptions {
        host: broker.host.clone(),
        login: login.map(|(username, password)| Login { username: username.clone(), password: password.clone() }),
        meta: Meta { model: Some("motcua replay".into()), heartbeat_s: HEARTBEAT_S },
        first_heartbeat: Duration::from_secs(HEARTBEAT_S.into()),
        // Its events have the times of the recording, so the time since its start says nothing.
        up_ms: None,
        window: in_flight,
        ..DeviceOptions::new(site, DeviceKind::Gateway, id(), broker.port)
    };
    Ok(Device::new(options, Outbox::in_memory(bounds, new_boot()?)))
}
