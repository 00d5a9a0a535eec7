//! What is written, rotated, synced and read.

use std::fs;

use journal::{Error, Journal, MAX_PAYLOAD, NewRecord, Options, Reader};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn record() -> impl Strategy<Value = Owned> {
    let bytes = |n| prop::collection::vec(any::<u8>(), 0..n);
    (any::<u8>(), 0..3 * DAY_MS, any::<i64>(), bytes(40), bytes(300))
        .prop_map(|(kind, rx_ms, at_ms, topic, payload)| Owned { kind, rx_ms, at_ms, topic, payload })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_appended_is_read(
        groups in prop::collection::vec(prop::collection::vec(record(), 0..12), 0..8),
        segment_bytes in 300..6_000_u64,
        from in 1..20_u64,
    ) {
        let dir = TempDir::new().unwrap();
        let mut all: Vec<Owned> = Vec::new();
        for group in &groups {
            let (mut journal, recovery) = Journal::open(dir.path(), Options { segment_bytes, ..Options::default() }).unwrap();
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
fn segments_end_with_the_day_and_with_their_size() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 32 + 3 * 60, ..Options::default() };
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
    let (mut journal, _) = Journal::open(dir.path(), Options { segment_bytes: 5_000, ..Options::default() }).unwrap();
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
    let (mut journal, _) = Journal::open(dir.path(), Options { segment_bytes: 100_000, ..Options::default() }).unwrap();
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
fn a_flush_that_failed_goes_on_where_it_stopped() {
    let dir = TempDir::new().unwrap();
    let (mut journal, _) = open(dir.path());
    let group = [0, 1, DAY_MS, DAY_MS + 1, 2 * DAY_MS].map(|rx_ms| Owned::new(rx_ms, "abc"));
    write(&mut journal, &group[..1]);
    // The next segment cannot be created while a directory stands in its place.
    let in_the_way = dir.path().join("segment.new");
    fs::create_dir(&in_the_way).unwrap();
    for record in &group[1..] {
        journal.append(record.borrowed());
    }
    for _ in 0..2 {
        assert!(matches!(journal.flush(), Err(Error::Io { action: "create", .. })));
    }
    assert_eq!(read(dir.path()), group[..2]);
    fs::remove_dir(&in_the_way).unwrap();
    journal.flush().unwrap();
    assert_eq!(journal.syncer().sync().unwrap(), 5);
    assert_eq!(read(dir.path()), group);
}
