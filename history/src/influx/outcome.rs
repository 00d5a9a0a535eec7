//! What the answer to a write means for the lines that were sent.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

/// The longest that a server may ask us to wait: a wrong clock there must not stop us for a day.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);
/// So much of an answer is shown to people.
const SHOWN: usize = 300;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored.
    Accepted,
    /// A line of these cannot be read, and (of InfluxDB 2) nothing was stored. What the server said.
    BadLines(String),
    /// All but `dropped` lines are stored; these never will be.
    Partial {
        /// As many, where that was told.
        dropped: Option<u64>,
        /// What the server said of the first.
        message: String,
    },
    /// Too many at once.
    TooLarge,
    /// Nobody's line's fault, and it stays so until somebody mends it.
    Refused {
        /// What is wrong.
        why: String,
        /// It lacks the bucket, the organization or the whole path.
        not_found: bool,
    },
    /// The server failed: usually it is in trouble, sometimes it cannot digest what it was sent.
    Failed(String),
    /// It passes by itself.
    Busy {
        /// What is wrong.
        why: String,
        /// For so long the server wants to be left alone.
        after: Option<Duration>,
    },
}

/// An answer, as far as it matters.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// Its body, perhaps cut.
    pub body: &'a str,
}

/// The JSON of InfluxDB's errors: `message` of 2.x, `error` of 1.x.
#[derive(Deserialize)]
struct Told {
    code: Option<String>,
    message: Option<String>,
    error: Option<String>,
}

impl Outcome {
    /// Reads an answer to a write. `now` is what a date in `Retry-After` is measured from.
    #[must_use]
    pub fn of(answer: Answer<'_>, now: SystemTime) -> Self {
        let told: Option<Told> = serde_json::from_str(answer.body).ok();
        // A proxy answers 400 and 422 for reasons of its own: only InfluxDB can judge a line.
        let said = told.and_then(|told| told.message.filter(|_| told.code.is_some()).or(told.error));
        let why = || shown(answer.status, said.as_deref().unwrap_or(answer.body));
        match (answer.status, &said) {
            (204, _) => Self::Accepted,
            (400, Some(message)) => Self::BadLines(message.clone()),
            (413, _) => Self::TooLarge,
            (422, Some(message)) => Self::Partial { dropped: dropped(message), message: message.clone() },
            (500, _) => Self::Failed(why()),
            (408 | 425 | 429 | 499 | 501.., _) => Self::Busy { why: why(), after: after(answer.retry_after, now) },
            (status, _) => Self::Refused { why: why(), not_found: status == 404 },
        }
    }
}

/// `HTTP 503: what was said`, cut, on one line.
fn shown(status: u16, text: &str) -> String {
    let text: String = text.trim_start().chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let page = text.starts_with('<');
    match text.trim_end() {
        "" => format!("HTTP {status}"),
        _ if page => format!("HTTP {status} with a page: a proxy answers instead of InfluxDB"),
        text => format!("HTTP {status}: {text}"),
    }
}

/// `dropped=3` of a partial write.
fn dropped(message: &str) -> Option<u64> {
    let rest = message.rsplit_once("dropped=")?.1;
    rest[..rest.bytes().take_while(u8::is_ascii_digit).count()].parse().ok()
}

/// Seconds or an HTTP date.
fn after(header: Option<&str>, now: SystemTime) -> Option<Duration> {
    let text = header?.trim();
    let wanted = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wanted.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn of(status: u16, retry_after: Option<&str>, body: &str) -> Outcome {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        Outcome::of(Answer { status, retry_after, body }, now)
    }

    #[test]
    fn statuses_mean_what_the_table_says() {
        let invalid = r#"{"code":"invalid","message":"unable to parse 'x': missing fields"}"#;
        assert_eq!(of(204, None, ""), Outcome::Accepted);
        assert_eq!(of(400, None, invalid), Outcome::BadLines("unable to parse 'x': missing fields".into()));
        let old = of(400, None, r#"{"error":"partial write: unable to parse 'x': missing fields dropped=0"}"#);
        assert!(matches!(old, Outcome::BadLines(message) if message.contains("'x'")));
        let partial = r#"{"code":"unprocessable entity","message":"partial write: points dropped=12 for database: b"}"#;
        assert!(matches!(of(422, None, partial), Outcome::Partial { dropped: Some(12), .. }));
        assert_eq!(of(413, None, "<html>"), Outcome::TooLarge);
        assert!(matches!(of(500, None, ""), Outcome::Failed(why) if why == "HTTP 500"));
        assert!(matches!(of(404, None, ""), Outcome::Refused { not_found: true, .. }));
        for status in [408, 429, 502, 503, 504, 507] {
            assert!(matches!(of(status, None, ""), Outcome::Busy { after: None, .. }), "{status}");
        }
        for status in [200, 201, 202, 301, 302, 401, 403, 405] {
            assert!(matches!(of(status, None, ""), Outcome::Refused { not_found: false, .. }), "{status}");
        }
    }

    #[test]
    fn only_influxdb_judges_lines() {
        for status in [400, 422] {
            for body in ["", "<html>The plain HTTP request was sent to HTTPS port", r#"{"message":"no code"}"#, "[]"] {
                assert!(matches!(of(status, None, body), Outcome::Refused { .. }), "{status} {body}");
            }
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_has_a_bound() {
        let wait = |header| match of(503, Some(header), "") {
            Outcome::Busy { after, .. } => after.map(|wait| wait.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("2"), Some(2));
        assert_eq!(wait(" 86400 "), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(wait("Sat, 06 Nov 2094 08:00:00 GMT"), Some(120));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-1"), None);
    }

    #[test]
    fn a_page_is_not_repeated_to_people() {
        assert!(matches!(of(502, None, "\n<html>..."), Outcome::Busy { why, .. } if why.contains("a proxy")));
        assert!(matches!(of(500, None, &"é\n".repeat(999)), Outcome::Failed(why) if why.chars().count() < 320));
    }
}
