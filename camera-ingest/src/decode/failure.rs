//! What went wrong, in one sentence.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ffmpeg_next::util::error::{
    EACCES, ECONNREFUSED, EHOSTUNREACH, EIO, EISDIR, ENETUNREACH, ENOENT, EPERM, ETIMEDOUT, Error,
};

use super::Source;
use crate::worker::protocol::Trouble;

/// How long it may take to see whether anything answers at an address.
const KNOCK: Duration = Duration::from_secs(1);

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// As a code.
    pub trouble: Trouble,
    /// One sentence without a secret: what, where, what to do.
    pub why: String,
}

impl Failure {
    pub(crate) fn new(trouble: Trouble, why: impl Into<String>) -> Self {
        Self { trouble, why: why.into() }
    }

    /// A stream could not be opened.
    pub(super) fn opening(source: &Source, error: Error, in_time: bool) -> Self {
        if source.is_live() { live(source, error, in_time) } else { file(source, error) }
    }

    /// A live stream that was open gives nothing more.
    pub(super) fn reading(source: &Source, error: Error) -> Self {
        match error {
            Error::Eof => Self::ended(source),
            Error::Other { errno: ETIMEDOUT } => Self::stalled(source),
            error => Self::new(Trouble::Ended, format!("the connection to {source} was lost ({error})")),
        }
    }

    /// A live stream is over.
    pub(crate) fn ended(source: &Source) -> Self {
        Self::new(Trouble::Ended, format!("{source} ended: the camera or its network restarted"))
    }

    /// Its pictures have a form that cannot be looked at.
    pub(crate) fn unreadable(source: &Source) -> Self {
        Self::new(
            Trouble::NoVideo,
            format!("the pictures of {source} have a form that is not read: choose H.264 or H.265"),
        )
    }

    /// Nothing came in time.
    pub(super) fn stalled(source: &Source) -> Self {
        let why = format!("{source} sends no picture: look whether the camera and its network are well");
        Self::new(Trouble::Stalled, why)
    }

    /// Something comes, but no picture that can be used.
    pub(super) fn broken(source: &Source) -> Self {
        let why = format!("what {source} sends cannot be decoded: look at its network, or choose H.264 in the camera");
        Self::new(Trouble::Broken, why)
    }

    /// There is nothing in it that could be looked at.
    pub(super) fn no_video(source: &Source, what: &str) -> Self {
        Self::new(Trouble::NoVideo, format!("{source} {what}: choose a stream with H.264 or H.265 video"))
    }
}

fn live(source: &Source, error: Error, in_time: bool) -> Failure {
    let refused = if source.has_login() { "refuses this user and password" } else { "wants user and password" };
    let (trouble, what) = match error {
        Error::HttpUnauthorized => (Trouble::Refused, format!("{refused} (401): correct them in the site's file")),
        Error::HttpForbidden => {
            (Trouble::Refused, "is forbidden to this user (403): allow it in the camera".to_owned())
        }
        Error::HttpNotFound | Error::StreamNotFound => {
            (Trouble::NoSuchStream, "is not there (404): correct the path behind the host".to_owned())
        }
        Error::HttpBadRequest | Error::HttpOther4xx => {
            (Trouble::NoSuchStream, "is not given out by the camera: correct the path behind the host".to_owned())
        }
        Error::Other { errno: ECONNREFUSED } => {
            (Trouble::Unreachable, "cannot be reached (connection refused): correct the port".to_owned())
        }
        Error::Other { errno: ENETUNREACH | EHOSTUNREACH } => {
            (Trouble::Unreachable, "cannot be reached (no route): look at cable and address".to_owned())
        }
        Error::ProtocolNotFound => {
            (Trouble::Unreachable, "cannot be opened: this FFmpeg has no support for it".to_owned())
        }
        // Time is up, or it was cut off in the middle: whether anybody is there makes the difference.
        error => return nothing_came(source, error, in_time),
    };
    Failure::new(trouble, format!("{source} {what}"))
}

fn nothing_came(source: &Source, error: Error, in_time: bool) -> Failure {
    let unreachable = |what: &str| Failure::new(Trouble::Unreachable, format!("{source} cannot be reached ({what})"));
    let Some(host_and_port) = source.host_and_port() else {
        return Failure::broken(source);
    };
    match host_and_port.to_socket_addrs().ok().and_then(|mut all| all.next()) {
        None => unreachable("the name is not known): correct the host, or look at the name server (DNS"),
        Some(address) => match TcpStream::connect_timeout(&address, KNOCK) {
            Err(_) => unreachable("nothing answers): look at cable, power and address (a ping tells"),
            Ok(_) if !in_time || error == (Error::Other { errno: ETIMEDOUT }) => Failure::stalled(source),
            Ok(_) if matches!(error, Error::InvalidData) => Failure::broken(source),
            Ok(_) => Failure::new(Trouble::Broken, format!("{source} cannot be opened ({error}): restart the camera")),
        },
    }
}

fn file(source: &Source, error: Error) -> Failure {
    match error {
        Error::Other { errno: ENOENT } => {
            Failure::new(Trouble::NoSuchStream, format!("there is no file {source}: correct its path"))
        }
        Error::Other { errno: EACCES | EPERM } => {
            Failure::new(Trouble::Refused, format!("{source} may not be read by this user: allow it"))
        }
        Error::Other { errno: EISDIR | EIO } => {
            Failure::new(Trouble::Broken, format!("{source} cannot be read ({error}): is it a file on a sound disk?"))
        }
        _ => Failure::new(Trouble::NoVideo, format!("{source} is no video file that can be read, or it is cut off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_config::settings::Secret;

    #[test]
    fn troubles_are_told_apart_without_the_password() {
        let secret = Secret::new("s3cret/@");
        let source = Source::new("rtsp://127.0.0.1:9/a", Some("admin"), Some(&secret), false).unwrap();
        let of = |error| Failure::opening(&source, error, true);
        assert_eq!(of(Error::HttpUnauthorized).trouble, Trouble::Refused);
        assert_eq!(of(Error::HttpNotFound).trouble, Trouble::NoSuchStream);
        assert_eq!(of(Error::Other { errno: ECONNREFUSED }).trouble, Trouble::Unreachable);
        // Nobody listens on the port of discard.
        assert_eq!(of(Error::InvalidData).trouble, Trouble::Unreachable);
        for error in [Error::HttpUnauthorized, Error::HttpNotFound, Error::InvalidData, Error::Exit] {
            let why = of(error).why;
            assert!(!why.contains("s3cret") && !why.contains("admin"), "{why}");
            assert!(why.starts_with("rtsp://127.0.0.1:9/a "), "{why}");
        }
    }
}
