//! Bytes from the broker to frames: nothing here waits, and nothing a broker sends makes it panic.
//!
//! rumqttc's own reader is not used for framing: it takes a short DISCONNECT for an unfinished
//! packet, and one packet that is too large or unreadable would end the connection, come again on
//! the next one and end that too, for ever. Here such a PUBLISH is stepped over and handed on.

use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};
use rumqttc::v5::mqttbytes::v5::{ConnAck, FixedHeader, PacketType};

use super::error::{PubAckCode, SessionError};
use super::options::Qos;
use super::reason;

/// How much of a PUBLISH that cannot be read is kept, in bytes: what a dead letter keeps.
const HEAD: usize = 4096;

/// One packet from the broker.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    ConnAck(ConnAck),
    SubAck { packet_id: u16, codes: Bytes },
    Publish(Publish),
    Unreadable(Unreadable),
    PubAck { packet_id: u16, code: PubAckCode },
    PingResp,
}

/// A PUBLISH, its parts still lying in the read buffer.
#[derive(Debug, PartialEq)]
pub(super) struct Publish {
    /// None for QoS 0.
    pub(super) packet_id: Option<u16>,
    pub(super) topic: Bytes,
    pub(super) payload: Bytes,
    pub(super) retain: bool,
    pub(super) dup: bool,
}

impl Publish {
    pub(super) fn qos(&self) -> Qos {
        if self.packet_id.is_some() { Qos::AtLeastOnce } else { Qos::AtMostOnce }
    }
}

/// A PUBLISH that is too large or malformed: its beginning, and what is needed to acknowledge it.
#[derive(Debug, PartialEq)]
pub(super) struct Unreadable {
    /// None for QoS 0, and where not even the packet id can be found.
    pub(super) packet_id: Option<u16>,
    pub(super) retain: bool,
    pub(super) head: Bytes,
    pub(super) size: usize,
    pub(super) why: &'static str,
}

/// Takes frames off a read buffer, whatever pieces the bytes arrive in.
#[derive(Debug)]
pub(super) struct Decoder {
    max_packet_size: usize,
    /// An oversized PUBLISH, and how many of its bytes are still to be thrown away.
    skipping: Option<(Unreadable, usize)>,
}

impl Decoder {
    pub(super) fn new(max_packet_size: u32) -> Self {
        Self { max_packet_size: max_packet_size as usize, skipping: None }
    }

    /// The next complete frame, or None until more bytes are there (room for them is reserved).
    pub(super) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, SessionError> {
        if self.skipping.is_some() {
            return Ok(self.skip(input));
        }
        let Some((header, first)) = header(input)? else { return Ok(None) };
        let length = header.frame_length();
        let kind = header.packet_type().map_err(|error| protocol(error.to_string()))?;
        if length > self.max_packet_size {
            return self.oversized(input, kind, first, length);
        }
        if input.len() < length {
            input.reserve(length - input.len());
            return Ok(None);
        }
        let frame = input.split_to(length).freeze();
        match kind {
            PacketType::Publish => publish(first, frame).map(Some),
            other => control(header, other, frame).map(Some),
        }
    }

    fn oversized(
        &mut self,
        input: &mut BytesMut,
        kind: PacketType,
        first: u8,
        length: usize,
    ) -> Result<Option<Frame>, SessionError> {
        if kind != PacketType::Publish {
            return Err(protocol(format!("{kind:?} of {length} bytes")));
        }
        // The packet id is behind the topic, which may be longer than the part that is kept.
        let Some(at) = packet_id_at(input) else { return Ok(None) };
        let needed = (at + 2).max(HEAD).min(length);
        if input.len() < needed {
            input.reserve(needed - input.len());
            return Ok(None);
        }
        let unreadable = unreadable(first, &input[..needed], length, "larger than the largest packet accepted");
        self.skipping = Some((unreadable, length));
        Ok(self.skip(input))
    }

    fn skip(&mut self, input: &mut BytesMut) -> Option<Frame> {
        let (unreadable, left) = self.skipping.take()?;
        let here = left.min(input.len());
        input.advance(here);
        if here < left {
            self.skipping = Some((unreadable, left - here));
            return None;
        }
        Some(Frame::Unreadable(unreadable))
    }
}

/// The fixed header and its first byte, once both it and the length behind it are there.
fn header(input: &[u8]) -> Result<Option<(FixedHeader, u8)>, SessionError> {
    let Some((&first, rest)) = input.split_first() else { return Ok(None) };
    let mut remaining = 0;
    for (index, &byte) in rest.iter().take(4).enumerate() {
        remaining |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((FixedHeader::new(first, index + 1, remaining), first)));
        }
    }
    if rest.len() >= 4 { Err(protocol("a packet length of more than four bytes".into())) } else { Ok(None) }
}

/// Where the packet id of a PUBLISH starts, counted from the frame's first byte.
fn packet_id_at(frame: &[u8]) -> Option<usize> {
    let topic_at = 1 + length_bytes(frame);
    let length = frame.get(topic_at..topic_at + 2)?;
    Some(topic_at + 2 + usize::from(u16::from_be_bytes([length[0], length[1]])))
}

fn publish(first: u8, frame: Bytes) -> Result<Frame, SessionError> {
    if first & 0b0110 > 0b0010 {
        return Err(protocol("a message of QoS 2, which no subscription asked for".into()));
    }
    match parts(first, &frame) {
        Some(Parts { topic, packet_id, payload_at }) => Ok(Frame::Publish(Publish {
            packet_id,
            topic: frame.slice(topic),
            payload: frame.slice(payload_at..),
            retain: first & 0b0001 != 0,
            dup: first & 0b1000 != 0,
        })),
        None => Ok(Frame::Unreadable(unreadable(first, &frame, frame.len(), "a malformed PUBLISH"))),
    }
}

/// Where the parts of a PUBLISH lie in its frame.
struct Parts {
    topic: Range<usize>,
    packet_id: Option<u16>,
    payload_at: usize,
}

/// None when a length points behind the frame's end, or the packet id is 0.
fn parts(first: u8, frame: &[u8]) -> Option<Parts> {
    let topic_end = packet_id_at(frame)?;
    let topic = 1 + length_bytes(frame) + 2..topic_end;
    let mut at = topic_end;
    let mut packet_id = None;
    if first & 0b0110 != 0 {
        packet_id = Some(u16::from_be_bytes(*frame.get(at..)?.first_chunk()?)).filter(|&id| id != 0);
        packet_id?;
        at += 2;
    }
    // Properties are stepped over: the contract's payloads say everything themselves. `header`
    // reads a variable-length integer behind one byte, here the last one before the properties.
    let (properties, _) = header(frame.get(at - 1..)?).ok()??;
    let payload_at = at - 1 + properties.frame_length();
    (payload_at <= frame.len()).then_some(Parts { topic, packet_id, payload_at })
}

fn unreadable(first: u8, frame: &[u8], size: usize, why: &'static str) -> Unreadable {
    let packet_id = packet_id_at(frame)
        .filter(|_| first & 0b0110 != 0)
        .and_then(|at| frame.get(at..at + 2))
        .map(|id| u16::from_be_bytes([id[0], id[1]]));
    let head = Bytes::copy_from_slice(&frame[..frame.len().min(HEAD)]);
    Unreadable { packet_id, retain: first & 1 != 0, head, size, why }
}

fn control(header: FixedHeader, kind: PacketType, frame: Bytes) -> Result<Frame, SessionError> {
    let length = header.frame_length();
    let body_at = 1 + length_bytes(&frame);
    let body = frame.slice(body_at..length);
    match kind {
        PacketType::ConnAck => conn_ack(header, frame, &body),
        PacketType::SubAck => sub_ack(body),
        PacketType::PubAck => {
            let id = body.first_chunk::<2>().ok_or_else(|| protocol("a PUBACK without packet id".into()))?;
            let code = reason::pub_ack(body.get(2).copied().unwrap_or(0));
            Ok(Frame::PubAck { packet_id: u16::from_be_bytes(*id), code })
        }
        PacketType::PingResp => Ok(Frame::PingResp),
        PacketType::Disconnect => {
            let code = body.first().copied().unwrap_or(0);
            Err(SessionError::ServerDisconnect { code, reason: reason::words(code) })
        }
        other => Err(protocol(format!("an unexpected {other:?}"))),
    }
}

/// How many bytes the length in the fixed header takes.
fn length_bytes(frame: &[u8]) -> usize {
    1 + frame[1..].iter().take_while(|&&byte| byte & 0x80 != 0).count()
}

fn conn_ack(header: FixedHeader, frame: Bytes, body: &[u8]) -> Result<Frame, SessionError> {
    match body.get(1) {
        None => Err(protocol("a CONNACK without reason".into())),
        Some(0) => ConnAck::read(header, frame).map(Frame::ConnAck).map_err(|error| protocol(error.to_string())),
        Some(&code) => Err(SessionError::Refused { reason: reason::words(code) }),
    }
}

/// The reason codes follow properties that nobody needs.
fn sub_ack(mut body: Bytes) -> Result<Frame, SessionError> {
    let short = || protocol("a SUBACK that is too short".into());
    let packet_id = body.first_chunk::<2>().map(|id| u16::from_be_bytes(*id)).ok_or_else(short)?;
    body.advance(1);
    // `header` reads the same variable-length integer; what stands before it plays no role.
    let properties = header(&body)?.map(|(properties, _)| properties.frame_length()).ok_or_else(short)?;
    if properties > body.len() {
        return Err(short());
    }
    body.advance(properties);
    Ok(Frame::SubAck { packet_id, codes: body })
}

fn protocol(what: String) -> SessionError {
    SessionError::Protocol(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rumqttc::v5::mqttbytes::{QoS, v5};

    fn publish_bytes(topic: &str, payload: &[u8], packet_id: u16) -> BytesMut {
        let qos = if packet_id == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let mut publish = v5::Publish::new(topic, qos, payload.to_vec(), None);
        publish.pkid = packet_id;
        let mut bytes = BytesMut::new();
        publish.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_publish_is_taken_apart_and_its_properties_are_stepped_over() {
        let mut publish = v5::Publish::new("a/b", QoS::AtLeastOnce, "hello", None);
        publish.pkid = 77;
        publish.dup = true;
        publish.retain = true;
        let user_properties = vec![("key".to_owned(), "v".repeat(200))];
        publish.properties = Some(v5::PublishProperties { user_properties, ..Default::default() });
        let mut wire = BytesMut::new();
        publish.write(&mut wire).unwrap();
        let (topic, payload) = (Bytes::from("a/b"), Bytes::from("hello"));
        let expected = Publish { packet_id: Some(77), topic, payload, retain: true, dup: true };
        assert_eq!(all(&mut Decoder::new(1024), &mut wire), [Frame::Publish(expected)]);
    }

    fn all(decoder: &mut Decoder, input: &mut BytesMut) -> Vec<Frame> {
        std::iter::from_fn(|| decoder.next(input).unwrap()).collect()
    }

    #[test]
    fn frames_come_out_the_same_however_the_bytes_are_cut() {
        let mut wire = publish_bytes("a/b", b"{\"id\":1}", 7);
        wire.extend_from_slice(&[0x40, 0x02, 0x00, 0x09]);
        wire.extend_from_slice(&[0xD0, 0x00]);
        wire.extend_from_slice(&publish_bytes("a/c", &[b'x'; 300], 0));
        let whole = all(&mut Decoder::new(1024), &mut wire.clone());
        assert_eq!(whole.len(), 4);
        let (mut decoder, mut input, mut piecewise) = (Decoder::new(1024), BytesMut::new(), Vec::new());
        for byte in wire {
            input.extend_from_slice(&[byte]);
            piecewise.extend(all(&mut decoder, &mut input));
        }
        assert_eq!(piecewise, whole);
    }

    #[test]
    fn an_oversized_publish_is_stepped_over_and_can_be_acknowledged() {
        let mut wire = publish_bytes("motcua/x", &[b'y'; 20_000], 0x1234);
        let size = wire.len();
        wire.extend_from_slice(&publish_bytes("after", b"ok", 5));
        let (mut decoder, mut input, mut frames) = (Decoder::new(10_000), BytesMut::new(), Vec::new());
        for piece in wire.chunks(1000) {
            input.extend_from_slice(piece);
            frames.extend(all(&mut decoder, &mut input));
        }
        let [Frame::Unreadable(unreadable), Frame::Publish(after)] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!((unreadable.packet_id, unreadable.size), (Some(0x1234), size));
        assert_eq!(unreadable.head.len(), HEAD);
        assert_eq!(after.payload, "ok");
    }

    #[test]
    fn an_oversized_publish_with_a_long_topic_still_gives_its_packet_id() {
        let topic = "t".repeat(9000);
        let mut wire = publish_bytes(&topic, &[b'y'; 20_000], 99);
        let frames = all(&mut Decoder::new(10_000), &mut wire);
        let [Frame::Unreadable(unreadable)] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!(unreadable.packet_id, Some(99));
    }

    #[test]
    fn a_malformed_publish_is_handed_on_with_its_packet_id() {
        // The property length (0x7F) points behind the end of the frame.
        let mut wire = BytesMut::from(&[0x32, 8, 0, 1, b'a', 0, 3, 0x7F, b'x', b'y'][..]);
        let frames = all(&mut Decoder::new(1024), &mut wire);
        let [Frame::Unreadable(unreadable)] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!(unreadable.packet_id, Some(3));
        assert_eq!(&unreadable.head[2..5], [0, 1, b'a']);
    }

    #[test]
    fn a_disconnect_of_one_byte_says_why() {
        let error = Decoder::new(1024).next(&mut BytesMut::from(&[0xE0, 1, 0x8E][..])).unwrap_err();
        assert_eq!(error.to_string(), "the broker ended the connection: session taken over (142)");
    }

    #[test]
    fn a_refused_connection_says_why() {
        let error = Decoder::new(1024).next(&mut BytesMut::from(&[0x20, 3, 0, 0x86, 0][..])).unwrap_err();
        assert_eq!(error.to_string(), "the broker refused the connection: bad user name or password (134)");
    }

    #[test]
    fn a_suback_with_properties_gives_its_codes() {
        let wire = [0x90, 10, 0, 4, 5, 31, 0, 2, b'n', b'o', 1, 0x87];
        let frame = Decoder::new(1024).next(&mut BytesMut::from(&wire[..])).unwrap();
        assert_eq!(frame, Some(Frame::SubAck { packet_id: 4, codes: Bytes::from_static(&[1, 0x87]) }));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, piece in 1..40_usize) {
            let (mut decoder, mut input) = (Decoder::new(64), BytesMut::new());
            'wire: for piece in bytes.chunks(piece) {
                input.extend_from_slice(piece);
                loop {
                    match decoder.next(&mut input) {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(_) => break 'wire,
                    }
                }
            }
        }
    }
}
