//! Identifiers: parsed once, copied freely, never validated again.
//!
//! Every id of the contract is `[a-z0-9-]{1,32}`; a value of one of these types is proof of that.
//! They are inline and `Copy`: an event carries several, and none of them allocates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest id of the contract, in bytes.
pub const MAX_ID_LEN: usize = 32;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {text:?} does not fit {pattern}")]
pub struct IdError {
    kind: &'static str,
    text: String,
    pattern: &'static str,
}

impl IdError {
    fn new(kind: &'static str, text: &str, pattern: &'static str) -> Self {
        Self { kind, text: text.chars().take(64).collect(), pattern }
    }
}

/// Up to `N` bytes of ASCII kept inline.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Inline<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Inline<N> {
    /// `None` when `text` does not fit.
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: u8::try_from(text.len()).ok()? })
    }

    fn as_str(&self) -> &str {
        // Only ever built from a whole `&str`, so this cannot fail; an empty text is the honest
        // answer should that ever change.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:expr, $pattern:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Inline<$max>);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// When the text does not fit the pattern of the contract.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let valid: fn(&[u8]) -> bool = $valid;
                Inline::new(text)
                    .filter(|_| valid(text.as_bytes()))
                    .map(Self)
                    .ok_or_else(|| IdError::new($kind, text, $pattern))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("a ", $kind, " fitting ", $pattern))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

fn is_id(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

fn is_ticket_number(text: &[u8]) -> bool {
    let inner = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'-';
    text.first().is_some_and(|b| *b != b'-') && text.iter().all(inner)
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_graphic)
}

macro_rules! plain_ids {
    ($($(#[$doc:meta])* $name:ident $kind:literal;)*) => {
        $(text_id!($(#[$doc])* $name, $kind, 32, "[a-z0-9-]{1,32}", is_id);)*
    };
}

plain_ids! {
    /// A centre (Trung tâm). Part of every topic and every page's address.
    SiteId "site id";
    /// A service (thủ tục / dịch vụ) that has a queue of its own.
    ServiceId "service id";
    /// A field (lĩnh vực): a group of services of one department.
    FieldId "field id";
    /// A department (sở, phòng, ban) that sends officers to the centre.
    DepartmentId "department id";
    /// A counter (quầy).
    CounterId "counter id";
    /// A word that a device says of itself, such as `muted`: shown with its row as a flag.
    FlagWord "flag";
    /// An officer (cán bộ). A code; the name stands in the site's file only.
    OfficerId "officer id";
    /// A camera.
    CameraId "camera id";
    /// A zone in a camera's picture. Unique together with its camera.
    ZoneId "zone id";
    /// A device: unique together with its site and kind.
    DeviceId "device id";
}

text_id!(
    /// The number that the citizen reads, for example `A012`. Unique for a site and business day.
    TicketNumber, "ticket number", 12, "[A-Z0-9][A-Z0-9-]{0,11}", is_ticket_number
);
text_id!(
    /// One run of a device, chosen by the device at start; `seq` counts within it.
    BootId, "boot id", 64, "1 to 64 printable ASCII characters", is_token
);
text_id!(
    /// Joins a `camera.motion_started` with its `camera.motion_ended`.
    MotionId, "motion id", 64, "1 to 64 printable ASCII characters", is_token
);

/// Site ids that would hide a page of the dashboard (contract section 1).
pub const RESERVED_SITE_IDS: [&str; 6] = ["api", "assets", "healthz", "login", "metrics", "readyz"];

impl SiteId {
    /// Whether this id is a word that the dashboard needs for itself.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED_SITE_IDS.contains(&self.as_str())
    }
}

/// An event's id: a UUID or a ULID, unique for ever (contract section 2). Both are 128 bits; the
/// same bits written in another style are the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId(pub u128);

impl EventId {
    /// Parses a UUID (hyphenated or 32 hex digits, any case) or a ULID (26 Crockford digits).
    ///
    /// # Errors
    /// When the text is neither.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let parsed = match text.len() {
            36 => parse_uuid(text.as_bytes()),
            32 => parse_hex(text.as_bytes()),
            26 => parse_ulid(text.as_bytes()),
            _ => None,
        };
        parsed.map(Self).ok_or_else(|| IdError::new("event id", text, "a UUID or a ULID"))
    }
}

fn parse_hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |value, digit| Some(value << 4 | u128::from(char::from(*digit).to_digit(16)?)))
}

fn parse_uuid(text: &[u8]) -> Option<u128> {
    let mut value = 0_u128;
    for (place, byte) in text.iter().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
        } else {
            value = value << 4 | u128::from(char::from(*byte).to_digit(16)?);
        }
    }
    Some(value)
}

/// <https://github.com/ulid/spec>: Crockford's base 32, at most 2^128 − 1.
fn parse_ulid(text: &[u8]) -> Option<u128> {
    if !(b'0'..=b'7').contains(text.first()?) {
        return None;
    }
    text.iter().try_fold(0_u128, |value, byte| {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let digit = DIGITS.iter().position(|d| *d == byte.to_ascii_uppercase())?;
        Some(value << 5 | digit as u128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_to_the_pattern() {
        assert_eq!(SiteId::new("tam-ky").unwrap().as_str(), "tam-ky");
        for bad in ["", "Tam-Ky", "tam_ky", "tam/ky", "đất", &"a".repeat(33)] {
            assert!(SiteId::new(bad).is_err(), "{bad}");
        }
        assert!(SiteId::new(&"a".repeat(32)).is_ok());
    }

    #[test]
    fn ticket_numbers_start_with_a_letter_or_digit() {
        for good in ["A012", "7", "A-1", "00001", "ABCDEFGHIJKL"] {
            assert!(TicketNumber::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-A1", "a012", "A 12", "ABCDEFGHIJKLM"] {
            assert!(TicketNumber::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_bits_are_the_same_event_id() {
        let hyphenated = EventId::new("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").unwrap();
        assert_eq!(hyphenated, EventId::new("0190A1B2C3D47E5F8A9B0C1D2E3F4A5B").unwrap());
        assert_eq!(EventId::new("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap().0 >> 80, 0x0156_3e3a_b5d3);
        for bad in ["", "1", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g", "81ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            assert!(EventId::new(bad).is_err(), "{bad}");
        }
    }
}
