//! Mosquitto's own command-line clients: MQTT that is not ours.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use crate::program::Motcua;

/// The protocol that a client speaks, as `mosquitto_pub -V` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.1.1
    V311,
    /// 5
    V5,
}

impl Version {
    const fn flag(self) -> &'static str {
        match self {
            Self::V311 => "mqttv311",
            Self::V5 => "mqttv5",
        }
    }
}

/// A client that publishes line by line to one topic at QoS 1.
#[derive(Debug)]
pub struct Publisher {
    child: Child,
    lines: Option<ChildStdin>,
}

impl Publisher {
    /// Connects.
    ///
    /// # Panics
    /// When `mosquitto_pub` is not installed.
    #[must_use]
    pub fn connect(motcua: &Motcua, version: Version, topic: &str) -> Self {
        Self::connect_as(motcua, version, topic, &[])
    }

    /// Connects with a login (`-u USER -P SECRET -i CLIENT`).
    ///
    /// # Panics
    /// As [`Self::connect`].
    #[must_use]
    pub fn connect_as(motcua: &Motcua, version: Version, topic: &str, login: &[String]) -> Self {
        let mut child = client("mosquitto_pub", motcua, version)
            .args(["-q", "1", "-l", "-t", topic])
            .args(login)
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub is installed");
        let lines = child.stdin.take();
        Self { child, lines }
    }

    /// Publishes one payload (which holds no line end).
    ///
    /// # Panics
    /// When the client has ended.
    pub fn publish(&mut self, payload: &str) {
        let lines = self.lines.as_mut().expect("it is closed only by drop");
        writeln!(lines, "{payload}").and_then(|()| lines.flush()).expect("mosquitto_pub reads on");
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // The end of its input ends the client, in good order.
        self.lines = None;
        drop(self.child.wait());
    }
}

/// Publishes one payload and waits until the broker has it. (Whether the broker lets it through
/// cannot be told: `mosquitto_pub` ends well when it is refused, and 3.1.1 is not even told.)
///
/// # Panics
/// When the broker is not there.
pub fn publish(motcua: &Motcua, topic: &str, payload: &[u8], arguments: &[&str]) {
    assert!(try_publish(motcua, topic, payload, arguments), "mosquitto_pub to {topic} failed");
}

/// Publishes one payload; `false` when the broker does not let the client in.
///
/// # Panics
/// When `mosquitto_pub` is not installed.
#[must_use]
pub fn try_publish(motcua: &Motcua, topic: &str, payload: &[u8], arguments: &[&str]) -> bool {
    // An empty payload is a word of its own to it.
    let payload_from = if payload.is_empty() { "-n" } else { "-s" };
    let mut child = client("mosquitto_pub", motcua, Version::V5)
        .args(["-q", "1", payload_from, "-t", topic])
        .args(arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto_pub is installed");
    child.stdin.take().expect("it is piped").write_all(payload).expect("mosquitto_pub reads its input");
    child.wait().expect("it can be waited for").success()
}

/// What arrives for a filter within so many whole seconds, one `topic payload` a line; ends early
/// after `count` messages.
///
/// # Panics
/// When `mosquitto_sub` is not installed.
#[must_use]
pub fn listen(motcua: &Motcua, filter: &str, seconds: u32, count: Option<u32>) -> Vec<String> {
    let mut command = client("mosquitto_sub", motcua, Version::V5);
    command.args(["-v", "-t", filter, "-W", &seconds.to_string()]);
    if let Some(count) = count {
        command.args(["-C", &count.to_string()]);
    }
    let Output { stdout, .. } = command.stderr(Stdio::null()).output().expect("mosquitto_sub is installed");
    String::from_utf8_lossy(&stdout).lines().map(str::to_owned).collect()
}

fn client(program: &str, motcua: &Motcua, version: Version) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &motcua.mqtt_port.to_string(), "-V", version.flag()]);
    command
}
