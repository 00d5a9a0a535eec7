//! The reason codes of MQTT 5 in words.

use super::error::PubAckCode;

/// A code of CONNACK, SUBACK or DISCONNECT, with its number for whoever looks it up.
pub(super) fn words(code: u8) -> String {
    let text = match code {
        0x00 => "no reason given",
        0x04 => "the will is published",
        0x80 => "unspecified error",
        0x81 => "malformed packet",
        0x82 => "protocol error",
        0x83 => "implementation specific error",
        0x84 => "unsupported protocol version",
        0x85 => "client identifier not valid",
        0x86 => "bad user name or password",
        0x87 => "not authorized",
        0x88 => "server unavailable",
        0x89 => "server busy",
        0x8A => "banned",
        0x8B => "server shutting down",
        0x8C => "bad authentication method",
        0x8D => "keep alive timeout",
        0x8E => "session taken over",
        0x8F => "topic filter invalid",
        0x90 => "topic name invalid",
        0x91 => "packet identifier in use",
        0x93 => "receive maximum exceeded",
        0x94 => "topic alias invalid",
        0x95 => "packet too large",
        0x96 => "message rate too high",
        0x97 => "quota exceeded",
        0x98 => "administrative action",
        0x99 => "payload format invalid",
        0x9A => "retain not supported",
        0x9B => "QoS not supported",
        0x9C => "use another server",
        0x9D => "server moved",
        0x9E => "shared subscriptions not supported",
        0x9F => "connection rate exceeded",
        0xA0 => "maximum connect time",
        0xA1 => "subscription identifiers not supported",
        0xA2 => "wildcard subscriptions not supported",
        // Codes of other versions of the protocol; the number says more than a guess.
        _ => "unknown reason",
    };
    format!("{text} ({code})")
}

/// A code of PUBACK.
pub(super) fn pub_ack(code: u8) -> PubAckCode {
    match code {
        0x10 => PubAckCode::NoMatchingSubscribers,
        // Below 0x80 a code means success, whatever else it says.
        0x00..0x80 => PubAckCode::Success,
        0x83 => PubAckCode::ImplementationSpecific,
        0x87 => PubAckCode::NotAuthorized,
        0x90 => PubAckCode::TopicNameInvalid,
        0x91 => PubAckCode::PacketIdInUse,
        0x97 => PubAckCode::QuotaExceeded,
        0x99 => PubAckCode::PayloadFormatInvalid,
        // From 0x80 on a code means failure, known or not.
        _ => PubAckCode::Unspecified,
    }
}
