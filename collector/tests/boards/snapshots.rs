//! A start from a snapshot and a start from the journal's first record give the same.

use collector::{ops, snapshot};
use domain::Timestamp;
use domain::board::Board;
use mqtt_config::settings::Clock;
use proptest::prelude::*;

use crate::bench::{Act, Bench, acts, at, runtime};

/// Says everything; the snapshot is taken after `cut` acts.
fn a_day(acts: &[Act], cut: usize) -> (Bench, Timestamp) {
    let mut bench = Bench::new(Clock::Event, 1);
    let mut now = at(0);
    bench.say("x", now, r#""type":"service.staffing","service":"s1","open_counters":1"#);
    for (n, act) in acts.iter().enumerate() {
        if n == cut {
            bench.keep();
        }
        let Act::Say(gap, rest) = act else { continue };
        now = now.plus(gap * 1_000);
        // Every seventh comes late: the fold has to go back behind the snapshot.
        let ts = if n % 7 == 6 { now.plus(-100_000) } else { now };
        bench.say(if n % 5 == 0 { "y" } else { "x" }, ts, rest);
    }
    bench.door.journal().flush().unwrap();
    (bench, now)
}

fn boards(dir: &tempfile::TempDir, as_of: Timestamp) -> Vec<Board> {
    let texts = ops::boards(&runtime(dir, Clock::Event), as_of).unwrap();
    let mut boards: Vec<Board> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    boards.sort_by_key(|board| board.site);
    boards.iter_mut().for_each(|board| board.seq = 0);
    boards
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_start_from_a_snapshot_shows_what_the_whole_journal_shows(acts in acts(), cut in any::<prop::sample::Index>()) {
        let (bench, now) = a_day(&acts, cut.index(acts.len()));
        let Bench { dir, door, engine, .. } = bench;
        engine.stop();
        drop(door);
        let snapshots = snapshot::dir_of(dir.path());
        prop_assert_eq!(snapshot::list(&snapshots).unwrap().len(), 1);
        let kept = boards(&dir, now);
        let (_, hash) = ops::state_hash_from_snapshot(dir.path()).unwrap().unwrap();
        std::fs::remove_dir_all(&snapshots).unwrap();
        prop_assert_eq!(kept, boards(&dir, now));
        prop_assert_eq!(hash, ops::state_hash(dir.path()).unwrap());
        prop_assert!(ops::state_hash_from_snapshot(dir.path()).unwrap().is_none());
    }
}

#[test]
fn the_same_state_is_the_same_bytes_and_comes_back_as_it_was() {
    let mut bench = Bench::new(Clock::Event, 1);
    for n in 0..50 {
        let rest = format!(r#""type":"ticket.issued","ticket":"A{n}","service":"s{}","priority":"normal""#, n % 3);
        bench.say("x", at(n), &rest);
    }
    let bytes = bench.keep().encode().unwrap();
    assert_eq!(bench.keep().encode().unwrap(), bytes);
    assert_eq!(snapshot::decode(&bytes).unwrap().encode().unwrap(), bytes);
}

/// The bytes of a known state: whoever changes them gives [`snapshot::FORMAT_VERSION`] another number,
/// and then this one.
#[test]
fn another_layout_has_another_version() {
    let mut bench = Bench::new(Clock::Event, 1);
    bench.say("x", at(0), r#""type":"counter.opened","counter":"q1","officer":"nv-1","services":["s"]"#);
    bench.say("x", at(1), r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
    bench.say("x", at(2), r#""type":"ticket.called","ticket":"A1","counter":"q1""#);
    bench.say("x", at(3), r#""type":"ticket.no_show","ticket":"A1","counter":"q1""#);
    bench.say("x", at(4), r#""type":"rating.pressed","level":"neutral","counter":"q1""#);
    bench.say("x", at(5), r#""type":"camera.occupancy","camera":"c","zone":"z","level":0.5"#);
    bench.raw("x", at(6), r#"{"boot":"b","seq":9}"#);
    let body = &bench.keep().encode().unwrap()[40..];
    assert_eq!((snapshot::FORMAT_VERSION, body.len(), crc32c::crc32c(body)), (4, 3_913, 2_352_793_082));
}

#[test]
fn what_is_damaged_foreign_or_torn_is_passed_over() {
    let mut bench = Bench::new(Clock::Event, 1);
    bench.say("x", at(0), r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
    let first = bench.keep();
    bench.say("x", at(5), r#""type":"ticket.issued","ticket":"A2","service":"s","priority":"normal""#);
    let second = bench.keep();
    let journal = collector::recover::journal_dir(bench.dir.path());
    let dir = snapshot::dir_of(bench.dir.path());
    let newest = || snapshot::newest(&dir, &journal, Some(true)).map(|found| found.offset);
    assert_eq!(newest(), Some(second.offset));
    assert!(snapshot::newest(&dir, &journal, Some(false)).is_none(), "another clock");

    let (_, file) = snapshot::list(&dir).unwrap().remove(0);
    let bytes = std::fs::read(&file).unwrap();
    for flipped in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[flipped] ^= 1;
        // The four zero bytes are the only ones that say nothing; the checksum covers them too.
        assert!(snapshot::decode(&bytes).is_err(), "byte {flipped}");
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(newest(), Some(first.offset), "cut short: the one before");
    let foreign = snapshot::Snapshot { print: second.print ^ 1, ..second };
    std::fs::write(&file, foreign.encode().unwrap()).unwrap();
    assert_eq!(newest(), Some(first.offset), "of another journal: the one before");
    let ahead = snapshot::Snapshot { offset: first.offset + 100, ..foreign };
    std::fs::write(&file, ahead.encode().unwrap()).unwrap();
    assert_eq!(newest(), Some(first.offset), "ahead of the journal: the one before");
    std::fs::rename(&file, dir.join("00000000000000000900.snapshot")).unwrap();
    first.write(&dir).unwrap();
    let left: Vec<u64> = snapshot::list(&dir).unwrap().into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(left, [first.offset], "what reaches further is of no use any more");
}

#[test]
fn records_that_were_durable_and_are_gone_are_missed() {
    let mut bench = Bench::new(Clock::Event, 1);
    bench.say("x", at(0), r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
    bench.keep();
    let Bench { dir, door, engine, .. } = bench;
    engine.stop();
    drop(door);
    assert!(collector::recover::open(&runtime(&dir, Clock::Event), 0).is_ok());
    std::fs::remove_dir_all(collector::recover::journal_dir(dir.path())).unwrap();
    let told = collector::recover::open(&runtime(&dir, Clock::Event), 0).err().unwrap().to_string();
    assert!(told.contains("records 1 to 3 are missing"), "{told}");
    snapshot::forget_beyond(&snapshot::dir_of(dir.path()), 0).unwrap();
    assert!(collector::recover::open(&runtime(&dir, Clock::Event), 0).is_ok());
}
