//! The bytes of a segment, and nothing else: no files, no state.
//!
//! All numbers are little-endian. A segment is one header and any number of records:
//!
//! ```text
//! header (32)  0  8  magic "motcuaJ\n"     record (40 + topic + payload)
//!              8  4  format version          0  4  CRC-32C of everything after it
//!             12  4  zero                    4  4  length of the whole record
//!             16  8  first offset            8  8  offset
//!             24  4  zero                   16  8  rx, Unix ms
//!             28  4  CRC-32C of 0..28       24  8  at, Unix ms
//!                                           32  4  unsynced (see below)
//!                                           36  2  length of the topic
//!                                           38  1  kind
//!                                           39  1  zero
//!                                           40     topic, then payload
//! ```
//!
//! `unsynced` is how far the newest record known to be durable lay behind this one when it was
//! appended. After a power cut it tells a torn tail (what was never promised) from damage (what
//! was): a whole record after a broken one proves by it that the broken one had been durable.

use crate::{Fault, NewRecord, Record};

/// The format that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;
/// The longest payload of a record, in bytes. The MQTT client takes packets up to 256 KiB; the rest
/// is room for the collector's own records.
pub const MAX_PAYLOAD: usize = 16 * 1024 * 1024;

pub(crate) const SEGMENT_HEADER: usize = 32;
pub(crate) const RECORD_HEADER: usize = 40;
const MAX_RECORD: usize = RECORD_HEADER + u16::MAX as usize + MAX_PAYLOAD;
const MAGIC: [u8; 8] = *b"motcuaJ\n";

/// What a segment's header says about it.
pub(crate) enum Header {
    /// Of a version that this program reads.
    Known { first: u64 },
    /// Of a later version.
    Newer { version: u32 },
}

pub(crate) fn encode_header(first: u64) -> [u8; SEGMENT_HEADER] {
    let mut header = [0; SEGMENT_HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[16..24].copy_from_slice(&first.to_le_bytes());
    let crc = crc32c::crc32c(&header[..28]);
    header[28..].copy_from_slice(&crc.to_le_bytes());
    header
}

/// The version is read before the checksum: a later format may put its checksum elsewhere, and
/// deserves to be called newer, not damaged.
pub(crate) fn decode_header(header: &[u8; SEGMENT_HEADER]) -> Result<Header, Fault> {
    if header[..8] != MAGIC {
        return Err(Fault::Header);
    }
    let version = u32_at(header, 8);
    if version > FORMAT_VERSION {
        return Ok(Header::Newer { version });
    }
    if crc32c::crc32c(&header[..28]) != u32_at(header, 28) || version == 0 {
        return Err(Fault::Header);
    }
    Ok(Header::Known { first: u64_at(header, 16) })
}

/// Length of the record once encoded; `None` when the format cannot hold it.
pub(crate) fn encoded_len(record: &NewRecord<'_>) -> Option<u32> {
    let fits = record.topic.len() <= usize::from(u16::MAX) && record.payload.len() <= MAX_PAYLOAD;
    let len = RECORD_HEADER + record.topic.len() + record.payload.len();
    fits.then_some(len).and_then(|len| u32::try_from(len).ok())
}

/// Appends the record to `buffer`; `len` is its [`encoded_len`].
pub(crate) fn encode(buffer: &mut Vec<u8>, record: &NewRecord<'_>, len: u32, offset: u64, unsynced: u32) {
    let begin = buffer.len();
    let mut header = [0; RECORD_HEADER];
    header[4..8].copy_from_slice(&len.to_le_bytes());
    header[8..16].copy_from_slice(&offset.to_le_bytes());
    header[16..24].copy_from_slice(&record.rx_ms.to_le_bytes());
    header[24..32].copy_from_slice(&record.at_ms.to_le_bytes());
    header[32..36].copy_from_slice(&unsynced.to_le_bytes());
    // Cannot cut anything: `encoded_len` has refused longer topics.
    header[36..38].copy_from_slice(&(record.topic.len() as u16).to_le_bytes());
    header[38] = record.kind;
    buffer.reserve(len as usize);
    buffer.extend_from_slice(&header);
    buffer.extend_from_slice(record.topic);
    buffer.extend_from_slice(record.payload);
    let crc = crc32c::crc32c(&buffer[begin + 4..]);
    buffer[begin..begin + 4].copy_from_slice(&crc.to_le_bytes());
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A whole record of this length.
    Whole(usize),
    /// The beginning of a record; it needs at least this many bytes.
    Incomplete(usize),
    /// No record, or not the expected one.
    Bad(Fault),
}

/// Checks the record at the beginning of `bytes`.
#[inline]
pub(crate) fn check(bytes: &[u8], expected: u64) -> Found {
    if bytes.len() < 8 {
        return Found::Incomplete(RECORD_HEADER);
    }
    let stated = u32_at(bytes, 4);
    let len = stated as usize;
    if !(RECORD_HEADER..=MAX_RECORD).contains(&len) {
        return Found::Bad(Fault::Length(stated));
    }
    let Some(bytes) = bytes.get(..len) else { return Found::Incomplete(len) };
    if crc32c::crc32c(&bytes[4..]) != u32_at(bytes, 0) {
        return Found::Bad(Fault::Checksum);
    }
    let found = u64_at(bytes, 8);
    if found != expected {
        return Found::Bad(Fault::OutOfPlace { found });
    }
    if RECORD_HEADER + topic_len(bytes) > len {
        return Found::Bad(Fault::Length(stated));
    }
    Found::Whole(len)
}

/// The record in `bytes`, which [`check`] has called whole.
#[inline]
pub(crate) fn view(bytes: &[u8]) -> Record<'_> {
    let (topic, payload) = bytes[RECORD_HEADER..].split_at(topic_len(bytes));
    Record {
        offset: u64_at(bytes, 8),
        kind: bytes[38],
        rx_ms: u64_at(bytes, 16).cast_signed(),
        at_ms: u64_at(bytes, 24).cast_signed(),
        topic,
        payload,
    }
}

/// The newest record that was durable when the record in `bytes`, which [`check`] has called whole,
/// was appended.
#[inline]
pub(crate) fn durable_before(bytes: &[u8]) -> u64 {
    u64_at(bytes, 8).saturating_sub(u64::from(u32_at(bytes, 32)))
}

/// Whether `bytes` are the whole record `offset` and nothing else.
pub(crate) fn is_last(bytes: &[u8], offset: u64) -> bool {
    bytes.len() >= RECORD_HEADER
        && u32_at(bytes, 4) as usize == bytes.len()
        && check(bytes, offset) == Found::Whole(bytes.len())
}

/// Whole records that stand somewhere after a broken one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Survivors {
    /// How many there are.
    pub records: u64,
    /// Whether one of them proves that the broken record had been durable.
    pub proof: bool,
}

/// Looks through `bytes`, which begin with the broken record `broken`, for whole records.
pub(crate) fn survivors(bytes: &[u8], broken: u64) -> Survivors {
    let most = broken.saturating_add((bytes.len() / RECORD_HEADER) as u64);
    let mut found = Survivors::default();
    let mut at = 1;
    while at + RECORD_HEADER <= bytes.len() {
        let rest = &bytes[at..];
        let offset = u64_at(rest, 8);
        at += 1;
        if offset <= broken || offset > most {
            continue;
        }
        if let Found::Whole(len) = check(rest, offset) {
            found.records += 1;
            found.proof |= durable_before(rest) >= broken;
            at += len - 1;
        }
    }
    found
}

fn topic_len(record: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([record[36], record[37]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(offset: u64, unsynced: u32, payload: &[u8]) -> Vec<u8> {
        let record = NewRecord { kind: 7, rx_ms: -1, at_ms: i64::MIN, topic: b"a/b", payload };
        let mut buffer = Vec::new();
        encode(&mut buffer, &record, encoded_len(&record).unwrap(), offset, unsynced);
        buffer
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let bytes = encoded(5, 1, b"xyz");
        assert_eq!(check(&bytes, 5), Found::Whole(46));
        let record = view(&bytes);
        assert_eq!((record.offset, record.kind, record.rx_ms, record.at_ms), (5, 7, -1, i64::MIN));
        assert_eq!((record.topic, record.payload), (&b"a/b"[..], &b"xyz"[..]));
        assert_eq!(check(&bytes, 6), Found::Bad(Fault::OutOfPlace { found: 5 }));
        assert_eq!(check(&bytes[..45], 5), Found::Incomplete(46));
        assert_eq!(check(&[0; 40], 5), Found::Bad(Fault::Length(0)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let topic = vec![b'a'; 65_536];
        assert_eq!(encoded_len(&NewRecord { kind: 0, rx_ms: 0, at_ms: 0, topic: &topic, payload: b"" }), None);
        let payload = vec![0; MAX_PAYLOAD + 1];
        assert_eq!(encoded_len(&NewRecord { kind: 0, rx_ms: 0, at_ms: 0, topic: b"", payload: &payload }), None);
    }

    #[test]
    fn survivors_prove_what_had_been_durable() {
        let broken = [1, 2, 3, 4, 5];
        let torn = [&broken[..], &encoded(9, 2, b"x"), &encoded(10, 3, b"y")].concat();
        assert_eq!(survivors(&torn, 8), Survivors { records: 2, proof: false });
        let damaged = [&broken[..], &encoded(9, 2, b"x"), &encoded(10, 2, b"y")].concat();
        assert_eq!(survivors(&damaged, 8), Survivors { records: 2, proof: true });
        assert_eq!(survivors(&[0; 500], 8), Survivors::default());
    }

    #[test]
    fn a_later_header_is_newer_and_a_broken_one_is_a_fault() {
        let mut header = encode_header(12);
        assert!(matches!(decode_header(&header), Ok(Header::Known { first: 12 })));
        header[8] = 2;
        assert!(matches!(decode_header(&header), Ok(Header::Newer { version: 2 })));
        header[8] = 1;
        header[16] ^= 1;
        assert!(matches!(decode_header(&header), Err(Fault::Header)));
    }
}
