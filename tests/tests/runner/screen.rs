//! A screen sees the board: the snapshot and the deltas folded give what the API gives, at every
//! `seq`, over a restart of the collector too.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use harness::fold::in_key_order;
use harness::program::Motcua;
use harness::recordings::Recording;
use harness::replay::Replay;
use harness::socket::{Heard, Screen};
use harness::wait::eventually;

use crate::or_skipped;

const SOON: Duration = Duration::from_secs(10);
/// `alive` comes every five seconds.
const ALIVE: Duration = Duration::from_secs(7);

#[test]
fn the_folded_board_is_the_boards_own_at_every_seq() {
    let Some(recording) = or_skipped(Recording::bank()) else { return };
    let motcua = Motcua::recorded(recording.zone);
    // Something to see: a screen of a site that nobody has heard of cannot open.
    Replay::start(&motcua, &recording, &["--to", "1999-02-01T08:00:00.500+02:00"]).finish();
    let mut screen = eventually(SOON, "a screen", || motcua.screen("bank"));

    let arguments = ["--from", "1999-02-01T08:00:00.500+02:00", "--to", "1999-02-02T12:00:00.500+02:00"];
    let mut replay = Replay::start(&motcua, &recording, &arguments);
    let (mut equal, mut passed_by) = (BTreeSet::new(), BTreeSet::new());
    while replay.runs() {
        let (seq, same) = same_at_one_seq(&motcua, &mut screen);
        if same { &mut equal } else { &mut passed_by }.insert(seq);
    }
    let report = replay.finish();
    until_alive(&mut screen);
    assert!(same_at_one_seq(&motcua, &mut screen).1, "an idle site's board is the screen's");
    let (deltas, equal, passed_by) = (screen.deltas, equal.len() + 1, passed_by.len());
    println!("{report}: {deltas} deltas folded, boards equal at {equal} seqs, {passed_by} passed by");
    assert!(deltas > 20 && equal > 5, "{deltas} deltas and {equal} boards say little");

    resync_gives_a_snapshot(&motcua, &mut screen);
    seq_grows_over_a_restart(&motcua, &recording, &mut screen);
}

/// Asks the API for the board and compares it with what the screen had at that `seq`; `false`
/// when the screen never stood at it.
fn same_at_one_seq(motcua: &Motcua, screen: &mut Screen) -> (u64, bool) {
    let board = motcua.board("bank").unwrap();
    let seq = board["seq"].as_u64().unwrap();
    let begin = Instant::now();
    while screen.seq() < seq {
        screen.hear(Duration::from_millis(100)).unwrap();
        assert!(begin.elapsed() < SOON, "the screen stays at {} while the board is at {seq}", screen.seq());
    }
    let Some(folded) = screen.history.get(&seq) else { return (seq, false) };
    assert_eq!(in_key_order(folded), in_key_order(&board), "folded, and as the API gives it, at {seq}");
    (seq, true)
}

fn until_alive(screen: &mut Screen) {
    let begin = Instant::now();
    while screen.hear(ALIVE).unwrap() != Some(Heard::Alive) {
        assert!(begin.elapsed() < SOON + ALIVE, "an idle site says that it is alive");
    }
}

fn resync_gives_a_snapshot(motcua: &Motcua, screen: &mut Screen) {
    screen.ask_resync().unwrap();
    let mut heard = screen.hear(SOON).unwrap();
    while heard == Some(Heard::Alive) {
        heard = screen.hear(SOON).unwrap();
    }
    assert_eq!(heard, Some(Heard::Snapshot));
    assert!(same_at_one_seq(motcua, screen).1);
}

fn seq_grows_over_a_restart(motcua: &Motcua, recording: &Recording, screen: &mut Screen) {
    let before = screen.seq();
    let killed = motcua.kill_collector().unwrap();
    eventually(SOON, "another collector", || {
        motcua.collector().filter(|pid| *pid != killed).ok_or_else(|| "there is none".to_owned())
    });
    let arguments = ["--from", "1999-02-02T12:00:00.500+02:00", "--to", "1999-02-02T14:00:00.500+02:00"];
    Replay::start(motcua, recording, &arguments).finish();
    // Every message is checked on the way: `seq` never goes back, and a gap is mended by a snapshot.
    until_alive(screen);
    assert!(screen.seq() > before, "{before} before the restart, {} after", screen.seq());
    assert!(same_at_one_seq(motcua, screen).1);
    println!("seq {before} before the restart, {} after, {} gaps mended", screen.seq(), screen.gaps);
}
