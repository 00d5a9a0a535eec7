//! The outbox on a disk: reopened, cut off at any change, cleaned up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use domain::BootId;
use journal::faulty::Disk;
use proptest::prelude::*;

use super::super::duties::{Letter, What};
use super::super::{Bounds, Outbox};
use super::{boot, read, saying};
use crate::topics::Channel;
use crate::wire::Ack;

/// All events that would be sent, oldest first.
fn sent(outbox: &mut Outbox) -> Vec<(BootId, u64)> {
    let next = || {
        let (place, payload) = outbox.next(usize::MAX)?;
        outbox.kept().handed(place);
        let letter = Letter { channel: Channel::Evt, payload, retain: false, what: What::Event(place) };
        Some((read(&letter).0, place.seq))
    };
    std::iter::from_fn(next).collect()
}

#[derive(Debug, Clone)]
enum OnDisk {
    Say,
    Sync,
    /// Acknowledged up to this share of what was sent of a run.
    Ack(prop::sample::Index, u8),
    Reopen,
}

fn on_disk() -> impl Strategy<Value = OnDisk> {
    prop_oneof![
        6 => Just(OnDisk::Say),
        3 => Just(OnDisk::Sync),
        2 => (any::<prop::sample::Index>(), 0..=4u8).prop_map(|(run, share)| OnDisk::Ack(run, share)),
        1 => Just(OnDisk::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The model: what was said and synced and not acknowledged is there after any number of
    /// restarts, in order, under its own run and number; nothing else is, once an
    /// acknowledgement is synced too.
    #[test]
    fn an_outbox_on_disk_goes_on_where_it_was(steps in prop::collection::vec(on_disk(), 0..60)) {
        let dir = tempfile::tempdir().unwrap();
        let open = |run| Outbox::open(dir.path(), Bounds::default(), boot(run)).unwrap();
        let (mut outbox, mut boots, mut seq) = (open(0), 0, 0);
        let mut model: BTreeMap<(usize, u64), bool> = BTreeMap::new();
        for step in steps {
            match step {
                OnDisk::Say => {
                    outbox.say(saying(model.len()), 0).unwrap();
                    seq += 1;
                    model.insert((boots, seq), false);
                }
                OnDisk::Sync => {
                    outbox.sync().unwrap();
                    model.values_mut().for_each(|synced| *synced = true);
                }
                OnDisk::Ack(run, share) => {
                    sent(&mut outbox);
                    let run = run.index(boots + 1);
                    let synced = model.iter().filter(|((of, _), synced)| *of == run && **synced);
                    let highest = synced.map(|((_, seq), _)| *seq).max().unwrap_or(0);
                    let upto = highest * u64::from(share) / 4;
                    outbox.acknowledge(&Ack { boot: boot(run), seq: upto, older: Vec::new() }, 0);
                    outbox.sync().unwrap();
                    model.values_mut().for_each(|synced| *synced = true);
                    model.retain(|(of, seq), _| *of != run || *seq > upto);
                }
                OnDisk::Reopen => {
                    model.retain(|_, synced| *synced);
                    drop(outbox);
                    (boots, seq) = (boots + 1, 0);
                    outbox = open(boots);
                    let expected: Vec<_> = model.keys().map(|(run, seq)| (boot(*run), *seq)).collect();
                    // More runs than the collector keeps apart wait for the older ones.
                    let found = sent(&mut outbox);
                    prop_assert_eq!(&found, &expected[..found.len()]);
                    prop_assert_eq!(outbox.len(), expected.len());
                }
            }
        }
    }
}

#[test]
fn the_disk_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let size = || -> u64 {
        let files = std::fs::read_dir(dir.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let mut outbox = Outbox::open(dir.path(), Bounds::default(), boot(0)).unwrap();
    outbox.say(saying(0), 0).unwrap();
    outbox.sync().unwrap();
    drop(outbox);
    // One event of an old run that nobody acknowledges, and very many that are.
    let mut outbox = Outbox::open(dir.path(), Bounds::default(), boot(1)).unwrap();
    for n in 1..=40_000 {
        outbox.say(saying(n), 0).unwrap();
        if n % 1_000 == 0 {
            outbox.sync().unwrap();
            sent(&mut outbox);
            outbox.acknowledge(&Ack { boot: boot(1), seq: n as u64, older: Vec::new() }, 0);
        }
    }
    outbox.sync().unwrap();
    assert!(size() < 6 * 1024 * 1024, "{} bytes for one event", size());
    drop(outbox);
    let mut outbox = Outbox::open(dir.path(), Bounds::default(), boot(2)).unwrap();
    assert_eq!((sent(&mut outbox), outbox.len()), (vec![(boot(0), 1)], 1));
}

/// Says, syncs and is acknowledged until the power fails. Gives what was durable and not
/// acknowledged, and everything that was said.
fn until_the_power_fails(disk: &Disk, run: usize, random: &mut u64) -> (BTreeSet<(BootId, u64)>, u64) {
    let (mut durable, mut said, mut at_once) = (BTreeSet::new(), 0, Vec::new());
    let Ok(mut outbox) = Outbox::open_on(Arc::new(disk.clone()), Path::new("outbox"), Bounds::default(), boot(run))
    else {
        return (durable, said);
    };
    for turn in 0_usize.. {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for _ in 0..=(*random >> 60) {
            let Ok(one) = outbox.say(saying(run * 100_000 + said as usize), 0) else { return (durable, said) };
            said = one.seq;
            at_once.push((one.boot, one.seq));
        }
        if outbox.sync().is_err() || turn > 200 {
            return (durable, said);
        }
        durable.extend(at_once.drain(..));
        if turn % 3 == 2 {
            sent(&mut outbox);
            outbox.acknowledge(&Ack { boot: boot(run), seq: said / 2, older: Vec::new() }, 0);
            durable.retain(|(of, seq)| *of != boot(run) || *seq > said / 2);
        }
    }
    (durable, said)
}

#[test]
fn r6_what_was_durable_outlives_a_power_cut_at_any_change() {
    let full = std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full");
    let seed = std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_123);
    let (cuts, mut random, mut in_all) = (if full { 20_000 } else { 600 }, seed, 0);
    for cut in 0..cuts {
        let disk = Disk::new(seed ^ cut);
        let mut owed = BTreeSet::new();
        for run in 0..3 {
            disk.power_off_after(1 + (cut * 7 + run as u64 * 13) % 60);
            let (durable, _) = until_the_power_fails(&disk, run, &mut random);
            owed.extend(durable);
            disk.crash(seed.wrapping_add(cut * 3 + run as u64));
        }
        let mut outbox = Outbox::open_on(Arc::new(disk), Path::new("outbox"), Bounds::default(), boot(9)).unwrap();
        let found: BTreeSet<_> = sent(&mut outbox).into_iter().collect();
        let lost: Vec<_> = owed.difference(&found).collect();
        assert!(lost.is_empty(), "seed {seed}, cut {cut}: {lost:?} were durable and are gone");
        in_all += owed.len();
    }
    assert!(in_all > cuts as usize, "too little was durable to prove anything: {in_all}");
}
