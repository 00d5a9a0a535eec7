//! R6: at a crash anywhere in any schedule, what was not synced vanishes; what was reported durable
//! does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::faulty::Disk;
use journal::{Error, Journal, Options, Syncer, archive_next_on, verify_on};

use super::*;

const CRASHES_A_DISK: u64 = 8;

/// A journal on a bad disk, and what it has promised.
struct Model {
    disk: Disk,
    random: fastrand::Rng,
    rx_ms: i64,
    /// What every record said that may still be there.
    said: BTreeMap<u64, Vec<u8>>,
    promised: u64,
    /// Records before this one were given up by trimming.
    trimmed: u64,
    counts: Counts,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    crashes: u64,
    kills: u64,
    records: u64,
    promised: u64,
    cuts: u64,
    archives: u64,
    failed_syncs: u64,
}

struct Open {
    journal: Journal,
    syncer: Syncer,
}

impl Model {
    fn new(seed: u64) -> Self {
        Self {
            disk: Disk::new(seed),
            random: fastrand::Rng::with_seed(seed),
            rx_ms: 0,
            said: BTreeMap::new(),
            promised: 0,
            trimmed: 1,
            counts: Counts::default(),
        }
    }

    /// Opens the journal and holds it against what was promised. None when the power fails again.
    fn open(&mut self) -> Option<Open> {
        let options = Options { segment_bytes: 3_000, utc_offset_ms: 7 * 3_600_000 };
        let (journal, recovery) = match Journal::open_on(Arc::new(self.disk.clone()), options) {
            Ok(opened) => opened,
            Err(Error::Io { .. }) if self.disk.is_off() => return None,
            Err(error) => panic!("a crash alone made {error:?}"),
        };
        self.counts.cuts += u64::from(recovery.cut.is_some());
        assert!(recovery.next_offset > self.promised, "{} promised, {recovery:?}", self.promised);
        assert!(recovery.first_offset <= self.trimmed.max(1), "{recovery:?} but trimmed before {}", self.trimmed);
        self.said.retain(|offset, _| *offset < recovery.next_offset);
        self.promised = recovery.next_offset - 1;
        if !self.disk.is_off() {
            self.check(recovery.first_offset, recovery.next_offset);
        }
        let syncer = journal.syncer();
        Some(Open { journal, syncer })
    }

    /// Every record is there, and is what was appended under its number.
    fn check(&self, first: u64, next: u64) {
        let (end, result) = read(&self.disk, first, |offset, payload| {
            assert_eq!(self.said.get(&offset).map(Vec::as_slice), Some(payload), "record {offset}");
        });
        result.unwrap();
        assert_eq!(end, next);
        let report = verify_on(Arc::new(self.disk.clone()), |_| {}).unwrap();
        assert_eq!((report.damage, report.tail_bytes, report.records), (None, 0, next - first));
    }

    /// One step of the schedule; false when the journal is of no use any more.
    fn step(&mut self, open: &mut Open) -> bool {
        match self.random.u8(..20) {
            0..8 => self.append(&mut open.journal),
            8..12 => drop(open.journal.flush()),
            12..16 => match open.syncer.sync() {
                Ok(durable) => {
                    assert!(durable >= self.promised);
                    self.promised = durable;
                }
                Err(_) => return false,
            },
            16 => {
                let before = self.random.u64(..=self.promised + 1);
                self.trimmed = self.trimmed.max(before);
                drop(open.journal.trim_before(before));
            }
            17 => {
                let archived = archive_next_on(Arc::new(self.disk.clone()), self.promised);
                self.counts.archives += u64::from(matches!(archived, Ok(Some(_))));
            }
            18 if self.random.u8(..4) == 0 => {
                self.disk.fail_syncs(1);
                self.counts.failed_syncs += 1;
            }
            18 => self.disk.set_room(Some(self.random.u64(..4_000))),
            _rest => self.disk.set_room(None),
        }
        true
    }

    fn append(&mut self, journal: &mut Journal) {
        for _ in 0..self.random.u8(1..6) {
            // Often the same day, sometimes the next, seldom the one before: clocks are set back.
            self.rx_ms += [1, 50, 2_000, 9 * 3_600_000, -9 * 3_600_000][self.random.usize(..20).saturating_sub(15)];
            let len = self.random.usize(..700);
            let payload: Vec<u8> = (0..len).map(|_| self.random.u8(b'a'..b'i')).collect();
            let offset = journal.append(record(self.rx_ms, &payload));
            self.said.insert(offset, payload);
            self.counts.records += 1;
        }
    }

    /// Works until the power fails or the process is killed, and starts again after it.
    fn live(&mut self) {
        self.disk.power_off_after(self.random.u64(1..60));
        while let Some(mut open) = self.open() {
            let steps = self.random.u64(1..120);
            let ended = (0..steps).any(|_| self.disk.is_off() || !self.step(&mut open));
            if self.disk.is_off() {
                break;
            }
            // A process that ends, or one that is killed: the machine lives on.
            if ended || self.random.bool() {
                self.counts.kills += 1;
                let left = self.random.u64(1..60);
                self.disk.kill_process();
                self.disk.power_off_after(left);
            }
            self.disk.fail_syncs(0);
            self.disk.set_room(None);
        }
        self.counts.promised = self.promised;
        self.counts.crashes += 1;
        self.disk.fail_syncs(0);
        self.disk.set_room(None);
        self.disk.crash(self.random.u64(..));
    }
}

#[test]
fn r6_nothing_promised_is_missing_after_a_crash() {
    let run = Run::new();
    let points = run.size(2_000, 100_000);
    let mut total = Counts::default();
    for round in 0..points / CRASHES_A_DISK {
        let seed = run.seed.wrapping_mul(1_000_000_007).wrapping_add(round);
        let outcome = std::panic::catch_unwind(|| {
            let mut model = Model::new(seed);
            for _ in 0..CRASHES_A_DISK {
                model.live();
            }
            model.disk.power_off_after(u64::MAX);
            assert!(model.open().is_some());
            model.counts
        });
        let counts = outcome.unwrap_or_else(|_| panic!("MOTCUA_SEED={}, round {round}, disk {seed}", run.seed));
        total.crashes += counts.crashes;
        total.kills += counts.kills;
        total.records += counts.records;
        total.promised += counts.promised;
        total.cuts += counts.cuts;
        total.archives += counts.archives;
        total.failed_syncs += counts.failed_syncs;
    }
    assert_eq!(total.crashes, points / CRASHES_A_DISK * CRASHES_A_DISK);
    assert!(total.cuts > points / 50 && total.archives > points / 50 && total.promised > points, "{total:?}");
    let Counts { kills, records, promised, cuts, archives, failed_syncs, .. } = total;
    let figures = format!(
        r#""lost":0,"damaged":0,"promised":{promised},"appended":{records},"torn_tails_cut":{cuts},"archived":{archives},"process_kills":{kills},"failed_syncs":{failed_syncs}"#
    );
    run.tell("R6", "crash points", total.crashes, &figures);
}
