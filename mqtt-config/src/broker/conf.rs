//! `mosquitto.conf`.

use std::fmt::Write;
use std::path::Path;

use super::{BrokerError, BrokerFiles, BrokerSettings, Listener, Strangers};

/// The largest packet that the broker takes, in bytes. Below the 256 KiB that our own sessions
/// take, so that nothing it has accepted can be too large to deliver.
const MAX_PACKET: u32 = 128 * 1024;

pub(super) fn render(settings: &BrokerSettings, files: &BrokerFiles) -> Result<String, BrokerError> {
    let anonymous = settings.strangers == Strangers::Welcome;
    if let Some(open) = settings.listeners().find(|listener| anonymous && !listener.bind.is_loopback()) {
        return Err(BrokerError::AnonymousBeyondLoopback(open.bind));
    }
    let mut conf = format!(
        "\
# Written by motcua at every start; changes made here are lost.

# Runs as whoever runs motcua: the files belong to that user.
user root

# Who may do what.
per_listener_settings false
allow_anonymous {anonymous}
password_file {passwd}
acl_file {acl}

# Sessions, queues and retained messages outlive a restart. What is lost between two saves comes
# again from the devices' journals, because only the collector's ack lets them trim.
persistence true
persistence_location {store}/
autosave_interval 5
persistent_client_expiration 14d

# A queue is bounded by its bytes. The number is not 0, which is no bound: with 0, Mosquitto 2.0.11
# cuts off every client after the first publish that it refuses. The collector's window is the limit of what is on
# the way, not the broker's.
max_queued_messages 1000000000
max_queued_bytes 268435456
max_inflight_messages {max_inflight}
max_packet_size {MAX_PACKET}
queue_qos0_messages false

# A call must not wait for the next packet to fill.
set_tcp_nodelay true

log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
",
        passwd = path(&files.passwd)?,
        acl = path(&files.acl)?,
        store = path(&files.store)?,
        max_inflight = settings.max_inflight,
    );
    for listener in settings.listeners() {
        write_listener(&mut conf, listener)?;
    }
    Ok(conf)
}

fn write_listener(conf: &mut String, Listener { bind, port, tls }: &Listener) -> Result<(), BrokerError> {
    // Writing to a String cannot fail.
    let _ = write!(conf, "\nlistener {port} {bind}\n");
    if let Some(tls) = tls {
        let (cert, key) = (path(&tls.cert)?, path(&tls.key)?);
        let _ = write!(conf, "certfile {cert}\nkeyfile {key}\ntls_version tlsv1.2\n");
    }
    Ok(())
}

/// The rest of a line of the configuration is the value: spaces may stand in it, line breaks not.
fn path(path: &Path) -> Result<&str, BrokerError> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.ok_or_else(|| BrokerError::Path(path.to_owned()))
}
