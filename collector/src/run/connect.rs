//! How the collector reaches the broker, and what it asks it for.

use mqtt_config::session::{Login, Qos, SessionOptions, Subscription, client_id};
use mqtt_config::settings::{Runtime, Secret};
use mqtt_config::topics::{COLLECTOR_METRICS, Channel};

use super::watchdog;
use crate::Error;
use crate::topology::{READ_GAP, RECEIVE_MAXIMUM, SESSION_EXPIRY_S};

/// As whom, where and for what the broker is asked.
pub(super) fn session_options(runtime: &Runtime) -> Result<SessionOptions, Error> {
    let filter = |channel: Channel, retain_as_published| Subscription {
        filter: channel.filter(),
        qos: Qos::AtLeastOnce,
        retain_as_published,
    };
    let login = login(runtime)?;
    let mut options = SessionOptions::new(runtime.mqtt.port, client_id("collector", login.as_ref()));
    options.host.clone_from(&runtime.mqtt.host);
    options.login = login;
    options.clean_start = false;
    options.session_expiry_s = SESSION_EXPIRY_S;
    options.receive_maximum = RECEIVE_MAXIMUM;
    options.read_pause = READ_GAP;
    options.will = Some(watchdog::will());
    // An event that was published retained is recognised by its flag; for the others the flag
    // tells what the broker had kept.
    options.subscriptions = vec![
        filter(Channel::Evt, true),
        filter(Channel::Status, false),
        filter(Channel::State, false),
        filter(Channel::Done, false),
        Subscription { filter: COLLECTOR_METRICS.to_owned(), qos: Qos::AtLeastOnce, retain_as_published: false },
    ];
    Ok(options)
}

/// The account at the broker; none is anonymous.
fn login(runtime: &Runtime) -> Result<Option<Login>, Error> {
    let Some(username) = runtime.mqtt.username.clone() else { return Ok(None) };
    let password = match &runtime.mqtt.password_file {
        Some(file) => Secret::from_file(file).map_err(|error| {
            Error::Configuration(format!(
                "{}: the password of the broker's account cannot be read: {error}",
                file.display()
            ))
        })?,
        None => Secret::new(""),
    };
    Ok(Some(Login { username, password }))
}
