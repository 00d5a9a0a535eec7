use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_795_000_000_000;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

fn t(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn journal_at(ms: i64) -> HostClock {
    HostClock::new(Past::Journal(t(ms)))
}

fn empty() -> HostClock {
    HostClock::new(Past::Nothing)
}

/// Reads the clock every second in `from_s..to_s`; the system's shows `system` and runs evenly.
fn run(clock: &mut HostClock, system: i64, from_s: i64, to_s: i64) -> Timestamp {
    let read = |s: i64| clock.now(system + (s - from_s) * 1_000, s * 1_000);
    (from_s..to_s).map(read).last().unwrap()
}

/// A clock that was good for a minute, and then jumped by `by_ms` at second 60.
fn jumped(by_ms: i64) -> HostClock {
    let mut clock = empty();
    run(&mut clock, NOW, 0, 60);
    clock.now(NOW + 60_000 + by_ms, 60_000);
    clock
}

#[test]
fn a_good_clock_is_passed_on() {
    let mut clock = journal_at(NOW - 5);
    assert_eq!(clock.now(NOW, 0).ms(), NOW);
    assert_eq!(clock.now(NOW + 1_000, 1_010).ms(), NOW + 1_000);
    assert_eq!(clock.now(NOW + 999, 1_011).ms(), NOW + 1_000, "a small step back is waited out");
    assert_eq!((clock.distrusted(), clock.jumped_to(), clock.take_leap()), (None, None, None));
    assert_eq!(journal_at(NOW + 1_500).now(NOW, 0).ms(), NOW + 1_500, "so is one over a restart");
}

#[test]
fn steering_is_no_jump_however_long_it_goes_on() {
    let mut clock = empty();
    for s in 0..100_000 {
        let steered = NOW + s * 1_000 + s / 2;
        assert_eq!(clock.now(steered, s * 1_000).ms(), steered);
    }
    assert_eq!(clock.distrusted(), None);
}

#[test]
fn a_clock_behind_the_journal_is_carried_on_until_it_is_set() {
    let mut clock = journal_at(NOW);
    assert_eq!(clock.now(0, 100).ms(), NOW);
    assert_eq!(clock.distrusted(), Some(Why::BehindJournal { by_ms: NOW }));
    assert_eq!(clock.now(60_000, 60_100).ms(), NOW + 60_000, "even, but behind");
    // Set right: two minutes have passed on the shelf.
    assert_eq!(clock.now(NOW + 181_000, 61_100).ms(), NOW + 61_000);
    assert_eq!(clock.now(NOW + 210_999, 91_099).ms(), NOW + 90_999);
    assert_eq!(clock.now(NOW + 211_000, 91_100).ms(), NOW + 211_000, "30 s later");
    assert_eq!((clock.distrusted(), clock.take_leap()), (None, Some(120_000)));
    assert_eq!(clock.take_leap(), None, "told once");
}

#[test]
fn a_clock_that_was_behind_and_is_set_to_another_year_needs_a_word() {
    let mut clock = journal_at(NOW);
    clock.now(0, 0);
    assert_eq!(run(&mut clock, NOW + 400 * DAY, 1, 100).ms(), NOW + 99_000);
    clock.vouch(Voucher::Operator);
    assert_eq!(clock.now(NOW + 400 * DAY + 99_000, 100_000).ms(), NOW + 400 * DAY + 99_000);
}

#[test]
fn an_empty_journal_makes_no_impossible_time_possible() {
    for system in [0, 1_577_836_800_000, 4_070_908_800_000] {
        let mut clock = empty();
        assert_eq!(clock.now(system, 7), EARLIEST);
        assert_eq!(clock.distrusted(), Some(Why::Impossible));
        assert_eq!(run(&mut clock, system, 1, 500), EARLIEST.plus(498_993), "it shows no year that is made up");
        // Whoever sets it has it believed 30 s later.
        run(&mut clock, NOW, 500, 530);
        assert_eq!(clock.distrusted(), Some(Why::Impossible));
        assert_eq!(clock.now(NOW + 30_000, 530_000).ms(), NOW + 30_000);
        assert_eq!(clock.distrusted(), None);
    }
}

#[test]
fn a_start_decades_after_the_journal_waits_for_a_word() {
    let mut clock = journal_at(NOW);
    assert_eq!(run(&mut clock, NOW + 27_000 * DAY, 0, 1_000).ms(), NOW + 999_000);
    assert_eq!(clock.distrusted(), Some(Why::FarAhead { by_ms: 27_000 * DAY }));
    let mut after_the_holidays = journal_at(NOW);
    assert_eq!(after_the_holidays.now(NOW + 34 * DAY, 0).ms(), NOW + 34 * DAY);
}

#[test]
fn a_jump_that_stays_is_not_believed_by_staying() {
    for by_ms in [DAY, HOUR, SMALL_MS + 1_000, -DAY] {
        let mut clock = jumped(by_ms);
        assert_eq!(clock.distrusted(), Some(Why::Jumped { by_ms }));
        assert_eq!(run(&mut clock, NOW + 61_000 + by_ms, 61, 10_000).ms(), NOW + 9_999_000, "{by_ms}");
        assert!(clock.distrusted().is_some());
    }
}

#[test]
fn a_jump_that_is_taken_back_never_shows() {
    for by_ms in [DAY, -DAY] {
        let mut clock = jumped(by_ms);
        assert_eq!(run(&mut clock, NOW + 61_000, 61, 91).ms(), NOW + 90_000);
        assert!(clock.distrusted().is_some(), "it has to run evenly first");
        assert_eq!(run(&mut clock, NOW + 91_000, 91, 93).ms(), NOW + 92_000);
        assert_eq!((clock.distrusted(), clock.take_leap()), (None, None));
    }
}

#[test]
fn a_small_step_is_followed_after_30_s() {
    let mut clock = jumped(5_000);
    assert_eq!(run(&mut clock, NOW + 66_000, 61, 90).ms(), NOW + 89_000);
    assert_eq!(run(&mut clock, NOW + 95_000, 90, 92).ms(), NOW + 96_000);
    assert_eq!((clock.distrusted(), clock.take_leap()), (None, Some(5_000)));
}

#[test]
fn a_small_step_back_is_met_halfway_and_time_goes_on() {
    let mut clock = jumped(-5_000);
    let mut before = clock.now(NOW + 55_000, 60_000);
    for s in 61..400 {
        let now = clock.now(NOW + s * 1_000 - 5_000, s * 1_000);
        let passed = now.since(before);
        assert!((968..=1_000).contains(&passed), "{passed} at {s}");
        before = now;
        // 160 s of giving up one part in 32, after 30 s of running evenly.
        assert_eq!(clock.distrusted().is_none(), s >= 250, "{s}");
    }
    assert_eq!(before.ms(), NOW + 394_000);
}

#[test]
fn the_time_service_s_word_is_good_after_30_s_and_until_the_next_jump() {
    let mut clock = jumped(DAY);
    assert_eq!(clock.jumped_to(), Some(t(NOW + 60_000 + DAY)));
    clock.vouch(Voucher::TimeService);
    assert_eq!(clock.now(NOW + 70_000 + DAY, 70_000).ms(), NOW + 70_000);
    // Again, by a minute: what was said is said of another time.
    assert_eq!(run(&mut clock, NOW + 140_000 + DAY, 80, 200).ms(), NOW + 199_000);
    clock.vouch(Voucher::TimeService);
    assert_eq!(clock.now(NOW + 260_000 + DAY, 200_000).ms(), NOW + 260_000 + DAY);
    assert_eq!(clock.take_leap(), Some(DAY + 60_000));
}

#[test]
fn a_person_s_word_is_good_at_once() {
    let mut clock = jumped(DAY);
    clock.vouch(Voucher::Operator);
    clock.vouch(Voucher::TimeService);
    assert_eq!(clock.now(NOW + DAY + 61_000, 61_000).ms(), NOW + DAY + 61_000);
    let mut back = jumped(-DAY);
    back.vouch(Voucher::Operator);
    assert_eq!(back.now(NOW - DAY + 61_000, 61_000).ms(), NOW + 61_000, "time never goes backwards");
    assert_eq!(back.now(NOW - DAY + 93_000, 93_000).ms(), NOW + 92_000, "it gives up one part in 32");
}

fn device(skew_ms: i64, since_s: i64, heard_s: i64) -> MeasuredDevice {
    MeasuredDevice { skew_ms, since: t(NOW + since_s * 1_000), heard: t(NOW + heard_s * 1_000) }
}

#[test]
fn most_of_the_devices_that_were_measured_before_the_jump_may_say_that_it_is_right() {
    let right = device(DAY - 20, 10, 50);
    let cases = [
        (vec![right], false, "one may be as wrong as the host"),
        (vec![right, right], true, "two of two"),
        (vec![right, right, device(0, 10, 50)], true, "two of three"),
        (vec![right, right, device(0, 10, 50), device(9, 10, 50)], false, "two of four"),
        (vec![right, device(DAY, 61, 62)], false, "one was set when the host was"),
        (vec![right, device(DAY, 10, -40)], false, "one is silent"),
        (vec![right, device(DAY + 2_500, 10, 50)], false, "one does not agree"),
    ];
    for (devices, vouched, why) in cases {
        let mut clock = jumped(DAY);
        assert_eq!(clock.ask(devices.into_iter()), vouched, "{why}");
        run(&mut clock, NOW + DAY + 61_000, 61, 100);
        assert_eq!(clock.distrusted().is_none(), vouched, "{why}");
    }
    assert!(!empty().ask([right, right].into_iter()), "nobody is asked about a clock that is believed");
}

#[test]
fn a_restart_does_not_make_a_jump_good() {
    let past = |doubt| Past::SameRun { last_rx: t(NOW + 59_000), shown: t(NOW + 55_000), monotonic_ms: 55_000, doubt };
    let mut clock = HostClock::new(past(None));
    assert_eq!(clock.now(NOW + DAY + 62_000, 62_000).ms(), NOW + 62_000);
    assert_eq!(clock.distrusted(), Some(Why::Jumped { by_ms: DAY }));
    let mut good = HostClock::new(past(None));
    assert_eq!((good.now(NOW + 62_000, 62_000).ms(), good.distrusted()), (NOW + 62_000, None));
    let why = Why::BehindJournal { by_ms: 9 };
    let mut behind = HostClock::new(past(Some(why)));
    behind.now(0, 62_000);
    assert_eq!(behind.distrusted(), Some(why), "and keeps the reason");
}

proptest! {
    #[test]
    fn host_time_never_goes_backwards(
        last_rx in any::<Option<i64>>(),
        steps in prop::collection::vec((0..100_000_i64, prop_oneof![0..100_000_i64, any::<i64>()], 0..4_u8), 1..60),
    ) {
        let past = last_rx.map_or(Past::Nothing, |ms| Past::Journal(t(ms)));
        let mut clock = HostClock::new(past);
        let mut last = last_rx.map_or(Timestamp::MIN, t);
        let (mut system, mut monotonic) = (NOW, 0);
        for (passed, moved, vouch) in steps {
            monotonic += passed;
            system = moved.wrapping_add(system);
            match vouch {
                0 => clock.vouch(Voucher::Operator),
                1 => clock.vouch(Voucher::TimeService),
                _ => {}
            }
            let shown = clock.now(system, monotonic);
            prop_assert!(shown >= last);
            last = shown;
        }
    }
}
