//! Topics as types, and the one table of them.
//!
//! A topic is put together and taken apart here and nowhere else. [`TABLE`] says of every topic
//! who writes it, who reads it and what it carries; the broker's access list, the AsyncAPI
//! document and `docs/topics.md` are made from it.

mod table;

use std::fmt;

use domain::event::DeviceKind;
use domain::{CounterId, DeviceId, SiteId};

pub use table::{Party, Row, TABLE};

/// The collector's own figures, retained, and its echo for the delivery watchdog. The site is no
/// site: `metrics` is reserved.
pub const COLLECTOR_METRICS: &str = "motcua/v1/metrics/host/collector/state";

/// The device id under which the collector itself publishes, kind `host`.
const COLLECTOR: &str = "collector";

/// Why a topic is none of the contract's: the part that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Does not begin with `motcua/v1/`.
    #[error("topic does not begin with motcua/v1/")]
    Prefix,
    /// Too few or too many levels.
    #[error("topic has not the levels motcua/v1/<site>/<kind>/<device>/<channel>")]
    Levels,
    /// The site is not an id.
    #[error("site in the topic is not [a-z0-9-]{{1,32}}")]
    Site,
    /// The site is a word that the dashboard needs for itself.
    #[error("site in the topic is a reserved word")]
    ReservedSite,
    /// The kind is not one of the contract's.
    #[error("kind in the topic is not one of the contract's")]
    Kind,
    /// The device is not an id.
    #[error("device in the topic is not [a-z0-9-]{{1,32}}")]
    Device,
    /// The channel is not one of the contract's.
    #[error("channel in the topic is not one of the contract's")]
    Channel,
    /// A live topic that does not exist.
    #[error("live topic is not one of the contract's")]
    Live,
}

/// A channel of a device: the last level of its topics (contract section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Birth, heartbeat and will.
    Status,
    /// Model, capabilities, heartbeat period.
    Meta,
    /// Present truth, for other devices.
    State,
    /// Something that happened.
    Evt,
    /// Up to where the collector has the events durably.
    Ack,
    /// A request to the collector.
    Req,
    /// Its answer.
    Res,
    /// A command to the device.
    Cmd,
    /// Its answer.
    Done,
}

impl Channel {
    /// Every channel, in the order of the contract.
    pub const ALL: [Self; 9] =
        [Self::Status, Self::Meta, Self::State, Self::Evt, Self::Ack, Self::Req, Self::Res, Self::Cmd, Self::Done];

    /// The last level of the topic.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Meta => "meta",
            Self::State => "state",
            Self::Evt => "evt",
            Self::Ack => "ack",
            Self::Req => "req",
            Self::Res => "res",
            Self::Cmd => "cmd",
            Self::Done => "done",
        }
    }

    /// The channel of a topic's last level.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// The filter that takes this channel of every device of every site.
    #[must_use]
    pub fn filter(self) -> String {
        format!("motcua/v1/+/+/+/{}", self.code())
    }
}

/// A topic of a device: `motcua/v1/<site>/<kind>/<device>/<channel>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceTopic {
    /// The site it belongs to.
    pub site: SiteId,
    /// What it is.
    pub kind: DeviceKind,
    /// Which one.
    pub device: DeviceId,
    /// What about it.
    pub channel: Channel,
}

impl DeviceTopic {
    /// Parses a topic; any bytes may come. Does not allocate where the topic is good.
    ///
    /// # Errors
    /// The first part, from the left, that is wrong.
    pub fn parse(topic: impl AsRef<[u8]>) -> Result<Self, TopicError> {
        let [site, kind, device, channel] = levels(topic.as_ref())?;
        Ok(Self {
            site: parse_site(site)?,
            kind: DeviceKind::from_code(kind).ok_or(TopicError::Kind)?,
            device: DeviceId::new(device).map_err(|_| TopicError::Device)?,
            channel: Channel::from_code(channel).ok_or(TopicError::Channel)?,
        })
    }

    /// The same device on another channel.
    #[must_use]
    pub const fn on(self, channel: Channel) -> Self {
        Self { channel, ..self }
    }

    /// Whether this is the collector's own subtree, `<site>/host/collector`.
    #[must_use]
    pub fn is_collector(&self) -> bool {
        self.kind == DeviceKind::Host && self.device.as_str() == COLLECTOR
    }
}

impl fmt::Display for DeviceTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, kind, device, channel } = self;
        write!(f, "motcua/v1/{site}/{kind}/{device}/{}", channel.code())
    }
}

/// The topic of the collector itself in a site.
#[must_use]
pub fn collector(site: SiteId, channel: Channel) -> String {
    format!("motcua/v1/{site}/host/{COLLECTOR}/{}", channel.code())
}

/// A live topic: written by the collector alone, for screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiveTopic {
    /// The whole board.
    Board,
    /// What changed.
    Delta,
    /// One counter, for a simple display.
    Counter(CounterId),
    /// The last calls.
    Calls,
    /// The newest dead letters.
    DeadLetters,
    /// What a simulation of the next hours needs.
    Outlook,
}

impl LiveTopic {
    /// Parses a live topic into its site and what it is.
    ///
    /// # Errors
    /// The first part, from the left, that is wrong.
    pub fn parse(topic: impl AsRef<[u8]>) -> Result<(SiteId, Self), TopicError> {
        let rest = ours(topic.as_ref())?;
        let (site, live) = rest.split_once("/live/").ok_or(TopicError::Levels)?;
        let site = parse_site(site)?;
        let live = match live {
            "board" => Self::Board,
            "delta" => Self::Delta,
            "calls" => Self::Calls,
            "dead-letters" => Self::DeadLetters,
            "outlook" => Self::Outlook,
            other => {
                let counter = other.strip_prefix("counter/").ok_or(TopicError::Live)?;
                Self::Counter(CounterId::new(counter).map_err(|_| TopicError::Live)?)
            }
        };
        Ok((site, live))
    }
}

impl fmt::Display for LiveTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board => f.write_str("board"),
            Self::Delta => f.write_str("delta"),
            Self::Counter(counter) => write!(f, "counter/{counter}"),
            Self::Calls => f.write_str("calls"),
            Self::DeadLetters => f.write_str("dead-letters"),
            Self::Outlook => f.write_str("outlook"),
        }
    }
}

/// A live topic of a site.
#[must_use]
pub fn live(site: SiteId, live: LiveTopic) -> String {
    format!("motcua/v1/{site}/live/{live}")
}

/// The filter that takes every live topic of every site.
pub const LIVE_FILTER: &str = "motcua/v1/+/live/#";

/// What follows `motcua/v1/`.
fn ours(topic: &[u8]) -> Result<&str, TopicError> {
    let rest = topic.strip_prefix(b"motcua/v1/").ok_or(TopicError::Prefix)?;
    std::str::from_utf8(rest).map_err(|_| TopicError::Levels)
}

/// The four levels that follow `motcua/v1/`.
fn levels(topic: &[u8]) -> Result<[&str; 4], TopicError> {
    let mut rest = ours(topic)?.split('/');
    let mut next = || rest.next().ok_or(TopicError::Levels);
    let levels = [next()?, next()?, next()?, next()?];
    if rest.next().is_some() { Err(TopicError::Levels) } else { Ok(levels) }
}

fn parse_site(text: &str) -> Result<SiteId, TopicError> {
    let site = SiteId::new(text).map_err(|_| TopicError::Site)?;
    if site.is_reserved() { Err(TopicError::ReservedSite) } else { Ok(site) }
}

#[cfg(test)]
mod tests;
