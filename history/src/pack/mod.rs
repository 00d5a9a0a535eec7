//! One part of one day, packed: in columns, so that a question over a year decodes only the parts it
//! needs, and each column in one short loop.
//!
//! ```text
//! version (1) | part (1) | CRC-32C of the rest (4) | length of the names | names | columns
//! ```
//!
//! Packing is a function of the cells alone: equal days, equal bytes. Reading trusts nothing: bytes
//! that are not a pack are an error, never a panic, and never take more memory than a small multiple
//! of their length.

mod bytes;
mod columns;
mod decode;
mod encode;
mod minutes;
mod names;

pub use columns::Columns;
pub use encode::encode;
pub(crate) use minutes::unpacked;
pub use minutes::{decode_minutes, encode_minutes};
pub use names::{decode_places, encode_places};

use domain::event::ZoneKind;

/// The format that is written, and the only one so far.
const VERSION: u8 = 1;

/// What stands where a part's number would, in a pack that is no [`crate::Part`].
const MINUTES: u8 = 100;
/// See [`MINUTES`].
const PLACES: u8 = 101;

/// These bytes are not what was packed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// They end too early, or go on where they should end.
    #[error("its length")]
    Length,
    /// Their checksum does not fit.
    #[error("its checksum")]
    Checksum,
    /// They are of another part, or of a format that is not known.
    #[error("its kind or format")]
    Kind,
    /// A value is none that can stand there.
    #[error("a value in it")]
    Value,
}

/// A zone's kind as a number of a column.
fn zone_kind(kind: ZoneKind) -> i64 {
    match kind {
        ZoneKind::Waiting => 0,
        ZoneKind::Counter => 1,
        ZoneKind::Entrance => 2,
        ZoneKind::Ignore => 3,
    }
}

/// See [`zone_kind`].
const fn zone_kind_of(number: u16) -> Option<ZoneKind> {
    match number {
        0 => Some(ZoneKind::Waiting),
        1 => Some(ZoneKind::Counter),
        2 => Some(ZoneKind::Entrance),
        3 => Some(ZoneKind::Ignore),
        _ => None,
    }
}

/// A number or none in a column: 0 is none.
fn or_none(number: Option<impl Into<i64>>) -> i64 {
    number.map_or(0, |number| number.into().saturating_add(1))
}

/// See [`or_none`].
fn none_or<T: TryFrom<i64>>(number: i64) -> Result<Option<T>, Malformed> {
    if number == 0 {
        return Ok(None);
    }
    T::try_from(number.wrapping_sub(1)).map(Some).map_err(|_| Malformed::Value)
}

/// Begins a pack.
fn begin(kind: u8, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&[VERSION, kind, 0, 0, 0, 0]);
}

/// Ends it.
fn seal(out: &mut [u8]) {
    let crc = crc32c::crc32c(&out[6..]);
    out[2..6].copy_from_slice(&crc.to_le_bytes());
}

/// What is in a pack of this kind.
fn open(kind: u8, pack: &[u8]) -> Result<&[u8], Malformed> {
    let (head, body) = pack.split_first_chunk::<6>().ok_or(Malformed::Length)?;
    if head[..2] != [VERSION, kind] {
        return Err(Malformed::Kind);
    }
    let stated = u32::from_le_bytes([head[2], head[3], head[4], head[5]]);
    if crc32c::crc32c(body) == stated { Ok(body) } else { Err(Malformed::Checksum) }
}
