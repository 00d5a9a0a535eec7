//! What the collector's journal records mean. The journal itself knows only bytes.

use domain::config::{BusinessDay, SiteConfig};
use domain::dedupe::Span;
use domain::event::{DeadLetterReason, DeviceKind};
use domain::{BootId, DeviceId, SiteId, Timestamp};
use journal::{NewRecord, Record};
use serde::{Deserialize, Serialize};

/// A record's kind, as it stands in the journal. Numbers are never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// An accepted event: MQTT topic and payload as they came.
    Event = 1,
    /// Something that could not be used: topic, and [`DeadLetterHead`] before the payload's first 4 KiB.
    DeadLetter = 2,
    /// A site's configuration from here on: site id, JSON of `SiteConfig`.
    Config = 3,
    /// A business day of a site begins: site id, JSON of [`DayRecord`].
    Day = 4,
    /// The collector has started: JSON of [`StartRecord`].
    Start = 5,
    /// Events of a device were given up: site id, JSON of [`GapRecord`].
    Gap = 6,
    /// A dead letter was run again: its topic, and [`AgainHead`] before its payload.
    Again = 7,
    /// An event came again under another boot or `seq`: site id, JSON of [`PlaceRecord`].
    Renumbered = 8,
    /// What was learned of waits, for all sites from here on: postcard of `domain::estimate::model::Model`.
    Model = 9,
    /// The collector listened to the broker, for all sites: JSON of [`ListenedRecord`].
    Listened = 10,
}

impl Kind {
    /// The kind of a code; `None` for one of a later version.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Event,
            2 => Self::DeadLetter,
            3 => Self::Config,
            4 => Self::Day,
            5 => Self::Start,
            6 => Self::Gap,
            7 => Self::Again,
            8 => Self::Renumbered,
            9 => Self::Model,
            10 => Self::Listened,
            _ => return None,
        })
    }
}

/// A business day begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRecord {
    /// The day.
    pub day: BusinessDay,
    /// Start of the day before: what lies before it is let go.
    pub keep_from: Timestamp,
}

/// The collector has started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    /// Boards count their `seq` from here.
    pub seq_base: u64,
    /// The program's version.
    pub version: String,
}

/// The collector was connected to the broker and heard what was said. What was not heard is not
/// known to be nothing: history tells the two apart by these records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenedRecord {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
}

/// Events of a device were given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of a span of events")]
pub struct GapRecord {
    pub kind: DeviceKind,
    pub device: DeviceId,
    pub boot: BootId,
    pub from_seq: u64,
    pub to_seq: u64,
}

impl From<&Span> for GapRecord {
    fn from(span: &Span) -> Self {
        let Span { kind, device, boot, from_seq, to_seq } = *span;
        Self { kind, device, boot, from_seq, to_seq }
    }
}

impl GapRecord {
    /// The span.
    #[must_use]
    pub const fn span(&self) -> Span {
        Span { kind: self.kind, device: self.device, boot: self.boot, from_seq: self.from_seq, to_seq: self.to_seq }
    }
}

/// A place in a device's sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of an event's envelope")]
pub struct PlaceRecord {
    pub kind: DeviceKind,
    pub device: DeviceId,
    pub boot: BootId,
    pub seq: u64,
}

/// What stands before the payload of a dead letter that was run again: one line of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgainHead {
    /// The letter's own record.
    pub of: u64,
    /// When the letter was received.
    pub rx: Timestamp,
    /// Why it could not be used then.
    pub reason: DeadLetterReason,
    /// Whether it counts as an event from here on. False: its event has come by another way since.
    pub counted: bool,
}

impl AgainHead {
    /// Head and payload as one record's payload.
    #[must_use]
    pub fn with_payload(&self, payload: &[u8]) -> Vec<u8> {
        with_head(self, payload)
    }

    /// Head and payload of a record of this kind; `None` for other records.
    #[must_use]
    pub fn of<'a>(record: &Record<'a>) -> Option<(Self, &'a [u8])> {
        if record.kind == Kind::Again as u8 { split(record.payload) } else { None }
    }
}

/// The payload of an accepted event, whether it was accepted when it came or when it was run again.
#[must_use]
pub fn event_payload<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    match Kind::from_code(record.kind)? {
        Kind::Event => Some(record.payload),
        Kind::Again => AgainHead::of(record).filter(|(head, _)| head.counted).map(|(_, payload)| payload),
        _ => None,
    }
}

fn with_head(head: &impl Serialize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = mqtt_config::wire::json(head).into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(payload);
    bytes
}

fn split<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Option<(T, &'de [u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((serde_json::from_slice(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// What stands before a dead letter's payload: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterHead {
    /// Why.
    pub reason: DeadLetterReason,
    /// What exactly.
    pub detail: String,
    /// Boot and `seq`, where they could be read.
    pub boot: Option<BootId>,
    /// See `boot`.
    pub seq: Option<u64>,
    /// Length of the whole payload, bytes.
    pub len: usize,
}

impl DeadLetterHead {
    /// Head and payload as one record's payload; at most `keep` bytes of the payload are kept.
    #[must_use]
    pub fn with_payload(&self, payload: &[u8], keep: usize) -> Vec<u8> {
        with_head(self, &payload[..payload.len().min(keep)])
    }

    /// Head and kept payload of a dead letter's record; `None` for other records.
    #[must_use]
    pub fn of<'a>(record: &Record<'a>) -> Option<(Self, &'a [u8])> {
        if record.kind == Kind::DeadLetter as u8 { Self::split(record.payload) } else { None }
    }

    /// Takes a record's payload apart again.
    #[must_use]
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        split(bytes)
    }
}

/// A record of the collector's own that concerns one site.
#[must_use]
pub fn of_site<'a>(kind: Kind, rx: Timestamp, at: Timestamp, site: &'a SiteId, json: &'a str) -> NewRecord<'a> {
    NewRecord {
        kind: kind as u8,
        rx_ms: rx.ms(),
        at_ms: at.ms(),
        topic: site.as_str().as_bytes(),
        payload: json.as_bytes(),
    }
}

/// The site of a record of the collector's own.
#[must_use]
pub fn site_of(record: &Record<'_>) -> Option<SiteId> {
    SiteId::new(std::str::from_utf8(record.topic).ok()?).ok()
}

/// The configuration in a [`Kind::Config`] record.
///
/// # Errors
/// When it is of another version.
pub fn config_of(record: &Record<'_>) -> Result<SiteConfig, serde_json::Error> {
    serde_json::from_slice(record.payload)
}
