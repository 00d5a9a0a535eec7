//! The journal is the truth: a start from it, and a replay of what was exported from it, give the
//! same board and the same state.

use std::fs;
use std::time::Duration;

use harness::oracle::{Happening, Instant, Oracle};
use harness::program::{Motcua, command};
use harness::recordings::Recording;
use harness::replay::Replay;
use harness::wait::eventually;
use tempfile::TempDir;

use crate::boards::compare_all;
use crate::or_skipped;

const UNTIL: &str = "1999-02-03T16:20:00.500+02:00";
const SETTLES: Duration = Duration::from_secs(10);

#[test]
fn a_restart_and_an_export_give_the_same_board_and_state() {
    let Some(recording) = or_skipped(Recording::bank()) else { return };
    let until = Instant::parse(UNTIL).unwrap().ms;
    let happenings: Vec<Happening> = recording.happenings().into_iter().filter(|one| one.at.ms <= until).collect();
    let mut oracle = Oracle::default();
    happenings.iter().for_each(|one| oracle.apply(one));
    let agrees = |motcua: &Motcua| eventually(SETTLES, "the board", || compare_all(motcua, &oracle)?.agrees());

    let motcua = Motcua::recorded(recording.zone);
    Replay::start(&motcua, &recording, &["--to", UNTIL]).finish();
    agrees(&motcua);
    let data = motcua.stop();
    let hash = state_hash(&data);
    assert_eq!(state_hash(&data), hash, "the same journal, asked twice");

    let exported = data.path().join("exported.jsonl");
    fs::write(&exported, command(&["export-events", "--data-dir", data.path().to_str().unwrap()])).unwrap();
    let lines = fs::read_to_string(&exported).unwrap().lines().count();
    assert_eq!(lines, happenings.len(), "every accepted event is a line");

    let other = Motcua::recorded(recording.zone);
    let report = Replay::of_file(&other, &exported, None, &[]).finish();
    assert_eq!(report["events"], lines, "{report}");
    agrees(&other);
    assert_eq!(state_hash(&other.stop()), hash, "the replay of the export");

    let arguments = ["--discover", "--clock", "event", "--zone", recording.zone];
    let again = Motcua::start(&arguments, Some(data));
    let figures = agrees(&again);
    assert_eq!(state_hash(&again.stop()), hash, "after a restart");
    println!("{lines} events, {figures} figures, state {hash}: recorded, exported, restarted");
}

fn state_hash(data: &TempDir) -> String {
    command(&["state-hash", "--data-dir", data.path().to_str().unwrap()])
}
