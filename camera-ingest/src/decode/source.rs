//! Where pictures come from.

use std::fmt;
use std::path::{Path, PathBuf};

use mqtt_config::settings::Secret;

use super::Failure;
use super::address::{encoded, host_and_port, take_apart};
use crate::worker::protocol::Trouble;

/// FFmpeg keeps user and password of RTSP in so many bytes and cuts off the rest.
const LONGEST_LOGIN: usize = 127;

/// A live stream or a file. Shows itself without user and password.
#[derive(Debug, Clone)]
pub struct Source(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Live { address: String, login: String, udp: bool },
    File(PathBuf),
}

impl Source {
    /// A source by its address or path. User and password that stand in the address count where none
    /// are given.
    ///
    /// # Errors
    /// When it cannot be an address.
    pub fn new(text: &str, user: Option<&str>, password: Option<&Secret>, udp: bool) -> Result<Self, Failure> {
        if text.is_empty() || text.contains('\0') {
            return Err(Failure::new(Trouble::Unreachable, "the address is empty or no text: correct `source`"));
        }
        let Some(address) = take_apart(text) else {
            return Ok(Self(Kind::File(PathBuf::from(text))));
        };
        if host_and_port(&address.clean).is_none() {
            let why = format!("{} has no host, or its port is no number: write rtsp://host:554/path", address.clean);
            return Err(Failure::new(Trouble::Unreachable, why));
        }
        let user = user.or(address.user.as_deref());
        let login = login(user, password.or(address.password.as_ref()));
        if login.len() > LONGEST_LOGIN {
            let why = format!("user and password of {} are too long for RTSP: shorten the password", address.clean);
            return Err(Failure::new(Trouble::Refused, why));
        }
        Ok(Self(Kind::Live { address: address.clean, login, udp }))
    }

    /// A file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self(Kind::File(path.to_owned()))
    }

    /// Whether it is live: its end is a fault, and its time is this host's.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.0, Kind::Live { .. })
    }

    pub(super) const fn is_udp(&self) -> bool {
        matches!(self.0, Kind::Live { udp: true, .. })
    }

    /// Whether it has a user or a password to show.
    pub(super) const fn has_login(&self) -> bool {
        matches!(&self.0, Kind::Live { login, .. } if !login.is_empty())
    }

    /// Host and port of a live stream.
    pub(super) fn host_and_port(&self) -> Option<(String, u16)> {
        match &self.0 {
            Kind::Live { address, .. } => host_and_port(address),
            Kind::File(_) => None,
        }
    }

    /// What FFmpeg is given, with the password in it: at the moment of opening, and never shown.
    pub(super) fn for_ffmpeg(&self) -> Option<String> {
        match &self.0 {
            Kind::Live { address, login, .. } => {
                let (scheme, rest) = address.split_at(address.find("://")? + 3);
                Some(format!("{}{login}{rest}", scheme.to_ascii_lowercase()))
            }
            // So that no path is taken for an address.
            Kind::File(path) => path.to_str().map(|path| format!("file:{path}")),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Live { address, .. } => f.write_str(address),
            Kind::File(path) => path.display().fmt(f),
        }
    }
}

/// `user:password@`, or nothing.
fn login(user: Option<&str>, password: Option<&Secret>) -> String {
    match (user, password) {
        (None, None) => String::new(),
        (user, None) => format!("{}@", encoded(user.unwrap_or_default())),
        (user, Some(password)) => format!("{}:{}@", encoded(user.unwrap_or_default()), encoded(password.expose())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ffmpeg_is_given_the_password() {
        let secret = Secret::new("p@ss:w/o%rd!# x");
        let source = Source::new("RTSP://10.0.0.9:554/a?b=1", Some("admin"), Some(&secret), false).unwrap();
        assert_eq!(source.to_string(), "RTSP://10.0.0.9:554/a?b=1");
        let given = source.for_ffmpeg().unwrap();
        assert_eq!(given, "rtsp://admin:p%40ss%3Aw%2Fo%25rd%21%23%20x@10.0.0.9:554/a?b=1");
        let inside = Source::new("rtsp://admin:p%40ss%3Aw%2Fo%25rd%21%23%20x@10.0.0.9:554/a?b=1", None, None, false);
        assert_eq!(inside.unwrap().for_ffmpeg().unwrap(), given);
    }

    #[test]
    fn what_cannot_be_opened_is_told_at_once() {
        let long = Secret::new("x".repeat(130));
        assert_eq!(Source::new("rtsp://h/a", Some("u"), Some(&long), false).unwrap_err().trouble, Trouble::Refused);
        assert!(Source::new("rtsp://:554/a", None, None, false).is_err());
        assert!(Source::new("", None, None, false).is_err());
        assert_eq!(Source::file(Path::new("a%20b")).for_ffmpeg().unwrap(), "file:a%20b");
    }
}
