//! Time as data: instants and durations in whole milliseconds. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC with exactly
/// three decimals (contract section 2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

/// The range that RFC 3339 can write: years 0000 to 9999.
const MIN_MS: i64 = -62_167_219_200_000;
const MAX_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The earliest instant that RFC 3339 can write.
    pub const MIN: Self = Self(MIN_MS);
    /// The latest instant that RFC 3339 can write.
    pub const MAX: Self = Self(MAX_MS);

    /// From Unix milliseconds, held to what RFC 3339 can write.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(if ms < MIN_MS {
            MIN_MS
        } else if ms > MAX_MS {
            MAX_MS
        } else {
            ms
        })
    }

    /// Unix milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms` (either way), held to the writable range.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self::from_ms(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Parses RFC 3339 with an offset. More than three decimals are cut, not rounded: an event is
    /// never moved into the future.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_rfc3339(text.as_bytes()).map(Self)
    }
}

/// Two ASCII digits at `at`.
fn two(text: &[u8], at: usize) -> Option<i64> {
    let digit = |b: u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
    Some(digit(*text.get(at)?)? * 10 + digit(*text.get(at + 1)?)?)
}

/// Hand-written because every event carries one: about 20 ns against 150 ns for a general parser.
fn parse_rfc3339(t: &[u8]) -> Option<i64> {
    let year = two(t, 0)? * 100 + two(t, 2)?;
    let (month, day) = (two(t, 5)?, two(t, 8)?);
    let (hour, minute, second) = (two(t, 11)?, two(t, 14)?, two(t, 17)?);
    let marks = t[4] == b'-' && t[7] == b'-' && matches!(t[10], b'T' | b't' | b' ') && t[13] == b':' && t[16] == b':';
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !marks || !(1..=month_days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &t[19..];
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..3 {
            let digit = fraction[..digits].get(place).map_or(0, |b| i64::from(b - b'0'));
            millis = millis * 10 + digit;
        }
        rest = &fraction[digits..];
    }
    let offset_min = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), ..] if rest.len() == 6 && rest[3] == b':' => {
            let (hours, minutes) = (two(rest, 1)?, two(rest, 4)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    // A leap second is counted as the last instant of its minute: clocks here do not have one.
    let (second, millis) = if second == 60 { (59, 999) } else { (second, millis) };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + (minute - offset_min) * 60 + second;
    let ms = seconds * 1_000 + millis;
    (MIN_MS..=MAX_MS).contains(&ms).then_some(ms)
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]; same source.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(TextBuf::new(*self).as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `2026-11-23T01:02:03.004Z`, without going through the formatter.
struct TextBuf([u8; 24]);

impl TextBuf {
    fn new(at: Timestamp) -> Self {
        let (year, month, day) = civil_from_days(at.0.div_euclid(86_400_000));
        let of_day = at.0.rem_euclid(86_400_000);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |place: usize, width: usize, mut value: i64| {
            for at in (place..place + width).rev() {
                text[at] = b'0' + (value % 10) as u8;
                value /= 10;
            }
        };
        put(0, 4, year);
        put(5, 2, month);
        put(8, 2, day);
        put(11, 2, of_day / 3_600_000);
        put(14, 2, of_day / 60_000 % 60);
        put(17, 2, of_day / 1_000 % 60);
        put(20, 3, of_day % 1_000);
        Self(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// RFC 3339 in texts; Unix milliseconds in binary formats, where nobody reads it.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(TextBuf::new(*self).as_str())
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rfc3339;
        impl serde::de::Visitor<'_> for Rfc3339 {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time with an offset")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).ok_or_else(|| E::custom("not an RFC 3339 time with an offset"))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Rfc3339)
        } else {
            i64::deserialize(deserializer).map(Self::from_ms)
        }
    }
}

/// A duration kept in whole milliseconds and written in seconds with up to three decimals
/// (contract section 5): 640500 ms is `640.5`, 600000 ms is `600`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seconds(i64);

impl Seconds {
    /// From milliseconds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1_000 == 0 {
            serializer.serialize_i64(self.0 / 1_000)
        } else {
            serializer.serialize_f64(self.0 as f64 / 1_000.0)
        }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Ok(Self((seconds * 1_000.0).round() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_offsets_and_cuts_decimals() {
        let at = Timestamp::parse("2026-11-23T08:02:03.0049+07:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T01:02:03.004Z");
        assert_eq!(Timestamp::parse("2026-11-23T01:02:03Z").unwrap().since(at), -4);
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00Z").unwrap().ms(), 0);
        assert_eq!(Timestamp::parse("2100-02-28T23:59:59Z").unwrap().ms(), 4_107_542_399_000);
        for bad in [
            "",
            "2026-11-23",
            "2026-11-23T01:02:03",
            "2026-02-29T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T01:02:03.Z",
            "2026-11-23T01:02:03+0700",
            "2026-11-23T01:02:03Z ",
            "đ026-11-23T01:02:03Z",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn seconds_have_up_to_three_decimals() {
        let text = |ms| serde_json::to_string(&Seconds::from_ms(ms)).unwrap();
        assert_eq!([text(640_500), text(600_000), text(1), text(-250)], ["640.5", "600", "0.001", "-0.25"]);
        assert_eq!(serde_json::from_str::<Seconds>("1209.999").unwrap().ms(), 1_209_999);
    }

    proptest! {
        #[test]
        fn text_and_instant_are_one(ms in MIN_MS..=MAX_MS) {
            let at = Timestamp::from_ms(ms);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
