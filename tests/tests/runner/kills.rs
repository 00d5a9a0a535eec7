//! Twenty power cuts of the collector during one replay: nothing is lost, nothing counts twice.

use std::time::{Duration, Instant as Clock};

use harness::compare::{Comparison, compare};
use harness::oracle::{Instant, Oracle};
use harness::program::Motcua;
use harness::recordings::Recording;
use harness::replay::Replay;
use harness::seed::Seed;
use harness::wait::eventually;

use crate::or_skipped;

const KILLS: u64 = 20;
const SEED: u64 = 20_261_123;
const COMES_BACK: Duration = Duration::from_secs(30);
const SETTLES: Duration = Duration::from_secs(20);
/// The rush of the year's last days: two days of 18 offices.
const UNTIL: &str = "2019-12-31T23:00:00.500+01:00";

#[test]
fn twenty_kills_during_a_replay_end_in_the_right_boards() {
    let Some(recording) = or_skipped(Recording::warsaw()) else { return };
    let (oracle, events) = the_oracle(&recording);
    let motcua = Motcua::recorded(recording.zone);
    let begin = Clock::now();
    let mut replay = Replay::start(&motcua, &recording, &["--to", UNTIL]);
    let mut seed = Seed::new(SEED);
    // One kill in each twentieth, at a random place of it.
    let mut places: Vec<u64> = (0..KILLS).map(|n| (n * events + seed.below(events)) / (KILLS + 1)).collect();
    places.sort_unstable();
    let mut killed = Vec::new();
    for place in places {
        eventually(COMES_BACK, &format!("event {place} of {events}"), || reached(&motcua, &oracle, place));
        assert!(replay.runs(), "the replay ended after {} kills: there was nothing left to disturb", killed.len());
        let pid = eventually(COMES_BACK, "a collector to kill", || motcua.kill_collector());
        eventually(COMES_BACK, "another collector", || {
            motcua.collector().filter(|other| *other != pid).ok_or_else(|| "there is none".to_owned())
        });
        killed.push((place, pid));
    }
    let report = replay.finish();
    assert_eq!(report["events"], events, "{report}");
    let found = eventually(SETTLES, "the boards", || all_sites(&motcua, &oracle)?.agrees());
    println!("seed {SEED}: {events} events, {found} figures agree, {:?}; killed at {killed:?}", begin.elapsed());
}

fn the_oracle(recording: &Recording) -> (Oracle, u64) {
    let until = Instant::parse(UNTIL).unwrap().ms;
    let mut oracle = Oracle::default();
    let happenings = recording.happenings();
    let events = happenings.iter().take_while(|one| one.at.ms <= until).inspect(|one| oracle.apply(one)).count();
    (oracle, events as u64)
}

/// Whether so many events are on the boards.
fn reached(motcua: &Motcua, oracle: &Oracle, place: u64) -> Result<(), String> {
    // A site that has not been heard of yet has accepted nothing.
    let accepted = |id: &str| motcua.board(id).map_or(0, |board| board["ingest"]["accepted"].as_u64().unwrap_or(0));
    let sum: u64 = oracle.sites().map(|(id, _)| accepted(id)).sum();
    if sum >= place { Ok(()) } else { Err(format!("{sum} are accepted")) }
}

fn all_sites(motcua: &Motcua, oracle: &Oracle) -> Result<Comparison, String> {
    let mut all = Comparison::default();
    for (id, site) in oracle.sites() {
        let (board, figures) = (motcua.board(id)?, site.figures());
        all.add(compare(&board, &figures));
        let ingest = &board["ingest"];
        all.same(&format!("{id} ingest.accepted"), &ingest["accepted"], &figures.events.into());
        all.same(&format!("{id} ingest.unmatched"), &ingest["unmatched"], &0.into());
        all.same(&format!("{id} ingest.dead_letter"), &ingest["dead_letter"], &0.into());
    }
    Ok(all)
}
