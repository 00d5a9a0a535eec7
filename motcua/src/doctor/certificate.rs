//! Until when a certificate is good: the one field of it that is read here.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// When the first certificate of a PEM file stops being good, in Unix milliseconds.
///
/// # Errors
/// Why it cannot be read.
pub fn expires_ms(file: &Path) -> Result<i64, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let der = first_certificate(&text).ok_or("holds no certificate")?;
    not_after(&der).ok_or_else(|| "is not a certificate".to_owned())
}

fn first_certificate(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Certificate → to-be-signed part → after version, serial, algorithm, issuer: validity → its end.
fn not_after(der: &[u8]) -> Option<i64> {
    let (SEQUENCE, certificate, _) = element(der)? else { return None };
    let (SEQUENCE, mut part, _) = element(certificate)? else { return None };
    if let (VERSION, _, rest) = element(part)? {
        part = rest;
    }
    for _serial_algorithm_issuer in 0..3 {
        part = element(part)?.2;
    }
    let (SEQUENCE, validity, _) = element(part)? else { return None };
    let (_, _, rest) = element(validity)?;
    let (kind, time, _) = element(rest)?;
    instant(kind, std::str::from_utf8(time).ok()?)
}

/// Tag, content and what follows of the element at the beginning.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (len, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (len.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((*tag, content, rest))
}

/// `YYMMDDHHMMSSZ`, or with four digits of the year.
fn instant(kind: u8, text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = match kind {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2_000 + year } else { 1_900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let date = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Self-signed, for `motcua.test`; its key was thrown away. `openssl x509 -enddate` says
    /// Nov 20 16:25:51 2036 GMT.
    const PEM: &str = include_str!("../../tests/files/certificate.pem");

    #[test]
    fn the_end_is_read_and_nonsense_refused() {
        let der = first_certificate(PEM).unwrap();
        let end: jiff::Timestamp = "2036-11-20T16:25:51Z".parse().unwrap();
        assert_eq!(not_after(&der), Some(end.as_millisecond()));
        for cut in 0..der.len() {
            // Whatever it says, it does not panic.
            let _ = not_after(&der[..cut]);
        }
        assert_eq!(not_after(&der[..20]), None);
        assert_eq!(first_certificate("-----BEGIN PRIVATE KEY-----"), None);
        assert_eq!(instant(GENERALIZED_TIME, "20500101000000Z"), Some(2_524_608_000_000));
    }
}
