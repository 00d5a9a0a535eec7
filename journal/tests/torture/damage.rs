//! R5: a journal cut at any byte, and one with any bit turned: nothing panics, the damaged record is
//! named, what comes before it is kept, and nothing wrong is taken for right.

use std::ops::Range;
use std::sync::Arc;

use journal::faulty::Disk;
use journal::{
    Damage, Error, Fault, Journal, Options, Storage, archive_next_on, check_on, segments_on, set_aside_on, verify_on,
};

use super::*;

const SEGMENT_HEADER: u64 = 32;
const RECORD_HEADER: u64 = 40;
const TOPIC: u64 = 34;

/// A journal of an archive, a sealed segment and a growing one with a tail that was not synced.
struct Sample {
    seed: u64,
    files: Vec<(String, Vec<u8>)>,
    /// The first record of each segment.
    firsts: Vec<u64>,
    /// The last record that is known to have been synced, and the last of all.
    synced: u64,
    last: u64,
}

impl Sample {
    /// Its growing segment has at least `bytes` bytes.
    fn new(seed: u64, bytes: u64) -> Self {
        let disk = Disk::new(seed);
        let options = Options { segment_bytes: 2 * bytes, ..Options::default() };
        let (mut journal, _) = Journal::open_on(Arc::new(disk.clone()), options).unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut syncer = journal.syncer();
        for day in 0..3 {
            let from = journal.next_offset();
            let enough = |next: u64| (from..next).map(|offset| len(seed, offset)).sum::<u64>() >= bytes;
            let few = |next: u64| day < 2 && next >= from + 30;
            while !few(journal.next_offset()) && !enough(journal.next_offset()) {
                for _ in 0..random.u8(1..5) {
                    journal.append(record(day * 86_400_000, &payload(seed, journal.next_offset())));
                }
                journal.flush().unwrap();
                syncer.sync().unwrap();
            }
        }
        let synced = journal.next_offset() - 1;
        for _ in 0..4 {
            journal.append(record(2 * 86_400_000, &payload(seed, journal.next_offset())));
        }
        journal.flush().unwrap();
        let last = journal.next_offset() - 1;
        drop(journal);
        let storage: Arc<Disk> = Arc::new(disk.clone());
        let firsts: Vec<_> = segments_on(storage.clone()).unwrap().iter().map(|segment| segment.first).collect();
        assert!(archive_next_on(storage.clone(), firsts[1]).unwrap().is_some());
        let names = storage.names().unwrap();
        let files = names.into_iter().map(|name| (name.clone(), disk.contents(&name).unwrap())).collect();
        Self { seed, files, firsts, synced, last }
    }

    fn disk(&self) -> Disk {
        let disk = Disk::new(self.seed);
        for (name, bytes) in &self.files {
            disk.put(name, bytes);
        }
        disk
    }

    /// The files of the segments, in the order of their records.
    fn segment(&self, index: usize) -> &(String, Vec<u8>) {
        let first = format!("-{:020}.journal", self.firsts[index]);
        self.files.iter().find(|(name, _)| name.contains(&first)).unwrap()
    }

    /// The records of a segment.
    fn records(&self, index: usize) -> Range<u64> {
        self.firsts[index]..self.firsts.get(index + 1).map_or(self.last + 1, |first| *first)
    }

    /// The first record of a plain segment that is not wholly within its first `bytes`.
    fn record_at(&self, index: usize, bytes: u64) -> u64 {
        let mut end = SEGMENT_HEADER;
        let within = |offset: &u64| {
            end += len(self.seed, *offset);
            end <= bytes
        };
        self.records(index).start + self.records(index).take_while(within).count() as u64
    }

    /// What can be read is what was written. Says the number of the record that would come next.
    fn check(&self, disk: &Disk) -> (u64, Result<(), Error>) {
        read(disk, 1, |offset, bytes| assert_eq!(bytes, payload(self.seed, offset), "record {offset}"))
    }

    /// Damage that was found can be put aside, and the journal goes on after what is whole.
    fn goes_on(&self, disk: &Disk, named: &Damage) {
        let aside = set_aside_on(Arc::new(disk.clone())).unwrap().unwrap();
        // An archive whose last bytes are missing may have lost none of its records.
        let at_its_end = named.position > SEGMENT_HEADER && self.firsts.contains(&named.offset);
        let lossless = named.fault == Fault::Archive && at_its_end;
        let next = if lossless { self.last + 1 } else { named.offset };
        assert_eq!((&aside.damage, aside.next_offset), (named, next));
        let (mut journal, recovery) = Journal::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
        assert_eq!(recovery.next_offset, next);
        journal.append(record(9 * 86_400_000, &payload(self.seed, next)));
        journal.flush().unwrap();
        let (end, result) = self.check(disk);
        result.unwrap();
        assert_eq!(end, next + 1);
    }
}

/// Length of a record.
fn len(seed: u64, offset: u64) -> u64 {
    RECORD_HEADER + TOPIC + payload(seed, offset).len() as u64
}

/// The damage that a look at the whole journal names; it is that which opening names too, where
/// opening looks.
fn verified(disk: &Disk) -> Result<Option<Damage>, Error> {
    let damage = verify_on(Arc::new(disk.clone()), |_| {})?.damage;
    let checked = check_on(Arc::new(disk.clone()));
    let opened = Journal::open_on(Arc::new(disk.clone()), Options::default());
    match (&checked, &opened) {
        (Ok(checked), Ok((_, recovery))) => assert_eq!(checked.next_offset, recovery.next_offset),
        (Err(Error::Damage(checked)), Err(Error::Damage(opened))) => assert_eq!(checked, opened),
        _ => panic!("looking says {checked:?}, opening {opened:?}"),
    }
    match (opened, &damage) {
        (Err(Error::Damage(opened)), Some(damage)) => assert_eq!(opened.offset, damage.offset),
        (Err(error), _) => panic!("{error:?}, but {damage:?}"),
        (Ok(_), _) => {}
    }
    Ok(damage)
}

#[test]
fn r5_a_log_cut_at_any_byte_keeps_what_is_before() {
    let run = Run::new();
    let cuts = run.size(4_096, 65_536);
    let sample = Sample::new(run.seed, cuts + 2_000);
    let (name, bytes) = sample.segment(2);
    let whole = bytes.len() as u64;
    let (mut torn, mut lost) = (0, 0);
    for cut in whole - cuts..whole {
        let disk = sample.disk();
        disk.put(name, &bytes[..usize::try_from(cut).unwrap()]);
        let next = sample.record_at(2, cut);
        let (read_to, end) = sample.check(&disk);
        end.unwrap();
        assert_eq!(read_to, next, "cut at {cut}, seed {}", run.seed);
        match Journal::open_on(Arc::new(disk.clone()), Options::default()) {
            Ok((_, recovery)) => {
                assert!(next > sample.synced, "{next} was synced; cut at {cut}, seed {}", run.seed);
                assert_eq!(recovery.next_offset, next);
                torn += 1;
            }
            Err(Error::Damage(named)) => {
                assert!(next <= sample.synced, "cut at {cut}, seed {}", run.seed);
                assert_eq!(named.offset, next);
                assert!(matches!(named.fault, Fault::Lost | Fault::CutShort), "{named}");
                if lost % 16 == 0 {
                    sample.goes_on(&disk, &named);
                }
                lost += 1;
            }
            Err(error) => panic!("{error:?} at {cut}, seed {}", run.seed),
        }
    }
    assert!(torn > 100 && lost > 1_000, "{torn} {lost}");
    let figures = format!(r#""panics":0,"kept_wrong":0,"tails_cut":{torn},"loss_of_synced_named":{lost}"#);
    run.tell("R5", "cuts of the growing segment", cuts, &figures);
}

#[test]
fn r5_a_sealed_segment_or_an_archive_cut_anywhere_is_named() {
    let run = Run::new();
    let sample = Sample::new(run.seed, 3_000);
    let mut tried = 0;
    for index in 0..2 {
        let (name, bytes) = sample.segment(index);
        let step = if run.full { 1 } else { 5 };
        for cut in (0..bytes.len()).rev().step_by(step) {
            let disk = sample.disk();
            disk.put(name, &bytes[..cut]);
            let named = match Journal::open_on(Arc::new(disk.clone()), Options::default()) {
                Err(Error::Damage(named)) => named,
                other => panic!("{other:?} at {cut} of {name}, seed {}", run.seed),
            };
            let (next, end) = sample.check(&disk);
            assert!(matches!(end, Err(Error::Damage(read)) if read.offset == named.offset && next == named.offset));
            if index == 1 && cut >= SEGMENT_HEADER as usize {
                assert_eq!(named.offset, sample.record_at(index, cut as u64), "cut at {cut}, seed {}", run.seed);
            }
            if tried % 16 == 0 {
                sample.goes_on(&disk, &named);
            }
            tried += 1;
        }
    }
    run.tell("R5", "cuts of sealed segments and archives", tried, r#""panics":0,"unnoticed":0"#);
}

#[test]
fn r5_every_turned_bit_is_noticed_and_named() {
    let run = Run::new();
    let flips = run.size(5_000, 100_000);
    let sample = Sample::new(run.seed, 8_000);
    let mut random = fastrand::Rng::with_seed(run.seed);
    let (mut named_by_record, mut archives, mut tails) = (0, 0, 0);
    for n in 0..flips {
        let index = random.usize(..3);
        let (name, bytes) = sample.segment(index);
        let bit = random.u64(..bytes.len() as u64 * 8);
        let place = format!("bit {bit} of {name}, seed {}", run.seed);
        let disk = sample.disk();
        assert!(disk.flip_bit(name, bit));
        let (next, end) = sample.check(&disk);
        let damage = match verified(&disk) {
            Ok(damage) => damage,
            // A version that does not exist yet.
            Err(Error::NewerFormat { .. }) if bit / 8 < SEGMENT_HEADER => continue,
            Err(error) => panic!("{error:?}: {place}"),
        };
        let records = sample.records(index);
        match damage {
            Some(named) if index == 0 => {
                assert!(records.contains(&named.offset) || named.offset == records.end, "{named}: {place}");
                archives += 1;
                if n % 16 == 0 {
                    sample.goes_on(&disk, &named);
                }
            }
            Some(named) => {
                let hit = if bit / 8 < SEGMENT_HEADER { records.start } else { sample.record_at(index, bit / 8) };
                assert_eq!(named.offset, hit, "{named}: {place}");
                assert!(index < 2 || hit <= sample.synced, "{named}: {place}");
                named_by_record += 1;
                if n % 16 == 0 {
                    sample.goes_on(&disk, &named);
                }
            }
            None => {
                assert!(index == 2 && sample.record_at(2, bit / 8) > sample.synced, "unnoticed: {place}");
                assert_eq!(next, sample.record_at(2, bit / 8), "{place}");
                tails += 1;
                continue;
            }
        }
        assert!(end.is_err() || next > sample.synced - 4, "a reader did not notice: {place}");
    }
    assert!(named_by_record > flips / 3 && archives > flips / 5 && tails > 0);
    let figures = format!(
        r#""panics":0,"unnoticed":0,"wrong_accepted":0,"named_by_record":{named_by_record},"in_archives":{archives},"tails_cut":{tails}"#
    );
    run.tell("R5", "turned bits", flips, &figures);
}
