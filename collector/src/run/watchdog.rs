//! The collector's own word through the broker: its figures, which are also the echo that proves
//! that the broker still delivers, and the line between what was kept for us and what is live.

use bytes::Bytes;
use mqtt_config::session::{Inbound, Qos, Session, Will};
use mqtt_config::topics::COLLECTOR_METRICS;
use serde::{Deserialize, Serialize};

use crate::topology::{HEARTBEAT_MS, STALL_MS};

/// The collector's own figures, as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// `ready`; the will says `lost`.
    pub state: String,
    /// This run of the collector.
    pub boot: String,
    /// Counts these messages.
    pub echo: u64,
    /// Sites served.
    pub sites: usize,
    /// Event messages since the start, repeats and dead letters included.
    pub received: u64,
    /// Dead letters of no known site, ever.
    pub unplaced: u64,
    /// Last record of the journal, and last durable one.
    pub journal_offset: u64,
    /// See `journal_offset`.
    pub journal_durable: u64,
    /// Length of the last sync, microseconds.
    pub sync_us: u64,
    /// Messages not yet acknowledged to the broker.
    pub unacked: usize,
    /// Bytes of live topics since the start.
    pub live_bytes: u64,
    /// Live messages left out because the broker was away or took too little.
    pub live_left_out: u64,
    /// The host's clock is distrusted.
    pub host_clock_distrusted: bool,
}

/// See the module. Times are milliseconds of a monotonic clock.
pub struct Watchdog {
    boot: String,
    sent: u64,
    last_sent: i64,
    /// First echo not heard yet, and when it was sent.
    pending: Option<(u64, i64)>,
    connected: bool,
    live: bool,
}

impl Watchdog {
    /// Of a new run.
    #[must_use]
    pub fn new() -> Self {
        let boot = uuid::Uuid::now_v7().to_string();
        Self { boot, sent: 0, last_sent: i64::MIN / 2, pending: None, connected: false, live: false }
    }

    /// This run's name.
    #[must_use]
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// Whether everything that the broker had kept for us has come, so that what comes now is now.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.live
    }

    /// A new connection: what comes first was kept for us.
    pub fn connected(&mut self, now: i64) {
        (self.connected, self.live, self.pending) = (true, false, None);
        self.last_sent = now - HEARTBEAT_MS;
    }

    /// The connection is gone.
    pub fn lost(&mut self) {
        (self.connected, self.live, self.pending) = (false, false, None);
    }

    /// One of our own messages came back.
    pub fn echo(&mut self, message: &Inbound) {
        let Ok(figures) = serde_json::from_slice::<Figures>(&message.payload) else { return };
        // A retained copy is no echo: the broker gives it to every new subscription.
        if message.retain || figures.boot != self.boot {
            return;
        }
        if self.pending.is_some_and(|(echo, _)| figures.echo >= echo) {
            self.pending = None;
            self.live = true;
        }
    }

    /// When something is to be done.
    #[must_use]
    pub const fn next(&self) -> i64 {
        if self.connected { self.last_sent + HEARTBEAT_MS } else { i64::MAX }
    }

    /// Whether figures are due.
    #[must_use]
    pub const fn is_due(&self, now: i64) -> bool {
        self.connected && self.last_sent + HEARTBEAT_MS <= now
    }

    /// Whether the broker has stopped delivering although it is connected.
    #[must_use]
    pub fn is_stalled(&self, now: i64) -> bool {
        self.connected && self.pending.is_some_and(|(_, sent)| sent + STALL_MS <= now)
    }

    /// The number of the next message, which is being sent.
    pub fn send(&mut self, now: i64) -> u64 {
        self.sent += 1;
        self.last_sent = now;
        self.pending.get_or_insert((self.sent, now));
        self.sent
    }

    /// Says goodbye.
    pub fn farewell(&self, session: &mut Session) {
        let payload = Bytes::from_static(br#"{"state":"disconnected"}"#);
        // At the end nothing can be done about a broker that is away.
        drop(session.publish(COLLECTOR_METRICS, payload, Qos::AtLeastOnce, true));
    }
}

/// What the broker says when the collector vanishes.
#[must_use]
pub fn will() -> Will {
    Will {
        topic: COLLECTOR_METRICS.to_owned(),
        payload: Bytes::from_static(br#"{"state":"lost"}"#),
        qos: Qos::AtLeastOnce,
        retain: true,
        delay_s: 0,
    }
}
