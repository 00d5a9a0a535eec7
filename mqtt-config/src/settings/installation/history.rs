//! Where history is kept besides the embedded store, and for how long.

use std::io;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layers::Layers;
use crate::settings::reader::Value;
use crate::settings::secret::Secret;

/// A hundred years; 0 is for ever.
const DAYS: RangeInclusive<i64> = 0..=36_500;
const TIMEOUT_S: RangeInclusive<i64> = 1..=300;
const TIMEOUT: u32 = 10;
const PREFIX: &str = "motcua";
const MAX_PREFIX: usize = 32;

/// The settings of history. A span of `None` is for ever, 0 in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// What questions are read from: `history_store`, default `"embedded"`. The embedded store is
    /// written in either case.
    pub store: HistoryStore,
    /// Single visits: `history_visit_days`, default 760.
    pub visit_days: Option<u32>,
    /// Single ratings, with the officer: `history_rating_days`, default 395.
    pub rating_days: Option<u32>,
    /// Minute rows: `history_minute_days`, default 90.
    pub minute_days: Option<u32>,
    /// Figures by the hour: `history_hour_days`, default 3650.
    pub hour_days: Option<u32>,
}

/// Where history is read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryStore {
    /// The file in the data directory.
    Embedded,
    /// An InfluxDB 2, which the collector keeps in step.
    Influx(InfluxSettings),
}

/// How InfluxDB 2 is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfluxSettings {
    /// `http://` or `https://`, host, perhaps a port and a path; no slash at its end, no
    /// credentials: `history_influxdb_url`.
    pub url: String,
    /// Its organization: `history_influxdb_org`.
    pub org: String,
    /// The file that holds the API token: `history_influxdb_token_file`.
    pub token_file: PathBuf,
    /// What the names of the buckets begin with: `history_influxdb_bucket_prefix`, default `motcua`.
    pub bucket_prefix: String,
    /// Longest time for one request, seconds: `history_influxdb_timeout_s`, default 10.
    pub timeout_s: u32,
}

impl InfluxSettings {
    /// The API token, as the file has it now.
    ///
    /// # Errors
    /// When the file cannot be read or is empty.
    pub fn token(&self) -> io::Result<Secret> {
        Secret::from_file(&self.token_file)
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            store: HistoryStore::Embedded,
            visit_days: Some(760),
            rating_days: Some(395),
            minute_days: Some(90),
            hour_days: Some(3_650),
        }
    }
}

/// Where the embedded store lies in a data directory.
#[must_use]
pub fn history_file(data_dir: &Path) -> PathBuf {
    data_dir.join("history").join("history.sqlite")
}

/// The word of `history_store`.
#[derive(Clone, Copy)]
enum Word {
    Embedded,
    Influx,
}

/// `history_*` of file and variables; `None` when something is wrong.
pub(super) fn history(layers: &mut Layers<'_>) -> Option<History> {
    let usual = History::default();
    let word = layers.get("history_store");
    let place = word.as_ref().map(|value| value.at.clone());
    let word = word.map_or(Some(Word::Embedded), |value| {
        value.one_of(&[("embedded", Word::Embedded), ("influxdb", Word::Influx)])
    });
    let visit_days = days(layers, "history_visit_days", usual.visit_days);
    let rating_days = days(layers, "history_rating_days", usual.rating_days);
    let minute_days = days(layers, "history_minute_days", usual.minute_days);
    let hour_days = days(layers, "history_hour_days", usual.hour_days);
    // Asked for in either case: a slip in a key that is not used yet is a slip all the same.
    let influx = influx(layers);
    let store = match word? {
        Word::Embedded => HistoryStore::Embedded,
        Word::Influx => {
            for key in influx.missing() {
                // The default is embedded, so this word has a place.
                place.as_ref()?.mistake(format!("`\"influxdb\"` needs `{key}`"));
            }
            HistoryStore::Influx(influx.settings()?)
        }
    };
    Some(History {
        store,
        visit_days: visit_days?,
        rating_days: rating_days?,
        minute_days: minute_days?,
        hour_days: hour_days?,
    })
}

/// What was said of InfluxDB. Outside `None`: nothing was said; inside: something wrong.
struct Said {
    url: Option<Option<String>>,
    org: Option<Option<String>>,
    token_file: Option<Option<PathBuf>>,
    bucket_prefix: Option<String>,
    timeout_s: Option<u32>,
}

impl Said {
    /// The needed keys that were not given.
    fn missing(&self) -> impl Iterator<Item = &'static str> {
        [
            ("history_influxdb_url", self.url.is_none()),
            ("history_influxdb_org", self.org.is_none()),
            ("history_influxdb_token_file", self.token_file.is_none()),
        ]
        .into_iter()
        .filter_map(|(key, missing)| missing.then_some(key))
    }

    fn settings(self) -> Option<InfluxSettings> {
        Some(InfluxSettings {
            url: self.url.flatten()?,
            org: self.org.flatten()?,
            token_file: self.token_file.flatten()?,
            bucket_prefix: self.bucket_prefix?,
            timeout_s: self.timeout_s?,
        })
    }
}

fn influx(layers: &mut Layers<'_>) -> Said {
    let trusted = layers.or_default("history_influxdb_trusted_network", false, Value::flag);
    Said {
        url: layers.get("history_influxdb_url").map(|value| url(&value, trusted.unwrap_or(true))),
        org: layers.get("history_influxdb_org").map(|value| value.text().map(str::to_owned)),
        token_file: layers.get("history_influxdb_token_file").map(|value| token_file(layers, &value)),
        bucket_prefix: layers.or_default("history_influxdb_bucket_prefix", PREFIX.to_owned(), prefix),
        timeout_s: layers.number("history_influxdb_timeout_s", TIMEOUT, TIMEOUT_S),
    }
}

fn days(layers: &mut Layers<'_>, key: &'static str, usual: Option<u32>) -> Option<Option<u32>> {
    let days: u32 = layers.number(key, usual.unwrap_or(0), DAYS)?;
    Some((days > 0).then_some(days))
}

/// A file that holds a token. Its text is read anew by who needs it.
fn token_file<'r>(layers: &Layers<'r>, value: &Value<'r>) -> Option<PathBuf> {
    let path = layers.path(value)?;
    let told = Secret::from_file(&path);
    if let Err(error) = &told {
        value.at.mistake(format!("no token in {}: {error}", path.display()));
    }
    told.is_ok().then_some(path)
}

fn prefix(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    // Names that begin with `_` are InfluxDB's own.
    let good = text.len() <= MAX_PREFIX && text.bytes().all(plain) && !text.starts_with('_');
    if !good {
        value.at.mistake(format!("`{text}` is not 1 to {MAX_PREFIX} of a-z, 0-9, - and _, the first no _"));
    }
    good.then(|| text.to_owned())
}

/// The address without a slash at its end. The token goes with every request, so that beyond this
/// machine it is enciphered, or the network is said to be trusted.
fn url(value: &Value<'_>, trusted: bool) -> Option<String> {
    let text = value.text()?;
    let Some((plain, host)) = taken_apart(text) else {
        value.at.mistake(format!(
            "`{text}` is no address of InfluxDB; write it as \"https://influxdb.example.vn:8086\", without user and token"
        ));
        return None;
    };
    if plain && !trusted && !is_loopback(host) {
        value.at.mistake(format!(
            "the token would cross the network to {host} in the clear: use https, or `history_influxdb_trusted_network = true`"
        ));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// Whether it is plain HTTP, and the host.
fn taken_apart(text: &str) -> Option<(bool, &str)> {
    let (plain, rest) = text
        .strip_prefix("http://")
        .map(|rest| (true, rest))
        .or(text.strip_prefix("https://").map(|rest| (false, rest)))?;
    let odd = |letter: char| !letter.is_ascii_graphic() || "?#@\\\"<>{}|^`".contains(letter);
    if rest.contains(odd) {
        return None;
    }
    let authority = rest.split('/').next().unwrap_or(rest);
    let (host, port) = match authority.strip_prefix('[') {
        Some(six) => {
            let (host, after) = six.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let named = !host.is_empty()
        && (authority.starts_with('[')
            || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)));
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    (named && numbered).then_some((plain, host))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        assert_eq!(taken_apart("http://127.0.0.1:8086"), Some((true, "127.0.0.1")));
        assert_eq!(taken_apart("https://db.example.vn/influx/"), Some((false, "db.example.vn")));
        assert_eq!(taken_apart("http://[::1]:8086/"), Some((true, "::1")));
        for wrong in [
            "influxdb:8086",
            "ftp://x",
            "http://",
            "http://:8086",
            "http://a b",
            "http://u:p@host",
            "http://x:0",
            "http://x:65536",
            "http://x:80:80",
            "http://[::1",
            "http://[::1]8086",
            "http://x/?org=y",
            "http://bảng",
        ] {
            assert_eq!(taken_apart(wrong), None, "{wrong}");
        }
        assert!(is_loopback("LocalHost") && is_loopback("127.1.2.3") && is_loopback("::1"));
        assert!(!is_loopback("influxdb") && !is_loopback("localhost.example.vn"));
    }
}
