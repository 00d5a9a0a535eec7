//! MQTT as it went over the wire from a client: every packet, cut at its own ends.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// A packet that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When it passed, ms since 1970.
    pub at_ms: i64,
    /// Type and flags.
    pub first: u8,
    /// What follows the length.
    pub body: Vec<u8>,
}

/// A message that a client published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When it passed, ms since 1970.
    pub at_ms: i64,
    /// Its topic.
    pub topic: String,
    /// Its payload, byte for byte.
    pub payload: Vec<u8>,
}

impl Message {
    /// The payload as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap_or_default()
    }
}

/// What connections have sent. A stream that is not MQTT is kept as what is left over.
#[derive(Debug, Default)]
pub struct Tap {
    rest: BTreeMap<u64, Vec<u8>>,
    packets: Vec<Packet>,
    bytes: u64,
}

impl Tap {
    /// Bytes of a connection.
    pub(crate) fn take(&mut self, connection: u64, bytes: &[u8]) {
        let at_ms = now_ms();
        self.bytes += bytes.len() as u64;
        let rest = self.rest.entry(connection).or_default();
        rest.extend_from_slice(bytes);
        while let Some((header, length)) = lengths(rest) {
            if rest.len() < header + length {
                break;
            }
            self.packets.push(Packet { at_ms, first: rest[0], body: rest[header..header + length].to_vec() });
            rest.drain(..header + length);
        }
    }

    /// Every packet so far.
    #[must_use]
    pub fn packets(&self) -> &[Packet] {
        &self.packets
    }

    /// All bytes so far, and how many of them are in no packet.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.bytes, self.rest.values().map(|rest| rest.len() as u64).sum())
    }

    /// What was published (MQTT 5).
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.packets.iter().filter_map(Packet::message).collect()
    }
}

impl Packet {
    /// The message, where it is a publish of MQTT 5.
    #[must_use]
    pub fn message(&self) -> Option<Message> {
        if self.first & 0xf0 != 0x30 {
            return None;
        }
        let (topic, mut at) = text(&self.body, 0)?;
        if self.first & 0x06 != 0 {
            at += 2;
        }
        let (length, digits) = variable(self.body.get(at..)?)?;
        let payload = self.body.get(at + digits + length..)?.to_vec();
        Some(Message { at_ms: self.at_ms, topic, payload })
    }

    /// The will of a connect of MQTT 5: its topic and payload.
    #[must_use]
    pub fn will(&self) -> Option<Message> {
        if self.first & 0xf0 != 0x10 {
            return None;
        }
        let (_, at) = text(&self.body, 0)?;
        // Level, flags, keep alive.
        let flags = *self.body.get(at + 1)?;
        let after = |at: usize| {
            let (length, digits) = variable(self.body.get(at..)?)?;
            Some(at + digits + length)
        };
        let at = after(at + 4)?;
        let (_client, at) = text(&self.body, at)?;
        if flags & 0x04 == 0 {
            return None;
        }
        let (topic, at) = text(&self.body, after(at)?)?;
        let length = usize::from(u16::from_be_bytes([*self.body.get(at)?, *self.body.get(at + 1)?]));
        let payload = self.body.get(at + 2..at + 2 + length)?.to_vec();
        Some(Message { at_ms: self.at_ms, topic, payload })
    }
}

/// Now, ms since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn text(body: &[u8], at: usize) -> Option<(String, usize)> {
    let length = usize::from(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let bytes = body.get(at + 2..at + 2 + length)?;
    Some((String::from_utf8_lossy(bytes).into_owned(), at + 2 + length))
}

/// The size of the header and of what follows it, once they are known.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let (length, digits) = variable(bytes.get(1..)?)?;
    Some((1 + digits, length))
}

/// A number of one to four digits to the base of 128, and how many.
fn variable(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_is_read_in_pieces_and_whole() {
        // QoS 1, topic "a/b", packet 1, one property (payload format), "{}".
        let bytes = [0x32, 11, 0, 3, b'a', b'/', b'b', 0, 1, 2, 1, 1, b'{', b'}'];
        let bytes = [&[0x32, 12][..], &bytes[2..]].concat();
        let mut tap = Tap::default();
        tap.take(1, &bytes[..5]);
        assert_eq!((tap.messages().len(), tap.bytes()), (0, (5, 5)));
        tap.take(1, &bytes[5..]);
        let messages = tap.messages();
        assert_eq!((messages[0].topic.as_str(), messages[0].payload.as_slice()), ("a/b", b"{}".as_slice()));
        assert_eq!(tap.bytes(), (bytes.len() as u64, 0));
    }

    #[test]
    fn a_will_is_read() {
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 5, 0b0000_0110, 0, 20, 0];
        body.extend([0, 1, b'c', 0, 0, 1, b't', 0, 2, b'{', b'}']);
        let packet = Packet { at_ms: 0, first: 0x10, body };
        let will = packet.will().unwrap();
        assert_eq!((will.topic.as_str(), will.payload.as_slice()), ("t", b"{}".as_slice()));
    }
}
