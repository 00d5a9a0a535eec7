//! The journal's promises, tried on real files.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::fs;
use std::path::{Path, PathBuf};

use journal::{Damage, Error, Fault, Journal, MAX_PAYLOAD, NewRecord, Options, Reader, Recovery};
use proptest::prelude::*;
use tempfile::TempDir;

const HEADER: usize = 32;
const DAY_MS: i64 = 86_400_000;

/// A record that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    kind: u8,
    rx_ms: i64,
    at_ms: i64,
    topic: Vec<u8>,
    payload: Vec<u8>,
}

impl Owned {
    fn new(rx_ms: i64, payload: &str) -> Self {
        Self { kind: 1, rx_ms, at_ms: rx_ms - 5, topic: b"motcua/v1/a".to_vec(), payload: payload.into() }
    }

    fn borrowed(&self) -> NewRecord<'_> {
        let Self { kind, rx_ms, at_ms, topic, payload } = self;
        NewRecord { kind: *kind, rx_ms: *rx_ms, at_ms: *at_ms, topic, payload }
    }
}

fn open(dir: &Path) -> (Journal, Recovery) {
    Journal::open(dir, Options::default()).unwrap()
}

/// Appends and flushes one group.
fn write(journal: &mut Journal, group: &[Owned]) {
    for record in group {
        journal.append(record.borrowed());
    }
    journal.flush().unwrap();
}

/// Everything that can be read, and how reading ended.
fn read_from(dir: &Path, from: u64) -> (Vec<Owned>, Result<(), Error>) {
    let mut records = Vec::new();
    let mut reader = match Reader::open(dir, from) {
        Ok(reader) => reader,
        Err(error) => return (records, Err(error)),
    };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                assert_eq!(record.offset, from + records.len() as u64);
                records.push(Owned {
                    kind: record.kind,
                    rx_ms: record.rx_ms,
                    at_ms: record.at_ms,
                    topic: record.topic.to_vec(),
                    payload: record.payload.to_vec(),
                });
            }
            Ok(None) => return (records, Ok(())),
            Err(error) => return (records, Err(error)),
        }
    }
}

fn read(dir: &Path) -> Vec<Owned> {
    let (records, end) = read_from(dir, 1);
    end.unwrap();
    records
}

fn damage(error: Error) -> Damage {
    match error {
        Error::Damage(damage) => damage,
        other => panic!("expected damage, got {other}"),
    }
}

fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().unwrap().ends_with(suffix));
    paths.sort();
    paths
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    files(dir, ".journal")
}

/// A journal of `n` records of which all but the last `torn` were synced before those were written.
fn journal_of(n: usize, torn: usize) -> (TempDir, Vec<Owned>) {
    let dir = TempDir::new().unwrap();
    let records: Vec<_> = (0..n).map(|i| Owned::new(1_000 + i as i64, &"x".repeat(i % 7))).collect();
    let (mut journal, _) = open(dir.path());
    let (synced, rest) = records.split_at(n - torn);
    for record in synced {
        write(&mut journal, std::slice::from_ref(record));
        journal.syncer().sync().unwrap();
    }
    write(&mut journal, rest);
    (dir, records)
}

fn record() -> impl Strategy<Value = Owned> {
    let bytes = |n| prop::collection::vec(any::<u8>(), 0..n);
    (any::<u8>(), 0..3 * DAY_MS, any::<i64>(), bytes(40), bytes(300))
        .prop_map(|(kind, rx_ms, at_ms, topic, payload)| Owned { kind, rx_ms, at_ms, topic, payload })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_appended_is_read(
        groups in prop::collection::vec(prop::collection::vec(record(), 0..12), 0..8),
        segment_bytes in 100..4_000_u64,
        from in 1..20_u64,
    ) {
        let dir = TempDir::new().unwrap();
        let mut all: Vec<Owned> = Vec::new();
        for group in &groups {
            let (mut journal, recovery) = Journal::open(dir.path(), Options { segment_bytes }).unwrap();
            prop_assert_eq!(recovery.next_offset, all.len() as u64 + 1);
            prop_assert_eq!(recovery.last_rx_ms, all.last().map(|record| record.rx_ms));
            prop_assert_eq!(recovery.cut, None);
            write(&mut journal, group);
            all.extend_from_slice(group);
            prop_assert_eq!(journal.syncer().sync().unwrap(), all.len() as u64);
        }
        prop_assert_eq!(&read(dir.path()), &all);
        let (rest, end) = read_from(dir.path(), from);
        end.unwrap();
        prop_assert_eq!(&rest[..], all.get(from as usize - 1..).unwrap_or_default());
    }
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_what_was_torn() {
    let (dir, records) = journal_of(9, 4);
    let path = segments(dir.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = records
        .iter()
        .scan(HEADER, |end, record| {
            *end += 40 + record.topic.len() + record.payload.len();
            Some(*end)
        })
        .collect();
    assert_eq!(*ends.last().unwrap(), whole.len());
    for cut in ends[4]..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let kept = ends.iter().filter(|end| **end <= cut).count();
        let torn = cut - ends[kept - 1];
        assert_eq!(read(dir.path()), records[..kept], "a reader at {cut}");
        let (mut journal, recovery) = open(dir.path());
        assert_eq!(recovery.next_offset, kept as u64 + 1, "at {cut}");
        assert_eq!(recovery.cut.as_ref().map(|cut| cut.bytes), (torn > 0).then_some(torn as u64));
        if let Some(aside) = recovery.cut {
            assert_eq!((aside.position, aside.fault), (ends[kept - 1] as u64, Fault::CutShort));
            assert_eq!(fs::read(&aside.kept_as).unwrap(), whole[ends[kept - 1]..cut]);
        }
        let more = Owned::new(5_000, "after");
        write(&mut journal, std::slice::from_ref(&more));
        assert_eq!(read(dir.path()), [&records[..kept], &[more]].concat(), "after {cut}");
    }
}

#[test]
fn a_tail_of_zeros_is_cut() {
    let (dir, records) = journal_of(5, 1);
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes.resize(bytes.len() + 4_096, 0);
    fs::write(&path, bytes).unwrap();
    let cut = open(dir.path()).1.cut.unwrap();
    assert_eq!((cut.bytes, cut.whole_records, cut.fault), (4_096, 0, Fault::Length(0)));
    assert_eq!(read(dir.path()), records);
}

#[test]
fn pages_of_one_group_may_reach_the_disk_in_any_order() {
    let (dir, records) = journal_of(8, 4);
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let position = open(dir.path()).1.next_offset; // whole so far
    assert_eq!(position, 9);
    let fifth = HEADER + records[..4].iter().map(|r| 51 + r.payload.len()).sum::<usize>();
    bytes[fifth + 45] ^= 0xFF;
    fs::write(&path, bytes).unwrap();
    let (_, recovery) = open(dir.path());
    let cut = recovery.cut.unwrap();
    assert_eq!((recovery.next_offset, cut.whole_records, cut.fault), (5, 3, Fault::Checksum));
}

#[test]
fn every_flipped_bit_is_found_and_named() {
    let (dir, records) = journal_of(6, 1);
    let path = segments(dir.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - 51 - records[5].payload.len();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes).unwrap();
        let (got, end) = read_from(dir.path(), 1);
        assert_eq!(got, records[..got.len()], "bit {bit}");
        assert!(got.len() < records.len(), "bit {bit} was not noticed");
        if bit / 8 < HEADER {
            let refused = matches!(end, Err(Error::NewerFormat { .. } | Error::Damage(_)));
            assert!(refused && Journal::open(dir.path(), Options::default()).is_err(), "bit {bit}");
        } else if bit / 8 < last {
            let named = damage(end.unwrap_err());
            assert_eq!((named.offset, &named.file), (got.len() as u64 + 1, &path), "bit {bit}");
            assert!(bit / 8 >= named.position as usize, "bit {bit}");
        } else if let Err(error) = end {
            // A flipped length of the very last record may look like a torn write instead.
            assert_eq!(damage(error).offset, 6, "bit {bit}");
        }
    }
}

#[test]
fn damage_to_what_was_durable_is_refused_and_left_alone() {
    let (dir, records) = journal_of(6, 1);
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let third = HEADER + records[..2].iter().map(|r| 51 + r.payload.len()).sum::<usize>();
    bytes[third + 50] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let named = damage(Journal::open(dir.path(), Options::default()).unwrap_err());
    assert_eq!(named, Damage { file: path.clone(), position: third as u64, offset: 3, fault: Fault::Checksum });
    assert!(named.to_string().contains(&format!("at byte {third}, record 3: its checksum does not match")));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(files(dir.path(), "-1"), Vec::<PathBuf>::new());
}

#[test]
fn segments_end_with_the_day_and_with_their_size() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 32 + 3 * 60 };
    let (mut journal, _) = Journal::open(dir.path(), options).unwrap();
    // 60 bytes each; one group that needs four segments.
    let group: Vec<_> = [0, 1, 2, 3, DAY_MS, 2 * DAY_MS].map(|rx_ms| Owned::new(rx_ms, "123456789")).into();
    write(&mut journal, &group);
    let names: Vec<_> =
        segments(dir.path()).iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let name = |day, first: u64| format!("1970-01-0{day}-{first:020}.journal");
    assert_eq!(names, [name(1, 1), name(1, 4), name(2, 5), name(3, 6)]);
    assert_eq!(journal.syncer().sync().unwrap(), 6);
    assert_eq!(read(dir.path()), group);
    drop(journal);
    // The next process goes on in the same part of the day, and splits at the same size.
    let (mut journal, recovery) = Journal::open(dir.path(), options).unwrap();
    assert_eq!((recovery.segments, recovery.last_rx_ms), (4, Some(2 * DAY_MS)));
    write(&mut journal, &[Owned::new(2 * DAY_MS, "123456789"), Owned::new(2 * DAY_MS, "123456789")]);
    assert_eq!(segments(dir.path()).len(), 4);
    write(&mut journal, &[Owned::new(2 * DAY_MS, "123456789")]);
    assert_eq!(segments(dir.path()).len(), 5);
}

#[test]
fn a_missing_segment_is_damage() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = open(dir.path());
    write(&mut journal, &[0, DAY_MS, 2 * DAY_MS].map(|rx_ms| Owned::new(rx_ms, "")));
    fs::remove_file(&segments(dir.path())[1]).unwrap();
    let (got, end) = read_from(dir.path(), 1);
    assert_eq!((got.len(), damage(end.unwrap_err()).fault), (1, Fault::MissingSegment { found: 3 }));
    fs::remove_file(&segments(dir.path())[0]).unwrap();
    assert!(matches!(read_from(dir.path(), 1).1, Err(Error::Trimmed { first: 3, wanted: 1, .. })));
    assert_eq!(read_from(dir.path(), 3).0.len(), 1);
}

#[test]
fn there_is_one_writer() {
    let dir = TempDir::new().unwrap();
    let (journal, _) = open(dir.path());
    assert!(matches!(Journal::open(dir.path(), Options::default()), Err(Error::Locked { .. })));
    drop(journal);
    open(dir.path());
}

#[test]
fn a_reader_follows_the_writer() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(dir.path(), Options { segment_bytes: 5_000 }).unwrap();
    let mut reader = Reader::open(dir.path(), 1).unwrap();
    assert!(reader.next_record().unwrap().is_none());
    for n in 0..500_u64 {
        write(&mut journal, &[Owned::new(n as i64, "abc"), Owned::new(n as i64, &"d".repeat(n as usize))]);
        assert_eq!(reader.next_record().unwrap().unwrap().offset, 2 * n + 1);
        assert_eq!(reader.next_record().unwrap().unwrap().payload.len(), n as usize);
        assert!(reader.next_record().unwrap().is_none());
    }
    assert!(segments(dir.path()).len() > 20);
}

#[test]
fn a_reader_beside_a_writing_thread_sees_every_record_once() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(dir.path(), Options { segment_bytes: 100_000 }).unwrap();
    let writer = std::thread::spawn(move || {
        for n in 0..3_000_i64 {
            write(&mut journal, &[Owned::new(n, &"p".repeat((n % 400) as usize))]);
        }
    });
    let mut reader = Reader::open(dir.path(), 1).unwrap();
    let mut seen = 0;
    loop {
        let done = writer.is_finished();
        while let Some(record) = reader.next_record().unwrap() {
            assert_eq!((record.offset, record.rx_ms), (seen + 1, seen as i64));
            seen += 1;
        }
        if done {
            break;
        }
    }
    writer.join().unwrap();
    assert_eq!(seen, 3_000);
}

#[test]
fn a_newer_format_is_refused_in_one_sentence() {
    let (dir, _) = journal_of(1, 0);
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 2;
    fs::write(&path, bytes).unwrap();
    let error = Journal::open(dir.path(), Options::default()).unwrap_err().to_string();
    let expected = "has journal format 2 and this program reads up to 1: start the newer motcua that wrote it";
    assert_eq!(error, format!("{} {expected}", path.display()));
}

#[test]
fn a_sync_covers_what_was_flushed_and_no_more() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = open(dir.path());
    let mut syncer = journal.syncer();
    assert_eq!(syncer.sync().unwrap(), 0);
    write(&mut journal, &[Owned::new(1, "a"), Owned::new(2, "b")]);
    journal.append(Owned::new(3, "c").borrowed());
    assert_eq!(syncer.sync().unwrap(), 2);
    journal.flush().unwrap();
    assert_eq!(syncer.sync().unwrap(), 3);
    assert_eq!(syncer.sync().unwrap(), 3);
}

#[test]
fn a_record_that_does_not_fit_stops_the_journal_before_it_is_written() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = open(dir.path());
    write(&mut journal, &[Owned::new(1, "a")]);
    let payload = vec![0; MAX_PAYLOAD + 1];
    journal.append(NewRecord { kind: 0, rx_ms: 2, at_ms: 2, topic: b"", payload: &payload });
    assert!(matches!(journal.flush(), Err(Error::TooLong { offset: 2, .. })));
    assert!(matches!(journal.flush(), Err(Error::TooLong { offset: 2, .. })));
    assert_eq!(read(dir.path()).len(), 1);
}

#[test]
fn a_segment_that_was_only_begun_does_no_harm() {
    let (dir, records) = journal_of(3, 0);
    fs::write(dir.path().join("segment.new"), b"half a hea").unwrap();
    let (mut journal, recovery) = open(dir.path());
    assert_eq!(recovery.next_offset, 4);
    write(&mut journal, &[Owned::new(DAY_MS, "next day")]);
    assert_eq!(read(dir.path()).len(), records.len() + 1);
    drop(journal);
    // A segment that has its header and nothing else: the crash came right after its creation.
    let newest = segments(dir.path()).pop().unwrap();
    let header = fs::read(&newest).unwrap()[..HEADER].to_vec();
    fs::write(&newest, header).unwrap();
    let (mut journal, recovery) = open(dir.path());
    assert_eq!((recovery.next_offset, recovery.last_rx_ms), (4, Some(1_002)));
    write(&mut journal, &[Owned::new(3 * DAY_MS, "again")]);
    assert_eq!((read(dir.path()).len(), segments(dir.path()).len()), (4, 2));
}
