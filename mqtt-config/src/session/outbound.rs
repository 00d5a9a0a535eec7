//! What we publish at QoS 1, kept until the broker has it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::{QoS, v5};

use super::error::{PubAckCode, PublishError};

/// Names one publish of this session, for [`SessionEvent::Acked`](super::SessionEvent::Acked).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublishId(pub(super) u64);

/// The packet id of every SUBSCRIBE; publishes use the others, so that the two never collide.
pub(super) const SUBSCRIBE_PACKET_ID: u16 = u16::MAX;

/// Packet ids 1..=65534 belong to publishes.
const PACKET_IDS: u64 = SUBSCRIBE_PACKET_ID as u64 - 1;

/// What a kept message costs besides its topic and payload, in bytes.
const OVERHEAD: usize = size_of::<Kept>();

/// QoS 1 messages in the order of publishing: first those sent and not acknowledged, then those
/// that wait for the broker's window. A message's packet id follows from its serial number, so a
/// resumed session sends it again under the same one.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    kept: VecDeque<Kept>,
    /// Serial number of the first entry.
    base: u64,
    /// How many entries, from the first on, have been written on this connection.
    sent: usize,
    /// How many entries, from the first on, were written on an earlier connection of this session.
    resent_below: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    id: PublishId,
    topic: Bytes,
    payload: Bytes,
    retain: bool,
    /// Acknowledged, though an earlier one is not.
    done: bool,
}

impl Outbound {
    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What one more message would add to [`Self::bytes`].
    pub(super) fn cost(topic: &str, payload: &Bytes) -> usize {
        OVERHEAD + topic.len() + payload.len()
    }

    pub(super) fn keep(&mut self, id: PublishId, topic: &str, payload: Bytes, retain: bool) {
        self.bytes += Self::cost(topic, &payload);
        let topic = Bytes::copy_from_slice(topic.as_bytes());
        self.kept.push_back(Kept { id, topic, payload, retain, done: false });
    }

    /// A new connection: everything not acknowledged goes out again, under the packet ids of before
    /// and marked as repeated where the broker still has the session. Returns what is larger than
    /// the broker takes; sending that would end every connection.
    pub(super) fn begin(&mut self, session_present: bool, max_packet_size: usize) -> Vec<(PublishId, PubAckCode)> {
        self.resent_below = if session_present { self.sent.max(self.resent_below) } else { 0 };
        self.sent = 0;
        let mut refused = Vec::new();
        for kept in &mut self.kept {
            let size = packet_size(kept.topic.len(), kept.payload.len(), 2);
            if !kept.done && size > max_packet_size {
                kept.done = true;
                refused.push((kept.id, PubAckCode::PacketTooLarge));
            }
        }
        self.drop_done();
        refused
    }

    /// Writes messages while the broker's `window` is open and `out` is shorter than `room`.
    pub(super) fn send(&mut self, window: u16, room: usize, out: &mut BytesMut) {
        let window = usize::from(window).min(PACKET_IDS as usize);
        while self.sent < window.min(self.kept.len()) && out.len() < room {
            let kept = &self.kept[self.sent];
            if !kept.done {
                let packet = v5::Publish {
                    dup: self.sent < self.resent_below,
                    qos: QoS::AtLeastOnce,
                    retain: kept.retain,
                    topic: kept.topic.clone(),
                    pkid: packet_id(self.base + self.sent as u64),
                    payload: kept.payload.clone(),
                    properties: None,
                };
                write(&packet, out);
            }
            self.sent += 1;
        }
    }

    /// The message that a PUBACK speaks of; None when it speaks of none that was sent.
    pub(super) fn acked(&mut self, packet_id: u16) -> Option<PublishId> {
        let first = self.base % PACKET_IDS;
        let index = (u64::from(packet_id.checked_sub(1)?) + PACKET_IDS - first) % PACKET_IDS;
        let index = usize::try_from(index).ok().filter(|&index| index < self.sent)?;
        let kept = &mut self.kept[index];
        if kept.done {
            return None;
        }
        kept.done = true;
        let id = kept.id;
        self.drop_done();
        Some(id)
    }

    fn drop_done(&mut self) {
        while let Some(kept @ Kept { done: true, .. }) = self.kept.front() {
            self.bytes -= OVERHEAD + kept.topic.len() + kept.payload.len();
            self.kept.pop_front();
            self.base += 1;
            self.sent = self.sent.saturating_sub(1);
            self.resent_below = self.resent_below.saturating_sub(1);
        }
    }
}

fn packet_id(serial: u64) -> u16 {
    // Below PACKET_IDS, and that is below u16::MAX.
    (serial % PACKET_IDS) as u16 + 1
}

/// Writes a QoS 0 message.
pub(super) fn write_at_most_once(topic: &str, payload: Bytes, retain: bool, out: &mut BytesMut) {
    let mut packet = v5::Publish::new(topic, QoS::AtMostOnce, payload, None);
    packet.retain = retain;
    write(&packet, out);
}

fn write(packet: &v5::Publish, out: &mut BytesMut) {
    packet.write(out).expect("the packet id is not 0, and the size was checked before the message was taken");
}

/// The largest packet that MQTT can frame, in bytes.
pub(super) const LARGEST_PACKET: usize = 268_435_455;

/// Size of a PUBLISH without properties in bytes.
pub(super) fn packet_size(topic: usize, payload: usize, packet_id: usize) -> usize {
    let remaining = 2 + topic + packet_id + 1 + payload;
    let length_bytes = match remaining {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    };
    1 + length_bytes + remaining
}

/// A topic that may be published to.
pub(super) fn check_topic(topic: &str) -> Result<(), PublishError> {
    let wild = topic.bytes().any(|byte| matches!(byte, b'+' | b'#' | 0));
    if topic.is_empty() || topic.len() > usize::from(u16::MAX) || wild {
        return Err(PublishError::InvalidTopic(topic.chars().take(80).collect()));
    }
    Ok(())
}
