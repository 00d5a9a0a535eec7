//! Archives, trimming, and what can be told of the whole.

use std::fs;

use journal::{
    Damage, Error, Fault, Journal, Options, Progress, Reader, archive_next, check, segments as infos, set_aside,
    untrimmed, verify,
};

use super::*;

/// Five days of a few records each, all synced.
fn five_days(options: Options) -> (TempDir, Vec<Owned>) {
    let dir = TempDir::new().unwrap();
    let records: Vec<_> = (0..40).map(|n| Owned::new(n / 8 * DAY_MS + n, &"waiting ".repeat(n as usize))).collect();
    let (mut journal, _) = Journal::open(dir.path(), options).unwrap();
    write(&mut journal, &records);
    journal.syncer().sync().unwrap();
    (dir, records)
}

#[test]
fn sealed_segments_become_archives_that_read_the_same() {
    let (dir, records) = five_days(Options::default());
    let plain = segments(dir.path());
    let before: u64 = plain.iter().map(|path| path.metadata().unwrap().len()).sum();
    // Up to record 17: the first two days, and not a part of the third.
    for (first, last) in [(1, 8), (9, 16)] {
        let archived = archive_next(dir.path(), 20).unwrap().unwrap();
        assert_eq!((archived.first, archived.last), (first, last));
        assert!(archived.archived_bytes < archived.plain_bytes);
        assert_eq!(archived.file.metadata().unwrap().len(), archived.archived_bytes);
    }
    assert_eq!(archive_next(dir.path(), 20).unwrap(), None);
    assert_eq!((segments(dir.path()).len(), files(dir.path(), ".zst").len()), (3, 2));
    assert_eq!(read(dir.path()), records);
    let (rest, end) = read_from(dir.path(), 12);
    end.unwrap();
    assert_eq!(rest, records[11..]);
    // Beside the writer, and never the segment that it writes.
    let (mut journal, recovery) = open(dir.path());
    assert_eq!((recovery.segments, recovery.next_offset), (5, 41));
    while archive_next(dir.path(), u64::MAX).unwrap().is_some() {}
    let told: Vec<_> = infos(dir.path()).unwrap().into_iter().map(|info| (info.first, info.archived)).collect();
    assert_eq!(told, [(1, true), (9, true), (17, true), (25, true), (33, false)]);
    let mut all = records;
    all.push(Owned::new(9 * DAY_MS, "after"));
    write(&mut journal, &all[40..]);
    assert_eq!(read(dir.path()), all);
    let report = verify(dir.path(), |_| {}).unwrap();
    assert_eq!((report.segments, report.archived, report.records, report.damage), (6, 4, 41, None));
    assert!(report.bytes > before);
}

#[test]
fn an_archive_is_what_any_zstd_tool_unpacks_to_the_segment() {
    let (dir, _) = five_days(Options::default());
    let plain = fs::read(&segments(dir.path())[0]).unwrap();
    let archived = archive_next(dir.path(), u64::MAX).unwrap().unwrap();
    assert_eq!(zstd::decode_all(&fs::read(archived.file).unwrap()[..]).unwrap(), plain);
}

#[test]
fn where_a_crash_left_both_the_segment_is_read_and_archived_again() {
    let (dir, records) = five_days(Options::default());
    let path = segments(dir.path()).remove(0);
    let plain = fs::read(&path).unwrap();
    archive_next(dir.path(), 9).unwrap().unwrap();
    fs::write(&path, &plain).unwrap();
    fs::write(dir.path().join("archive.new"), b"half an archive").unwrap();
    assert_eq!(read(dir.path()), records);
    assert_eq!(infos(dir.path()).unwrap().len(), 5);
    assert_eq!(archive_next(dir.path(), 9).unwrap().map(|archived| archived.last), Some(8));
    assert!(!path.exists());
    assert_eq!(read(dir.path()), records);
}

#[test]
fn a_damaged_segment_is_not_archived_and_stays_as_it_is() {
    let (dir, _) = five_days(Options::default());
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[300] ^= 4;
    fs::write(&path, &bytes).unwrap();
    let named = damage(archive_next(dir.path(), u64::MAX).unwrap_err());
    assert_eq!((&named.file, named.offset, named.fault), (&path, 5, Fault::Checksum));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(files(dir.path(), ".zst").len() + files(dir.path(), ".new").len(), 0);
}

#[test]
fn an_archive_of_a_later_format_is_refused_in_one_sentence() {
    let (dir, _) = five_days(Options::default());
    let file = archive_next(dir.path(), u64::MAX).unwrap().unwrap().file;
    let mut bytes = fs::read(&file).unwrap();
    bytes[16] = 9;
    fs::write(&file, bytes).unwrap();
    let expected = "has journal format 9 and this program reads up to 1: start the newer motcua that wrote it";
    let expected = format!("{} {expected}", file.display());
    assert_eq!(Journal::open(dir.path(), Options::default()).unwrap_err().to_string(), expected);
    assert_eq!(verify(dir.path(), |_| {}).unwrap_err().to_string(), expected);
    assert_eq!(read_from(dir.path(), 1).1.unwrap_err().to_string(), expected);
}

#[test]
fn a_segment_is_a_part_of_a_local_day() {
    const HOUR_MS: i64 = 3_600_000;
    let dir = TempDir::new().unwrap();
    // A journal of UTC days that goes on with those of a place seven hours ahead.
    let (mut journal, _) = open(dir.path());
    let mut records = vec![Owned::new(10 * HOUR_MS, "utc"), Owned::new(18 * HOUR_MS, "1 o'clock there")];
    write(&mut journal, &records);
    drop(journal);
    let options = Options { utc_offset_ms: 7 * HOUR_MS, ..Options::default() };
    let (mut journal, _) = Journal::open(dir.path(), options).unwrap();
    records.extend([20, 40, 41, 60].map(|hour| Owned::new(hour * HOUR_MS, "local")));
    write(&mut journal, &records[2..]);
    let days: Vec<_> = infos(dir.path()).unwrap().into_iter().map(|info| (info.first, info.day)).collect();
    assert_eq!(days, [(1, "1970-01-01".into()), (5, "1970-01-03".into())]);
    assert_eq!(read(dir.path()), records);
}

#[test]
fn what_is_trimmed_is_gone_and_numbers_go_on() {
    let (dir, records) = five_days(Options::default());
    let (mut journal, recovery) = open(dir.path());
    assert_eq!(recovery.first_offset, 1);
    archive_next(dir.path(), 9).unwrap().unwrap();
    assert_eq!(journal.trim_before(8).unwrap(), 0, "a part of a segment stays");
    assert_eq!(journal.trim_before(18).unwrap(), 2);
    assert_eq!(read_from(dir.path(), 17).0, records[16..]);
    assert!(matches!(read_from(dir.path(), 16).1, Err(Error::Trimmed { first: 17, wanted: 16, .. })));
    // Everything there is: the newest segment stays, and so do the numbers.
    assert_eq!(journal.trim_before(41).unwrap(), 2);
    assert_eq!(infos(dir.path()).unwrap().len(), 1);
    drop(journal);
    let (mut journal, recovery) = open(dir.path());
    assert_eq!((recovery.first_offset, recovery.next_offset), (33, 41));
    write(&mut journal, &[Owned::new(6 * DAY_MS, "next")]);
    assert_eq!(journal.trim_before(41).unwrap(), 1);
    assert_eq!(read_from(dir.path(), 41).0.len(), 1);
    assert_eq!(verify(dir.path(), |_| {}).unwrap().first, 41);
}

#[test]
fn damage_far_from_the_end_is_told_by_verifying_and_put_aside() {
    let (dir, records) = five_days(Options::default());
    assert_eq!(set_aside(dir.path()).unwrap(), None);
    let third = segments(dir.path()).remove(2);
    let mut bytes = fs::read(&third).unwrap();
    let position = HEADER + 51 + records[16].payload.len();
    bytes[position + 60] ^= 1;
    fs::write(&third, &bytes).unwrap();
    let mut told: Vec<Progress> = Vec::new();
    let report = verify(dir.path(), |progress| told.push(progress)).unwrap();
    let named = Damage { file: third.clone(), position: position as u64, offset: 18, fault: Fault::Checksum };
    assert_eq!((report.damage.as_ref(), report.records), (Some(&named), 17));
    assert_eq!(told.last(), Some(&Progress { segments: 2, of: 5, records: 16 }));
    for way_out in ["`motcua restore`", "`motcua journal set-aside`"] {
        assert!(named.to_string().contains(way_out), "{named}");
    }
    let running = open(dir.path());
    assert!(matches!(set_aside(dir.path()), Err(Error::Locked { .. })));
    drop(running);
    let aside = set_aside(dir.path()).unwrap().unwrap();
    assert_eq!((aside.damage, aside.next_offset, aside.files.len()), (named, 18, 3));
    assert!(aside.files.iter().all(|file| file.exists()));
    assert_eq!(read(dir.path()), records[..17]);
    let (mut journal, recovery) = open(dir.path());
    assert_eq!(recovery.next_offset, 18);
    write(&mut journal, &records[17..19]);
    assert_eq!(read(dir.path()), records[..19]);
}

#[test]
fn a_look_finds_what_opening_would_and_touches_nothing() {
    let (dir, _) = five_days(Options::default());
    archive_next(dir.path(), 20).unwrap().unwrap();
    // Beside the writer, which holds the lock.
    let (writer, _) = open(dir.path());
    let checked = check(dir.path()).unwrap();
    assert_eq!((checked.segments, checked.first_offset, checked.next_offset, checked.tail_bytes), (5, 1, 41, 0));
    drop(writer);
    let broken = |name: &str, bytes: Option<&[u8]>, wanted: Fault| {
        let path = dir.path().join(name);
        let kept = fs::read(&path).unwrap();
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let names = files(dir.path(), "");
        assert!(matches!(check(dir.path()), Err(Error::Damage(Damage { fault, .. })) if fault == wanted), "{name}");
        assert_eq!(files(dir.path(), ""), names);
        assert!(matches!(Journal::open(dir.path(), Options::default()), Err(Error::Damage(_))), "{name}");
        fs::write(&path, kept).unwrap();
    };
    let names: Vec<String> =
        segments(dir.path()).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let newest = fs::read(dir.path().join(&names[3])).unwrap();
    broken(&names[3], Some(&newest[..newest.len() - 5]), Fault::CutShort);
    broken(&names[3], None, Fault::Lost);
    broken(&names[1], None, Fault::MissingSegment { found: 25 });
    let archive = files(dir.path(), ".zst")[0].file_name().unwrap().to_string_lossy().into_owned();
    broken(&archive, Some(&[0; 400]), Fault::Header);
    assert_eq!(check(dir.path()).unwrap(), checked);

    // What is trimmed on purpose is no damage; whoever never trims asks.
    fs::remove_file(dir.path().join(&archive)).unwrap();
    let first = check(dir.path()).unwrap().first_offset;
    let said = untrimmed(dir.path(), first).unwrap_err().to_string();
    assert!(said.contains("its first segments are missing, records 1 to 8;"), "{said}");
    let said = Reader::open_untrimmed(dir.path(), 1).unwrap_err().to_string();
    assert!(said.contains("its first segments are missing, records 1 to 8;"), "{said}");
    untrimmed(dir.path(), 1).unwrap();
}

#[test]
fn a_look_sees_that_every_segment_is_gone() {
    let (dir, _) = five_days(Options::default());
    for path in segments(dir.path()) {
        fs::remove_file(path).unwrap();
    }
    assert!(matches!(check(dir.path()), Err(Error::Damage(Damage { fault: Fault::Lost, .. }))));
    let empty = TempDir::new().unwrap();
    let checked = check(empty.path()).unwrap();
    assert_eq!((checked.segments, checked.next_offset), (0, 1));
}
