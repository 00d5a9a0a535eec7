//! The collector's own word through the broker: its figures, which are also the echo that proves
//! that the broker still delivers, and the line between what was kept for us and what is live.

use bytes::Bytes;
use domain::storage::Storage;
use mqtt_config::session::{Inbound, Qos, Session, Will};
use mqtt_config::topics::COLLECTOR_METRICS;
use serde::{Deserialize, Serialize};

use crate::disk::{Kind, Survey, Trouble};
use crate::topology::{HEARTBEAT_MS, STALL_MS};

/// An echo that takes longer than this comes from a slow broker.
const SLOW_ECHO_MS: i64 = 3_000;
/// What the broker was is told for so long after it.
const TOLD_MS: i64 = 300_000;

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
    /// Dead letters of no known site.
    pub unplaced: u64,
    /// For how many days back an event that comes again is known by its id; 35, unless memory is short.
    pub ids_kept_days: i64,
    /// Last record of the journal, and last durable one.
    pub journal_offset: u64,
    /// See `journal_offset`.
    pub journal_durable: u64,
    /// Length of the last sync, microseconds.
    pub sync_us: u64,
    /// Syncs since the start: how many records share one tells what durability costs.
    #[serde(default)]
    pub syncs: u64,
    /// Messages not yet acknowledged to the broker.
    pub unacked: usize,
    /// Bytes of live topics since the start.
    pub live_bytes: u64,
    /// Live messages left out because the broker was away or took too little.
    pub live_left_out: u64,
    /// The host's clock is distrusted.
    pub host_clock_distrusted: bool,
    /// How often the broker stopped delivering since the start.
    pub broker_stalls: u64,
    /// Messages left with the broker because the disk takes nothing.
    pub left_with_broker: u64,
    /// What was measured of the disk.
    #[serde(flatten)]
    pub disk: DiskFigures,
    /// How the disk stands, as on the boards.
    pub storage: Storage,
    /// How history stands.
    #[serde(flatten)]
    pub history: HistoryFigures,
}

/// How history stands: what the collector has written, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HistoryFigures {
    /// Rows written since the start.
    #[serde(default)]
    pub history_rows: u64,
    /// Business days that wait to be written.
    #[serde(default)]
    pub history_days_waiting: usize,
    /// The embedded store takes what it is given.
    #[serde(default)]
    pub history_written: bool,
    /// InfluxDB is not known to be behind; also where there is none.
    #[serde(default)]
    pub history_mirrored: bool,
    /// Points that wait for InfluxDB.
    #[serde(default)]
    pub history_points_waiting: u64,
    /// Points that InfluxDB will never take, put aside.
    #[serde(default)]
    pub history_points_dead: u64,
    /// CPU that writing history has taken, microseconds.
    #[serde(default)]
    pub history_cpu_us: u64,
}

/// What was measured of the disk, in bytes and days; `None`: not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it all: bytes of each kind of data in the data directory")]
pub struct DiskFigures {
    pub disk_free_bytes: Option<u64>,
    pub disk_days_left: Option<u32>,
    pub journal_bytes: u64,
    pub snapshots_bytes: u64,
    pub backups_bytes: u64,
    pub history_bytes: u64,
    pub broker_bytes: u64,
    pub logs_bytes: u64,
}

impl DiskFigures {
    /// The figures of a survey.
    #[must_use]
    pub fn of(survey: &Survey) -> Self {
        let bytes = |kind| survey.sizes.get(kind);
        Self {
            disk_free_bytes: survey.free_bytes,
            disk_days_left: survey.days_left,
            journal_bytes: bytes(Kind::Journal),
            snapshots_bytes: bytes(Kind::Snapshots),
            backups_bytes: bytes(Kind::Backups),
            history_bytes: bytes(Kind::History),
            broker_bytes: bytes(Kind::Broker),
            logs_bytes: bytes(Kind::Logs),
        }
    }
}

/// What is said at the end.
#[derive(Debug, Serialize)]
struct LastWord {
    state: &'static str,
    storage: Storage,
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
    /// Any message came.
    heard: i64,
    stalls: u64,
    /// Whether this run was connected before.
    known: bool,
    stalled_at: Option<i64>,
    slow_at: Option<i64>,
    wiped_at: Option<i64>,
}

impl Watchdog {
    /// Of a new run.
    #[must_use]
    pub fn new() -> Self {
        let boot = uuid::Uuid::now_v7().to_string();
        Self {
            boot,
            sent: 0,
            last_sent: i64::MIN / 2,
            pending: None,
            connected: false,
            live: false,
            heard: i64::MIN / 2,
            stalls: 0,
            known: false,
            stalled_at: None,
            slow_at: None,
            wiped_at: None,
        }
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

    /// A new connection: what comes first was kept for us. A broker that kept nothing although it
    /// knew us has lost what it had.
    pub fn connected(&mut self, now: i64, session_present: bool) {
        (self.connected, self.live, self.pending) = (true, false, None);
        self.last_sent = now - HEARTBEAT_MS;
        self.heard = now;
        if self.known && !session_present {
            tracing::warn!("The broker has lost what it had kept; everything retained is published again.");
            self.wiped_at = Some(now);
        }
        self.known = true;
    }

    /// The connection is gone.
    pub fn lost(&mut self) {
        (self.connected, self.live, self.pending) = (false, false, None);
    }

    /// The broker has stopped delivering, and a new connection is made.
    pub fn stalled(&mut self, now: i64) {
        self.stalls += 1;
        self.stalled_at = Some(now);
        self.lost();
    }

    /// The broker takes less than it is given.
    pub fn slow(&mut self, now: i64) {
        self.slow_at = Some(now);
    }

    /// How often the broker stopped delivering.
    #[must_use]
    pub const fn stalls(&self) -> u64 {
        self.stalls
    }

    /// What is, or was a moment ago, the matter with the broker.
    #[must_use]
    pub fn troubles(&self, now: i64) -> Vec<Trouble> {
        let lately = |at: Option<i64>| at.is_some_and(|at| now < at + TOLD_MS);
        let waits = self.pending.map_or(0, |(_, sent)| now - sent.max(self.heard));
        let mut troubles = Vec::new();
        if lately(self.stalled_at) {
            troubles.push(Trouble::new("broker", "broker_stalled", "critical"));
        } else if lately(self.wiped_at) {
            troubles.push(Trouble::new("broker", "broker_wiped", "warning"));
        } else if lately(self.slow_at) || (self.connected && waits > SLOW_ECHO_MS) {
            troubles.push(Trouble::new("broker", "broker_slow", "warning"));
        }
        troubles
    }

    /// Something came.
    pub fn heard(&mut self, now: i64) {
        self.heard = now;
    }

    /// One of our own messages came back.
    pub fn echo(&mut self, message: &Inbound, now: i64) {
        let Ok(figures) = serde_json::from_slice::<Figures>(&message.payload) else { return };
        // A retained copy is no echo: the broker gives it to every new subscription.
        if message.retain || figures.boot != self.boot {
            return;
        }
        if let Some((echo, sent)) = self.pending
            && figures.echo >= echo
        {
            // What was kept for us came before the first echo: that is no slowness.
            if self.live && now - sent > SLOW_ECHO_MS {
                self.slow(now);
            }
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

    /// Whether the broker has stopped delivering although it is connected: nothing comes, not even
    /// our own words. While it delivers what it had kept, the echo may take its time.
    #[must_use]
    pub fn is_stalled(&self, now: i64) -> bool {
        self.connected && self.pending.is_some_and(|(_, sent)| sent.max(self.heard) + STALL_MS <= now)
    }

    /// The number of the next message, which is being sent.
    pub fn send(&mut self, now: i64) -> u64 {
        self.sent += 1;
        self.last_sent = now;
        self.pending.get_or_insert((self.sent, now));
        self.sent
    }

    /// Says why there will be nothing more for a while.
    pub fn last_word(&self, session: &mut Session, storage: Storage) {
        let text = mqtt_config::wire::json(&LastWord { state: "lost", storage });
        // At the end nothing can be done about a broker that is away.
        drop(session.publish(COLLECTOR_METRICS, text.into(), Qos::AtLeastOnce, true));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn connected() -> Watchdog {
        let mut watchdog = Watchdog::new();
        watchdog.connected(0, true);
        watchdog.send(0);
        watchdog
    }

    fn rules(watchdog: &Watchdog, now: i64) -> Vec<&'static str> {
        watchdog.troubles(now).iter().map(|trouble| trouble.rule).collect()
    }

    #[test]
    fn a_broker_that_delivers_nothing_has_stalled_and_one_with_a_backlog_has_not() {
        let mut watchdog = connected();
        assert!(!watchdog.is_stalled(STALL_MS - 1) && watchdog.is_stalled(STALL_MS));
        watchdog.heard(STALL_MS - 1);
        assert!(!watchdog.is_stalled(STALL_MS));
        assert_eq!(rules(&watchdog, STALL_MS - 1), [""; 0]);
        assert_eq!(rules(&watchdog, STALL_MS + SLOW_ECHO_MS), ["broker_slow"]);
        watchdog.stalled(40_000);
        assert!(!watchdog.is_stalled(90_000), "a new connection is on its way");
        assert_eq!((watchdog.stalls(), rules(&watchdog, 40_000)), (1, vec!["broker_stalled"]));
        assert!(rules(&watchdog, 40_000 + TOLD_MS).is_empty());
    }

    #[test]
    fn a_broker_that_knew_us_and_does_not_any_more_has_lost_what_it_had() {
        let mut watchdog = Watchdog::new();
        watchdog.connected(0, false);
        assert!(rules(&watchdog, 1).is_empty(), "the very first connection");
        watchdog.lost();
        watchdog.connected(10, true);
        assert!(rules(&watchdog, 11).is_empty(), "an interruption");
        watchdog.lost();
        watchdog.connected(20, false);
        assert_eq!(rules(&watchdog, 21), ["broker_wiped"]);
    }
}
