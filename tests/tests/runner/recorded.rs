//! Recorded days of real offices, replayed through the real programs: at every instant the board
//! says what the oracle says, to the millisecond.

use std::time::{Duration, Instant as Clock};

use harness::oracle::{Instant, Oracle};
use harness::program::Motcua;
use harness::recordings::Recording;
use harness::replay::Replay;
use harness::wait::eventually;

use crate::boards::compare_all;
use crate::or_skipped;

const SETTLES: Duration = Duration::from_secs(10);

/// Halves of a second: the recordings have whole ones, so no event is at the border.
const WARSAW: &[&str] = &[
    "2019-12-30T08:30:00.500+01:00",
    "2019-12-30T10:15:30.500+01:00",
    "2019-12-30T12:40:10.500+01:00",
    "2019-12-30T15:10:00.500+01:00",
    "2019-12-31T09:05:00.500+01:00",
    "2019-12-31T11:00:59.500+01:00",
    "2019-12-31T13:20:00.500+01:00",
    "2020-01-02T09:45:00.500+01:00",
    "2020-01-03T11:11:11.500+01:00",
    "2020-01-07T13:00:00.500+01:00",
    "2020-01-08T10:30:00.500+01:00",
    "2020-01-09T08:10:00.500+01:00",
    "2020-01-10T14:20:00.500+01:00",
    "2020-01-13T12:00:00.500+01:00",
    "2020-01-13T16:59:00.500+01:00",
    "2020-01-14T23:59:00.500+01:00",
];

const BANK: &[&str] = &[
    "1999-02-01T07:10:00.500+02:00",
    "1999-02-01T10:00:15.500+02:00",
    "1999-02-01T13:14:40.500+02:00",
    "1999-02-01T23:58:00.500+02:00",
    "1999-02-02T07:30:00.500+02:00",
    "1999-02-02T11:45:00.500+02:00",
    "1999-02-03T16:20:00.500+02:00",
    "1999-02-04T09:09:09.500+02:00",
    "1999-02-05T12:00:00.500+02:00",
    "1999-02-06T23:30:00.500+02:00",
    "1999-02-08T10:10:00.500+02:00",
    "1999-02-09T14:00:00.500+02:00",
    "1999-02-10T17:40:00.500+02:00",
    "1999-02-11T21:00:00.500+02:00",
    "1999-02-14T08:40:00.500+02:00",
    "1999-02-15T15:15:00.500+02:00",
    "1999-02-16T00:00:50.500+02:00",
    "1999-02-16T12:34:56.500+02:00",
    "1999-02-17T23:59:50.500+02:00",
];

#[test]
fn warsaws_offices_agree_with_the_oracle_at_every_instant() {
    if let Some(recording) = or_skipped(Recording::warsaw()) {
        agrees(&recording, WARSAW);
    }
}

#[test]
fn the_bank_agrees_with_the_oracle_at_every_instant() {
    if let Some(recording) = or_skipped(Recording::bank()) {
        agrees(&recording, BANK);
    }
}

/// Replays up to each instant in turn, against one installation, and compares every site.
fn agrees(recording: &Recording, instants: &[&str]) {
    let motcua = Motcua::recorded(recording.zone);
    let happenings = recording.happenings();
    let mut rest = happenings.iter().peekable();
    let mut oracle = Oracle::default();
    let (mut figures, mut events, mut from) = (0, 0, None);
    let begin = Clock::now();
    for until in instants {
        let mut arguments = vec!["--to", until];
        arguments.extend(from.map(|from| ["--from", from]).iter().flatten());
        let replay = Replay::start(&motcua, recording, &arguments);
        let end = Instant::parse(until).unwrap().ms;
        let before = events;
        while let Some(one) = rest.next_if(|one| one.at.ms <= end) {
            oracle.apply(one);
            events += 1;
        }
        let report = replay.finish();
        assert_eq!(report["events"], events - before, "the replay's own count up to {until}: {report}");
        let found = eventually(SETTLES, &format!("the boards at {until}"), || compare_all(&motcua, &oracle)?.agrees());
        println!("{until}: {} events so far, {found} figures agree", events);
        figures += found;
        from = Some(*until);
    }
    println!("{figures} figures at {} instants agree, {events} events, {:?}", instants.len(), begin.elapsed());
}
