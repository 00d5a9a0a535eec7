//! What can go wrong with a session, and with one publish.

use std::io;
use std::time::Duration;

/// Why a connection ended or could not be made. The session goes on trying in every case.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No TCP connection.
    #[error("cannot connect to the broker at {host}:{port}")]
    Connect {
        /// Host that was tried.
        host: String,
        /// Port that was tried.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// The broker did not answer while the connection was being set up.
    #[error("the broker did not answer {what} within {} s", limit.as_secs())]
    NoAnswer {
        /// What it should have answered: CONNECT, SUBSCRIBE or the TCP handshake.
        what: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The broker answered CONNECT with a refusal, for example a wrong password.
    #[error("the broker refused the connection: {reason}")]
    Refused {
        /// The broker's reason in words.
        reason: String,
    },
    /// The broker refused a topic filter.
    #[error("the broker refused the subscription to {filter}: {reason}")]
    SubscriptionRefused {
        /// The filter refused.
        filter: String,
        /// The broker's reason in words.
        reason: String,
    },
    /// The broker said good-bye.
    #[error("the broker ended the connection: {reason}")]
    ServerDisconnect {
        /// The MQTT 5 reason code, for example 0x8E (142): another session took the client id over.
        code: u8,
        /// The reason in words.
        reason: String,
    },
    /// The connection was closed without a word.
    #[error("the broker closed the connection")]
    Closed,
    /// Nothing came for 1.5 times the keep-alive, not even the answer to a ping.
    #[error("the broker has been silent for {} s", after.as_secs_f32())]
    Silent {
        /// How long nothing was heard.
        after: Duration,
    },
    /// Reading or writing failed.
    #[error("the connection to the broker failed")]
    Io(#[source] io::Error),
    /// The broker sent what no MQTT 5 broker may send here.
    #[error("the broker broke the protocol: {0}")]
    Protocol(String),
    /// The owner of the session asked for a new connection.
    #[error("a new connection was asked for")]
    Restarted,
}

/// Why a message was not taken for publishing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// QoS 0 needs a connection; QoS 1 waits for one.
    #[error("not connected to the broker")]
    NotConnected,
    /// What waits to be sent or acknowledged has reached the limit; try again after some `next()`.
    #[error("more than {limit} bytes wait to be sent to the broker")]
    Full {
        /// The limit in bytes.
        limit: usize,
    },
    /// The broker takes no packet as large as this.
    #[error("a packet of {size} bytes is larger than the {max} bytes that the broker takes")]
    TooLarge {
        /// Size of the packet in bytes.
        size: usize,
        /// The broker's limit in bytes.
        max: usize,
    },
    /// A topic is 1 to 65,535 bytes long, without `+`, `#` and NUL.
    #[error("{0:?} is no topic to publish to")]
    InvalidTopic(String),
}

/// The broker's answer to one QoS 1 publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PubAckCode {
    /// Taken.
    Success,
    /// Taken, and nobody has subscribed.
    NoMatchingSubscribers,
    /// Refused without a reason.
    Unspecified,
    /// Refused for a reason of this broker's own.
    ImplementationSpecific,
    /// Refused: the access list does not allow it.
    NotAuthorized,
    /// Refused: not a topic this broker takes.
    TopicNameInvalid,
    /// Refused: the packet id is in use.
    PacketIdInUse,
    /// Refused: a limit of the broker has been reached.
    QuotaExceeded,
    /// Refused: the payload is not what it claims to be.
    PayloadFormatInvalid,
    /// Never sent: larger than what the broker, as it turned out on connecting, takes.
    PacketTooLarge,
}

impl PubAckCode {
    /// Whether the broker has the message.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Success | Self::NoMatchingSubscribers)
    }
}
