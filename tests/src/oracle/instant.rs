//! Instants as the recordings write them: RFC 3339 with the office's own offset.

use std::fmt;

const DAY_MS: i64 = 86_400_000;

/// An instant, and the offset of the office's clock from UTC at that instant. Both in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub ms: i64,
    /// Local time minus UTC.
    pub offset_ms: i64,
}

impl Instant {
    /// Reads `2020-01-14T16:02:24+01:00` (decimals of a second may follow; `Z` is `+00:00`).
    /// `None` when the text is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
        let seconds = (number(11, 13)? * 60 + number(14, 16)?) * 60 + number(17, 19)?;
        let rest = text.get(19..)?;
        let zone_at = rest.find(['+', '-', 'Z'])?;
        let millis = match &rest[..zone_at] {
            "" => 0,
            decimals => format!("{:0<3}", decimals.strip_prefix('.')?).get(..3)?.parse::<i64>().ok()?,
        };
        let offset_ms = offset_ms(&rest[zone_at..])?;
        let days = days_from_civil(number(0, 4)?, number(5, 7)?, number(8, 10)?);
        Some(Self { ms: days * DAY_MS + seconds * 1_000 + millis - offset_ms, offset_ms })
    }

    /// This moment, in UTC.
    #[must_use]
    pub fn now() -> Self {
        // A clock before 1970 shows as 1970.
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self { ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), offset_ms: 0 }
    }

    /// The office's calendar day: days since 1970-01-01 on its own clock.
    #[must_use]
    pub const fn day(self) -> i64 {
        (self.ms + self.offset_ms).div_euclid(DAY_MS)
    }

    /// The same office's clock, so many milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self { ms: self.ms + ms, ..self }
    }
}

/// UTC with milliseconds: the contract's way of writing.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.ms.div_euclid(DAY_MS));
        let of_day = self.ms.rem_euclid(DAY_MS);
        let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (second, millis) = (of_day / 1_000 % 60, of_day % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// A calendar day as the board writes it, from days since 1970-01-01.
pub(super) fn day_text(day: i64) -> String {
    let (year, month, day) = civil_from_days(day);
    format!("{year:04}-{month:02}-{day:02}")
}

fn offset_ms(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60_000)
}

/// Days since 1970-01-01, counted one by one over years and months: plain, and fast enough here.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 =
        if year >= 1970 { (1970..year).map(year_days).sum() } else { -(year..1970).map(year_days).sum::<i64>() };
    years + (1..month).map(|m| month_days(year, m)).sum::<i64>() + day - 1
}

fn civil_from_days(mut days: i64) -> (i64, i64, i64) {
    let (mut year, mut month) = (1970, 1);
    while days < 0 {
        year -= 1;
        days += year_days(year);
    }
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

const fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

const fn year_days(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        let at = Instant::parse("2020-01-14T16:02:24+01:00").unwrap();
        assert_eq!(at.ms, 1_579_014_144_000);
        assert_eq!(at.to_string(), "2020-01-14T15:02:24.000Z");
        assert_eq!(Instant::parse("1999-02-28T22:00:00.5-02:00").unwrap().to_string(), "1999-03-01T00:00:00.500Z");
        assert_eq!(Instant::parse("2000-02-29T12:00:00Z").unwrap().ms, 951_825_600_000);
        assert_eq!(Instant::parse("1969-12-31T23:59:59.999Z").unwrap().ms, -1);
        assert_eq!(Instant { ms: -1, offset_ms: 0 }.to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Instant::parse("2020-01-14 16:02"), None);
    }

    #[test]
    fn the_day_is_the_offices_own() {
        let late = Instant::parse("1999-02-01T23:59:59+02:00").unwrap();
        assert_eq!(late.plus_ms(1_000).day(), late.day() + 1);
        assert_eq!(day_text(late.day()), "1999-02-01");
        assert_eq!(day_text(late.plus_ms(1_000).day()), "1999-02-02");
    }
}
