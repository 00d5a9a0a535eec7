//! Twenty power cuts of the collector during one replay: nothing is lost, nothing counts twice.

use std::time::{Duration, Instant as Clock};

use harness::oracle::Oracle;
use harness::program::Motcua;
use harness::recordings::Recording;
use harness::replay::Replay;
use harness::seed::Seed;
use harness::wait::eventually;

use crate::boards::compare_all;
use crate::or_skipped;

const KILLS: u64 = 20;
const SEED: u64 = 20_261_123;
const COMES_BACK: Duration = Duration::from_secs(30);
const SETTLES: Duration = Duration::from_secs(20);
/// At most so many events are waited for in a life, before it is cut.
const WORKS_FOR: u64 = 1_000;

#[test]
fn twenty_kills_during_a_replay_end_in_the_right_boards() {
    let Some(recording) = or_skipped(Recording::warsaw()) else { return };
    let mut oracle = Oracle::default();
    let happenings = recording.happenings();
    happenings.iter().for_each(|one| oracle.apply(one));

    let motcua = Motcua::recorded(recording.zone);
    let begin = Clock::now();
    let replay = Replay::start(&motcua, &recording, &[]);
    let (cuts, replay) = cut_again_and_again(&motcua, &oracle, replay);
    let (cut_for, events) = (begin.elapsed(), happenings.len());
    let report = replay.finish();
    assert_eq!(report["events"], events, "{report}");
    let found = eventually(SETTLES, "the boards", || compare_all(&motcua, &oracle)?.agrees());
    println!("{KILLS} kills (seed {SEED}) in {cut_for:?} at {cuts:?} accepted events");
    println!("{events} events, {found} figures agree after {:?}", begin.elapsed());
}

/// Every fourth life is cut as soon as it begins (while it reads its journal); the others once they
/// have taken some more events in. Gives how many were accepted at each cut.
fn cut_again_and_again(motcua: &Motcua, oracle: &Oracle, mut replay: Replay) -> (Vec<u64>, Replay) {
    let mut seed = Seed::new(SEED);
    let mut cuts = Vec::new();
    for life in 1..=KILLS {
        let mut accepted = on_the_boards(motcua, oracle);
        if life % 4 != 0 {
            let goal = accepted + 1 + seed.below(WORKS_FOR);
            accepted = eventually(COMES_BACK, &format!("{goal} events"), || match on_the_boards(motcua, oracle) {
                sum if sum >= goal => Ok(sum),
                sum => Err(format!("{sum} are accepted")),
            });
        }
        if !replay.runs() {
            panic!("before kill {life} the replay ended, with {}", replay.finish());
        }
        let killed = eventually(COMES_BACK, "a collector to kill", || motcua.kill_collector());
        eventually(COMES_BACK, "another collector", || match motcua.collector() {
            Some(pid) if pid != killed => Ok(()),
            other => Err(format!("there is {other:?} after {killed}")),
        });
        cuts.push(accepted);
    }
    (cuts, replay)
}

/// How many events are on the boards.
fn on_the_boards(motcua: &Motcua, oracle: &Oracle) -> u64 {
    // A site that has not been heard of yet has accepted nothing.
    let accepted = |id: &str| motcua.board(id).map_or(0, |board| board["ingest"]["accepted"].as_u64().unwrap_or(0));
    oracle.sites().map(|(id, _)| accepted(id)).sum()
}
