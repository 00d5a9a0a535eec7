//! One MQTT 5 connection that heals itself; collector, dashboard, devices and tests all use it.
//!
//! [`Session`] is owned by one task, which calls [`Session::next`] in a loop. There is no other
//! task and no channel: a caller that stops calling `next` stops the reading, the broker feels it
//! through TCP, and nothing piles up here.
//!
//! - `frame`, `reason`: bytes to frames
//! - `inbound`: the acknowledgements owed, written in order of arrival
//! - `outbound`: QoS 1 publishes, kept until acknowledged
//! - `keep_alive`, `backoff`, `hello`: when to ping, how long to pause, what a connection opens with
//! - `state`: all of it together, without a socket or a clock
//! - `driver`: the socket, the timer and nothing else

mod backoff;
mod driver;
mod error;
mod frame;
mod hello;
mod inbound;
mod keep_alive;
mod options;
mod outbound;
mod reason;
mod state;
#[cfg(test)]
mod state_tests;

use std::time::Duration;

use bytes::Bytes;

pub use driver::Session;
pub use error::{PubAckCode, PublishError, SessionError};
pub use inbound::AckToken;
pub use options::{CLIENT_PACKET_LIMIT, Login, Qos, READ_PAUSE, SessionOptions, Subscription, Will, client_id};
pub use outbound::PublishId;
pub use state::OUTBOUND_LIMIT;

/// What a session has to say.
#[derive(Debug)]
pub enum SessionEvent {
    /// The broker has taken the connection and every subscription.
    Connected {
        /// Whether the broker still had this client's session; if not, what it kept is lost.
        session_present: bool,
        /// Grows with every connection of this session.
        connection: u64,
    },
    /// All messages of one read, in order of arrival; never empty.
    Messages(Vec<Inbound>),
    /// The broker's answers to QoS 1 publishes; never empty. Each publish is answered once.
    Acked(Vec<(PublishId, PubAckCode)>),
    /// The connection is gone, or could not be made.
    Lost {
        /// Why.
        why: SessionError,
        /// When the next attempt begins; `next` makes it by itself.
        retry_in: Duration,
    },
}

/// One message from the broker.
///
/// Topic and payload are slices of the read buffer and keep all of it (64 KiB or more) in memory:
/// copy what is to live longer than this batch. A message that could not be read (larger than
/// [`SessionOptions::max_packet_size`], or malformed) comes with an empty topic and the first 4 KiB
/// of its packet as the payload; keep it as a dead letter and acknowledge it like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Topic, not checked to be UTF-8.
    pub topic: Bytes,
    /// Payload.
    pub payload: Bytes,
    /// How it was delivered.
    pub qos: Qos,
    /// Whether it comes from the broker's store of retained messages, or (with Retain As Published)
    /// was published as one.
    pub retain: bool,
    /// Whether the broker may have delivered it before.
    pub dup: bool,
    /// For [`Session::ack`]; None for QoS 0.
    pub ack: Option<AckToken>,
}
