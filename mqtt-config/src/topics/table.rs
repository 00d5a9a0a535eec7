//! The one table of topics (contract section 1).

use std::fmt::Display;

use crate::session::Qos;

/// Who writes or reads a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A device: in topics with a `{device}` the device itself and no other, elsewhere every
    /// device of the site.
    Device,
    /// The collector's account.
    Collector,
    /// The dashboard's account.
    Dashboard,
}

impl Party {
    /// Every party.
    pub const ALL: [Self; 3] = [Self::Device, Self::Collector, Self::Dashboard];

    /// The party's name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Collector => "collector",
            Self::Dashboard => "dashboard",
        }
    }
}

/// One kind of topic.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in documents.
    pub name: &'static str,
    /// The topic, with `{site}`, `{kind}`, `{device}`, `{counter}` for what varies.
    pub pattern: &'static str,
    /// Its delivery promise.
    pub qos: Qos,
    /// Whether the broker keeps the last message.
    pub retained: bool,
    /// Who may publish.
    pub writers: &'static [Party],
    /// Who may receive.
    pub readers: &'static [Party],
    /// The schema of its payload, `docs/schemas/<payload>.json`.
    pub payload: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

impl Row {
    /// The pattern with a value for each name in braces; `+` for all of them makes a filter.
    pub fn expand<T: Display>(&self, value: impl Fn(&'static str) -> T) -> String {
        let mut topic = String::with_capacity(self.pattern.len());
        let mut rest = self.pattern;
        while let Some((before, name, after)) = rest
            .split_once('{')
            .and_then(|(before, tail)| tail.split_once('}').map(|(name, after)| (before, name, after)))
        {
            topic.push_str(before);
            topic.push_str(&value(name).to_string());
            rest = after;
        }
        topic.push_str(rest);
        topic
    }

    /// The names in braces, from the left.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.pattern.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
    }
}

use Party::{Collector, Dashboard, Device};
use Qos::{AtLeastOnce, AtMostOnce};

/// Every topic of contract v1. A device may write what goes out of it, and read its own subtree;
/// the collector also writes `evt`, because it clears a copy that was retained by mistake.
pub const TABLE: &[Row] = &[
    Row {
        name: "status",
        pattern: "motcua/v1/{site}/{kind}/{device}/status",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Device],
        readers: &[Collector, Device],
        payload: "status",
        meaning: "Birth, heartbeat (every heartbeat_s) and will of a device.",
    },
    Row {
        name: "meta",
        pattern: "motcua/v1/{site}/{kind}/{device}/meta",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Device],
        readers: &[Collector, Device],
        payload: "meta",
        meaning: "Model, capabilities and heartbeat period of a device.",
    },
    Row {
        name: "state",
        pattern: "motcua/v1/{site}/{kind}/{device}/state",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Device],
        readers: &[Collector, Device],
        payload: "state",
        meaning: "Present truth of a device; the board reads only a camera's occupancy here.",
    },
    Row {
        name: "evt",
        pattern: "motcua/v1/{site}/{kind}/{device}/evt",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Device, Collector],
        readers: &[Collector, Device],
        payload: "event",
        meaning: "Something that happened. Never retained: the collector clears a retained copy.",
    },
    Row {
        name: "ack",
        pattern: "motcua/v1/{site}/{kind}/{device}/ack",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Device],
        payload: "ack",
        meaning: "Up to where the collector has the device's events durably; the device trims its journal by it.",
    },
    Row {
        name: "req",
        pattern: "motcua/v1/{site}/{kind}/{device}/req",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Device],
        readers: &[Collector, Device],
        payload: "request",
        meaning: "A request to the collector.",
    },
    Row {
        name: "res",
        pattern: "motcua/v1/{site}/{kind}/{device}/res",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Collector],
        readers: &[Device],
        payload: "response",
        meaning: "The answer to a request, after it is durable.",
    },
    Row {
        name: "cmd",
        pattern: "motcua/v1/{site}/{kind}/{device}/cmd",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Collector],
        readers: &[Device],
        payload: "command",
        meaning: "A command to a device: rebirth, replay, identify.",
    },
    Row {
        name: "done",
        pattern: "motcua/v1/{site}/{kind}/{device}/done",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Device],
        readers: &[Collector, Device],
        payload: "done",
        meaning: "The answer to a command.",
    },
    Row {
        name: "screen-status",
        pattern: "motcua/v1/{site}/wall/{device}/status",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Dashboard],
        readers: &[Collector, Dashboard],
        payload: "status",
        meaning: "What the dashboard reports of a page that is open on a screen: a device `wall`, with `muted` when it \
                  may not sound. Cleared when the screen is long gone.",
    },
    Row {
        name: "collector-status",
        pattern: "motcua/v1/{site}/host/collector/status",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Collector, Dashboard],
        payload: "status",
        meaning: "Birth, heartbeat and will of the collector.",
    },
    Row {
        name: "collector-evt",
        pattern: "motcua/v1/{site}/host/collector/evt",
        qos: AtLeastOnce,
        retained: false,
        writers: &[Collector],
        readers: &[Collector, Dashboard],
        payload: "event",
        meaning: "Events that the collector itself caused; never taken in again.",
    },
    Row {
        name: "collector-metrics",
        pattern: super::COLLECTOR_METRICS,
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Collector, Dashboard],
        payload: "metrics",
        meaning: "The collector's own figures, every second; its echo proves that the broker still delivers.",
    },
    Row {
        name: "live-board",
        pattern: "motcua/v1/{site}/live/board",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Dashboard],
        payload: "board",
        meaning: "The whole board, at most once a second.",
    },
    Row {
        name: "live-delta",
        pattern: "motcua/v1/{site}/live/delta",
        qos: AtMostOnce,
        retained: false,
        writers: &[Collector],
        readers: &[Dashboard],
        payload: "message",
        meaning: "The WebSocket's delta or alive message, byte for byte.",
    },
    Row {
        name: "live-counter",
        pattern: "motcua/v1/{site}/live/counter/{counter}",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Dashboard, Device],
        payload: "counter-display",
        meaning: "One counter in at most 256 bytes, for a simple display.",
    },
    Row {
        name: "live-calls",
        pattern: "motcua/v1/{site}/live/calls",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Dashboard, Device],
        payload: "calls",
        meaning: "The last 20 calls of the business day, newest first.",
    },
    Row {
        name: "live-dead-letters",
        pattern: "motcua/v1/{site}/live/dead-letters",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Dashboard],
        payload: "dead-letters",
        meaning: "The newest payloads that could not be used, and how many there were.",
    },
    Row {
        name: "live-outlook",
        pattern: "motcua/v1/{site}/live/outlook",
        qos: AtLeastOnce,
        retained: true,
        writers: &[Collector],
        readers: &[Dashboard],
        payload: "outlook",
        meaning: "Who waits and what was learned: all that a simulation of the next hours needs; at most every 5 s.",
    },
];
