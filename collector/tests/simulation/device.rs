//! A device: what it keeps until it is acknowledged, and what its clock shows.

use std::collections::{BTreeMap, VecDeque};

use domain::Timestamp;
use serde_json::Value;

use crate::random::Random;

/// One event as the device keeps it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub boot: u32,
    pub seq: u64,
    pub payload: String,
}

/// How wrong a device's clock is.
#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    /// By so many milliseconds.
    By(i64),
    /// It stands still there.
    Frozen(i64),
    /// By so many milliseconds from an instant on; right before.
    From(i64, i64),
}

/// See the module.
#[derive(Debug)]
pub struct Device {
    pub kind: &'static str,
    pub id: &'static str,
    pub boot: u32,
    booted: i64,
    seq: u64,
    pub outbox: VecDeque<Kept>,
    /// It keeps nothing over a power cut.
    pub forgetful: bool,
    tells_up_ms: bool,
    wrong: Wrong,
    pub powered: bool,
    pub link: bool,
    /// Grows with every connection: what was on its way in an older one is gone.
    pub connection: u32,
    pub connected: bool,
    /// Nothing that it sends overtakes what it sent before.
    pub last_arrival: i64,
    /// Events acknowledged by the collector: boot → up to which `seq`.
    pub acked: BTreeMap<u32, u64>,
    /// Boots whose clock the collector has measured by a live word.
    pub measured: Vec<u32>,
    /// Pause before it sends everything again.
    pub patience: i64,
}

impl Device {
    pub fn new(kind: &'static str, id: &'static str, start: i64, wall: bool, random: &mut Random) -> Self {
        let far = random.pick(&[-86_400_000, -3_600_000, -2_500, -700, 700, 2_500, 86_400_000]);
        let wrong = match random.index(8) {
            _ if !wall => Wrong::By(0),
            0 | 1 => Wrong::By(far),
            2 => Wrong::Frozen(start + far),
            3 => Wrong::Frozen(0),
            4 => Wrong::From(start + random.between(0, 3_600_000), far),
            _ => Wrong::By(0),
        };
        Self {
            kind,
            id,
            boot: 1,
            booted: start - 60_000,
            seq: 0,
            outbox: VecDeque::new(),
            forgetful: random.percent(15),
            tells_up_ms: random.percent(60),
            wrong,
            powered: true,
            link: true,
            connection: 0,
            connected: false,
            last_arrival: 0,
            acked: BTreeMap::new(),
            measured: Vec::new(),
            patience: 20_000,
        }
    }

    fn clock(&self, now: i64) -> Timestamp {
        Timestamp::from_ms(match self.wrong {
            Wrong::By(off) => now + off,
            Wrong::Frozen(at) => at,
            Wrong::From(at, off) => now + if now < at { 0 } else { off },
        })
    }

    pub const fn tells_up_ms(&self) -> bool {
        self.tells_up_ms
    }

    fn up(&self, now: i64) -> String {
        if self.tells_up_ms { format!(r#","up_ms":{}"#, now - self.booted) } else { String::new() }
    }

    /// Takes an event in: from here on it is kept. Returns its key.
    pub fn say(&mut self, id: u64, fields: &str, now: i64) -> Kept {
        self.seq += 1;
        let payload = format!(
            r#"{{"id":"00000000-0000-4000-8000-{id:012x}","boot":"b{}","seq":{},"ts":"{}"{},{fields}}}"#,
            self.boot,
            self.seq,
            self.clock(now),
            self.up(now),
        );
        let kept = Kept { boot: self.boot, seq: self.seq, payload };
        self.outbox.push_back(kept.clone());
        kept
    }

    pub fn status(&self, state: &str, now: i64) -> String {
        format!(r#"{{"state":"{state}","ts":"{}","boot":"b{}"{}}}"#, self.clock(now), self.boot, self.up(now))
    }

    /// The current comes back: a new run. Returns what was forgotten.
    pub fn boot_again(&mut self, now: i64) -> Vec<Kept> {
        self.boot += 1;
        (self.seq, self.booted, self.powered) = (0, now, true);
        if self.forgetful { std::mem::take(&mut self.outbox).into() } else { Vec::new() }
    }

    /// Trims what the collector says that it has.
    pub fn on_ack(&mut self, payload: &str) {
        let ack: Value = serde_json::from_str(payload).unwrap();
        let older = ack["older"].as_array().into_iter().flatten();
        for word in std::iter::once(&ack).chain(older) {
            let boot: u32 = word["boot"].as_str().unwrap()[1..].parse().unwrap();
            let seq = word["seq"].as_u64().unwrap();
            let acked = self.acked.entry(boot).or_default();
            if seq > *acked {
                *acked = seq;
                self.patience = 20_000;
            }
            self.outbox.retain(|kept| kept.boot != boot || kept.seq > seq);
        }
    }

    /// The answer to `cmd replay`: what it still has of the span, and its `done`.
    pub fn on_replay(&self, payload: &str) -> (Vec<Kept>, String) {
        let command: Value = serde_json::from_str(payload).unwrap();
        let boot: u32 = command["boot"].as_str().unwrap()[1..].parse().unwrap();
        let (from, to) = (command["from_seq"].as_u64().unwrap(), command["to_seq"].as_u64().unwrap());
        let wanted = |kept: &&Kept| kept.boot == boot && (from..=to).contains(&kept.seq);
        let found: Vec<Kept> = self.outbox.iter().filter(wanted).cloned().collect();
        // What was acknowledged is not missing: the collector has it.
        let acked = self.acked.get(&boot).copied().unwrap_or(0);
        let unacked = (to + 1).saturating_sub(from.max(acked + 1));
        let missing = unacked.saturating_sub(found.iter().filter(|kept| kept.seq > acked).count() as u64);
        let id = command["id"].as_str().unwrap();
        (found, format!(r#"{{"id":"{id}","ok":true,"missing":{missing}}}"#))
    }
}
