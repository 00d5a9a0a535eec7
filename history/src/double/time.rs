//! Instants as the server reads them: RFC 3339, UTC, up to nine digits after the second.

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // A year that begins in March has its leap day at the end.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// Nanoseconds since 1970-01-01; `None`: it is no instant.
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shape = bytes.len() >= 20 && text.is_ascii() && [4, 7].iter().all(|at| bytes[*at] == b'-');
    if !shape || bytes[10] != b'T' || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let part = |from: usize, to: usize| {
        let text = &text[from..to];
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = &text[19..];
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = match digits {
        0 => (0, rest),
        1..=9 => {
            (rest[1..=digits].parse::<i64>().ok()? * 10_i64.pow(9 - u32::try_from(digits).ok()?), &rest[1 + digits..])
        }
        _ => return None,
    };
    let offset = match zone.as_bytes() {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let at = text.len() - 5;
            let seconds = part(at, at + 2)? * 3_600 + part(at + 3, at + 5)? * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    i64::try_from(i128::from(seconds) * 1_000_000_000 + i128::from(fraction)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read() {
        for (text, ns) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-03-02T01:00:00Z", 1_772_413_200_000_000_000),
            ("2024-02-29T23:59:59.000000001Z", 1_709_251_199_000_000_001),
            ("1969-12-31T23:59:59.5Z", -500_000_000),
        ] {
            assert_eq!(parse(text), Some(ns), "{text}");
        }
        assert_eq!(parse("2026-03-02T08:00:00+07:00"), parse("2026-03-02T01:00:00Z"));
        for bad in ["", "2026-03-02", "2026-13-02T01:00:00Z", "2026-03-02T01:00:00", "2026-03-02T01:00:00.1234567890Z"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
