//! Any order of delivery, any repetition and a little lateness: the board is that of the ordered
//! run.

use std::time::Duration;

use harness::compare::compare;
use harness::device::{Letter, letters};
use harness::fold::in_key_order;
use harness::mqtt::{Publisher, Version};
use harness::oracle::{Happening, Instant, Oracle};
use harness::program::{Motcua, command};
use harness::recordings::Recording;
use harness::seed::Seed;
use harness::wait::eventually;
use serde_json::Value;

use crate::or_skipped;

const SEED: u64 = 600;
const MINUTE_MS: u64 = 60_000;
/// So many are on their way at once, so that no queue on it overflows.
const AT_ONCE: usize = 500;
const ARRIVES: Duration = Duration::from_secs(20);

#[test]
fn shuffled_repeated_and_late_events_end_in_the_ordered_runs_board() {
    let Some(recording) = or_skipped(Recording::bank()) else { return };
    let until = Instant::parse("1999-02-02T11:00:00.500+02:00").unwrap();
    let happenings: Vec<Happening> = recording.happenings().into_iter().filter(|one| one.at.ms <= until.ms).collect();
    let mut oracle = Oracle::default();
    happenings.iter().for_each(|one| oracle.apply(one));
    let figures = oracle.site("bank").unwrap().figures();

    let mut seed = Seed::new(SEED);
    let in_order = letters(&happenings, "machine", &mut seed);
    let (shuffled, late) = shuffled(&in_order, &mut seed);
    let boards = [&in_order, &shuffled].map(|letters| {
        let motcua = Motcua::recorded(recording.zone);
        send(&motcua, letters);
        eventually(ARRIVES, "the oracle's board", || compare(&motcua.board("bank")?, &figures).agrees());
        let board = motcua.board("bank").unwrap();
        let data = motcua.stop();
        (board, command(&["state-hash", "--data-dir", data.path().to_str().unwrap()]))
    });
    let [(_, hash), (_, other_hash)] = &boards;
    assert_eq!(hash, other_hash, "the states");
    let boards = boards.map(|(board, _)| board);
    let ingest = &boards[1]["ingest"];
    assert_eq!(ingest["accepted"], in_order.len());
    assert_eq!(ingest["duplicate"], shuffled.len() - in_order.len());
    assert!(ingest["late"].as_u64().unwrap() > 0, "{ingest}");
    let [one, other] = boards.map(without_the_way);
    assert_eq!(one, other);
    println!(
        "seed {SEED}: {} events, {} deliveries, {late} of them late: the same board",
        in_order.len(),
        shuffled.len()
    );
}

/// Each letter one to three times, the first within ten minutes of its time (one in a hundred up
/// to an hour later), the others within ten minutes of the first. Events of one instant keep their
/// order: the contract orders them by their arrival.
fn shuffled(in_order: &[Letter], seed: &mut Seed) -> (Vec<Letter>, usize) {
    let mut deliveries: Vec<(i64, &Letter)> = Vec::new();
    let (mut late, mut first, mut instant) = (0, 0, None);
    for letter in in_order {
        if instant.replace(letter.at_ms) != Some(letter.at_ms) {
            let is_late = seed.below(100) == 0;
            late += usize::from(is_late);
            let delay = seed.below(10 * MINUTE_MS) + if is_late { seed.below(60 * MINUTE_MS) } else { 0 };
            first = letter.at_ms + delay as i64;
        }
        deliveries.push((first, letter));
        for _ in 0..seed.below(3) {
            deliveries.push((first + 1 + seed.below(10 * MINUTE_MS) as i64, letter));
        }
    }
    deliveries.sort_by_key(|(at, _)| *at);
    (deliveries.into_iter().map(|(_, letter)| letter.clone()).collect(), late)
}

fn send(motcua: &Motcua, letters: &[Letter]) {
    let mut publisher = Publisher::connect(motcua, Version::V5, &letters[0].topic);
    for (number, letter) in letters.iter().enumerate() {
        publisher.publish(&letter.payload);
        if (number + 1) % AT_ONCE == 0 {
            let sent = number as u64 + 1;
            eventually(ARRIVES, &format!("{sent} letters"), || arrived(motcua, sent));
        }
    }
    eventually(ARRIVES, "the last letter", || arrived(motcua, letters.len() as u64));
}

fn arrived(motcua: &Motcua, sent: u64) -> Result<(), String> {
    let ingest = &motcua.board("bank")?["ingest"];
    let known = |key: &str| ingest[key].as_u64().unwrap_or(0);
    if known("accepted") + known("duplicate") + known("dead_letter") >= sent { Ok(()) } else { Err(ingest.to_string()) }
}

/// The board without what tells how it came about: `seq`, `call_seq`, who announced what in time
/// (a call that comes too late gets no entry), the figures of repetition and lateness, and the disk.
fn without_the_way(board: Value) -> Value {
    let mut board = in_key_order(&board);
    for field in ["seq", "calls", "devices", "storage", "alerts"] {
        board[field] = Value::Null;
    }
    for field in ["late", "duplicate"] {
        board["ingest"][field] = Value::Null;
    }
    board
}
