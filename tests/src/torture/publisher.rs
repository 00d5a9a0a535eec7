//! One device: everything it says is in its journal before it is sent, and stays there until the
//! collector's own `ack`. The broker's PUBACK means nothing to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::script::Part;
use crate::oracle;
use crate::wire::{Heard, Hello, Link};

/// Events on the way without an `ack`, at most: the collector tells a device once a second.
const WINDOW: u64 = 1_000;
/// No `ack` for so long: what is not acknowledged is said again. Doubled up to the longest.
const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST_PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts to connect, at least; jitter comes on top.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(200);
const HEARTBEAT: Duration = Duration::from_secs(5);
const KEEP_ALIVE_S: u16 = 10;
const LOOK: Duration = Duration::from_millis(10);

/// What is known of one device from outside: its own ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The greatest `seq` that was ever handed to the network.
    pub said: AtomicU64,
    /// The greatest `seq` that the collector has acknowledged.
    pub acked: AtomicU64,
    /// Connections that were made.
    pub connections: AtomicU64,
    /// Events that were sent again.
    pub again: AtomicU64,
}

/// What all devices of a scenario share.
#[derive(Debug)]
pub struct Conditions {
    /// Events with a smaller place may be said.
    pub released: AtomicU64,
    /// Where the broker is; it may change.
    pub port: AtomicU64,
    /// Whether all is over.
    pub over: AtomicBool,
    /// When the devices were switched on.
    pub begin: Instant,
}

impl Conditions {
    /// The broker at this port, and nothing released.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self {
            released: AtomicU64::new(0),
            port: AtomicU64::new(port.into()),
            over: AtomicBool::new(false),
            begin: Instant::now(),
        }
    }

    fn address(&self) -> SocketAddr {
        // It was made from a port.
        let port = u16::try_from(self.port.load(Ordering::Relaxed)).unwrap_or_default();
        (Ipv4Addr::LOCALHOST, port).into()
    }

    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// A device with its journal.
#[derive(Debug)]
pub struct Publisher {
    part: Arc<Part>,
    ledger: Arc<Ledger>,
    conditions: Arc<Conditions>,
    /// Spreads the attempts of many devices.
    jitter: Duration,
}

impl Publisher {
    /// A device that says its part.
    #[must_use]
    pub fn new(part: Arc<Part>, ledger: Arc<Ledger>, conditions: Arc<Conditions>, jitter_ms: u64) -> Self {
        Self { part, ledger, conditions, jitter: Duration::from_millis(jitter_ms) }
    }

    /// Goes on until every line is acknowledged, or all is over.
    pub fn run(&self) {
        while !self.is_done() && !self.conditions.over() {
            // A link that is lost is made again; what was on it is said again.
            if self.one_connection().is_err() {
                thread::park_timeout(BETWEEN_ATTEMPTS + self.jitter);
            }
        }
    }

    fn is_done(&self) -> bool {
        self.ledger.acked.load(Ordering::Relaxed) >= self.part.lines.len() as u64
    }

    fn one_connection(&self) -> std::io::Result<()> {
        let device = &self.part.device;
        let (status, will) = (device.topic("status"), self.status("lost"));
        let client = format!("{}.{}", device.site, device.id);
        let hello = Hello { client: &client, keep_alive_s: KEEP_ALIVE_S, will: Some((&status, &will)) };
        let mut link = Link::open(self.conditions.address(), hello)?;
        self.ledger.connections.fetch_add(1, Ordering::Relaxed);
        link.subscribe(&[&device.topic("ack"), &device.topic("cmd")])?;
        let mut turn = Turn::new(self.ledger.acked.load(Ordering::Relaxed));
        while !self.is_done() && !self.conditions.over() {
            if turn.heartbeat_is_due() {
                link.publish(&status, self.status("ready").as_bytes(), true)?;
            }
            self.say(&mut link, &mut turn)?;
            for heard in link.hear(LOOK)? {
                if let Heard::Message { topic, payload } = heard {
                    self.listen(&mut link, &mut turn, &topic, &payload)?;
                }
            }
            turn.patience_ends();
        }
        link.leave()
    }

    /// Says what may be said.
    fn say(&self, link: &mut Link, turn: &mut Turn) -> std::io::Result<()> {
        let released = self.conditions.released.load(Ordering::Relaxed);
        let topic = self.part.device.topic("evt");
        while turn.sent < turn.acked + WINDOW
            && let Some(line) = self.part.lines.get(turn.sent as usize)
            && line.place < released
        {
            turn.sent += 1;
            // Before it is out, so that nobody can show more than was said.
            let before = self.ledger.said.fetch_max(turn.sent, Ordering::SeqCst);
            self.ledger.again.fetch_add(u64::from(before >= turn.sent), Ordering::Relaxed);
            link.publish(&topic, line.payload.as_bytes(), false)?;
        }
        Ok(())
    }

    fn listen(&self, link: &mut Link, turn: &mut Turn, topic: &str, payload: &[u8]) -> std::io::Result<()> {
        // What is not the contract's is not for us.
        let Ok(word) = serde_json::from_slice::<Value>(payload) else { return Ok(()) };
        if word["boot"] != self.part.boot {
            return Ok(());
        }
        if topic.ends_with("/ack") {
            turn.acknowledged(word["seq"].as_u64().unwrap_or_default(), &self.ledger);
            return Ok(());
        }
        let (from, to) = (word["from_seq"].as_u64().unwrap_or(1).max(1), word["to_seq"].as_u64().unwrap_or(0));
        let evt = self.part.device.topic("evt");
        for seq in from..=to.min(turn.sent) {
            self.ledger.again.fetch_add(1, Ordering::Relaxed);
            link.publish(&evt, self.part.lines[seq as usize - 1].payload.as_bytes(), false)?;
        }
        let done = json!({"id": word["id"], "ok": true}).to_string();
        link.publish(&self.part.device.topic("done"), done.as_bytes(), false).map(|_| ())
    }

    fn status(&self, state: &str) -> String {
        let up_ms = u64::try_from(self.conditions.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ts = oracle::Instant::now().to_string();
        json!({"state": state, "ts": ts, "boot": self.part.boot, "up_ms": up_ms}).to_string()
    }
}

/// One connection's view of the journal.
struct Turn {
    sent: u64,
    acked: u64,
    progress: Instant,
    patience: Duration,
    heartbeat: Option<Instant>,
}

impl Turn {
    fn new(acked: u64) -> Self {
        Self { sent: acked, acked, progress: Instant::now(), patience: PATIENCE, heartbeat: None }
    }

    fn heartbeat_is_due(&mut self) -> bool {
        let due = self.heartbeat.is_none_or(|last| last.elapsed() >= HEARTBEAT);
        if due {
            self.heartbeat = Some(Instant::now());
        }
        due
    }

    fn acknowledged(&mut self, seq: u64, ledger: &Ledger) {
        if seq > self.acked {
            (self.acked, self.progress, self.patience) = (seq, Instant::now(), PATIENCE);
            self.sent = self.sent.max(seq);
            ledger.acked.fetch_max(seq, Ordering::SeqCst);
        }
    }

    /// What has not been acknowledged for so long is said again.
    fn patience_ends(&mut self) {
        if self.sent == self.acked {
            self.progress = Instant::now();
        } else if self.progress.elapsed() >= self.patience {
            (self.sent, self.progress) = (self.acked, Instant::now());
            self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
        }
    }
}
