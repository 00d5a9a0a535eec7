//! Torn tails, damage, and formats of another time.

use std::fs;
use std::path::PathBuf;

use journal::{Damage, Error, Fault, Journal, Options};

use super::*;

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
    assert_eq!(read(dir.path()).len(), 8, "whole so far");
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
fn what_had_been_synced_is_missed_even_when_nothing_was_written_after_it() {
    let (dir, records) = journal_of(4, 0);
    let path = segments(dir.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - 51 - records[3].payload.len();
    // Cut right between two records, cut inside the last one, and changed in the last one.
    let mut changed = whole.clone();
    changed[last + 50] ^= 1;
    let faults = [Fault::Lost, Fault::CutShort, Fault::Checksum];
    for (bytes, fault) in [&whole[..last], &whole[..last + 9], &changed].into_iter().zip(faults) {
        fs::write(&path, bytes).unwrap();
        let named = damage(Journal::open(dir.path(), Options::default()).unwrap_err());
        assert_eq!(named, Damage { file: path.clone(), position: last as u64, offset: 4, fault });
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    fs::remove_file(&path).unwrap();
    let named = damage(Journal::open(dir.path(), Options::default()).unwrap_err());
    assert_eq!((named.offset, named.fault), (1, Fault::Lost));
    fs::write(&path, &whole).unwrap();
    assert_eq!(open(dir.path()).1.next_offset, 5);
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
