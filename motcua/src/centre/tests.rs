//! What a day of the simulated centre comes to, over several seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use domain::event::{Body, CounterStatus, DeviceKind, Priority, Purpose};
use domain::{TicketNumber, Timestamp};
use jiff::tz::TimeZone;
use mqtt_config::settings::read_site;

use super::*;

const HOUR_MS: i64 = 3_600_000;
const SEEDS: std::ops::Range<u64> = 1..9;

fn layout() -> Layout {
    Layout::new(&read_site(Path::new("song-may.toml"), TEMPLATE).unwrap())
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}:00+07:00")).unwrap()
}

fn centre(start: Timestamp, seed: u64) -> Centre {
    Centre::new(layout(), Hours::at(start, TimeZone::get("Asia/Ho_Chi_Minh").unwrap()), start, seed)
}

/// A Monday that was begun to be looked at at ten.
fn day(seed: u64) -> (Day, Vec<Happening>) {
    let mut centre = centre(at("2026-11-23T10:00"), seed);
    let day = centre.today();
    let mut all = Vec::new();
    centre.advance(day.end.plus(-1), &mut all);
    (day, all)
}

/// The days of all seeds, played once.
static DAYS: LazyLock<Vec<(Day, Vec<Happening>)>> = LazyLock::new(|| SEEDS.map(day).collect());

fn count(all: &[Happening], what: impl Fn(&Body) -> bool) -> usize {
    all.iter().filter(|one| what(&one.body)).count()
}

#[test]
fn the_building_is_that_of_the_brief() {
    let site = read_site(Path::new("song-may.toml"), TEMPLATE).unwrap();
    let layout = Layout::new(&site);
    let departments: BTreeSet<_> = site.services.iter().filter_map(|service| service.department).collect();
    let kinds = |kind| layout.devices().iter().filter(|device| device.kind == kind).count();
    assert_eq!((departments.len(), site.counters.len()), (24, 40));
    assert!(site.services.len() >= 24 && site.officers.len() >= 64);
    assert_eq!([kinds(DeviceKind::Counter), kinds(DeviceKind::Rating), kinds(DeviceKind::Camera)], [40, 60, 12]);
    let distinct: BTreeSet<_> = layout.devices().into_iter().map(|device| device.device).collect();
    assert_eq!(distinct.len(), 116, "an account each");
    assert!(layout.desks.iter().all(|desk| desk.officer.is_some() && !desk.services.is_empty()));
    assert_eq!(layout.desks.iter().filter(|desk| desk.evening.is_some()).count(), 24);
}

#[test]
fn the_same_seed_is_the_same_day_in_whatever_steps() {
    let whole = &DAYS[4].1;
    let mut centre = centre(at("2026-11-23T10:00"), 5);
    let mut steps = Vec::new();
    let mut now = centre.today().open.plus(-HOUR_MS);
    while now < centre.today().end.plus(-7_001) {
        now = now.plus(7_001);
        centre.advance(now, &mut steps);
    }
    assert_eq!(whole[..steps.len()], steps[..]);
    assert!(whole.len() - steps.len() < 20);
    assert_ne!(*whole, DAYS[5].1);
}

#[test]
fn rates_are_those_of_real_centres() {
    let mut total = [0_usize; 8];
    for (seed, (_, all)) in SEEDS.zip(&*DAYS) {
        let visits = count(all, |body| matches!(body, Body::TicketIssued { .. }));
        assert!((300..=500).contains(&visits), "{visits} visits with seed {seed}");
        let counts = [
            visits,
            count(all, |body| matches!(body, Body::RatingPressed { counter: Some(_), .. })),
            count(all, |body| matches!(body, Body::TicketNoShow { .. })),
            count(all, |body| matches!(body, Body::TicketRecalled { .. })),
            count(all, |body| matches!(body, Body::TicketTransferred { .. })),
            count(all, |body| matches!(body, Body::TicketHeld { .. })),
            count(all, |body| matches!(body, Body::TicketIssued { purpose: Some(Purpose::Collect), .. })),
            count(all, |body| matches!(body, Body::TicketIssued { priority, .. } if *priority != Priority::Normal)),
        ];
        total.iter_mut().zip(counts).for_each(|(sum, one)| *sum += one);
    }
    let per_100 = |ix: usize| total[ix] as f64 * 100.0 / total[0] as f64;
    let within = |ix: usize, least: f64, most: f64| {
        let rate = per_100(ix);
        assert!((least..=most).contains(&rate), "rate {ix}: {rate} of 100 visits is not {least} to {most}");
    };
    within(1, 14.5, 17.5);
    within(2, 3.0, 7.0);
    within(3, 8.0, 16.0);
    within(4, 1.0, 4.0);
    within(5, 1.0, 4.0);
    within(6, 28.0, 42.0);
    within(7, 14.0, 23.0);
}

#[test]
fn the_morning_has_its_peak_and_noon_its_lull() {
    let mut by_hour = [0_usize; 24];
    for (day, all) in &*DAYS {
        let issued = all.iter().filter(|one| matches!(one.body, Body::TicketIssued { .. }));
        issued.for_each(|one| by_hour[usize::try_from(one.at.since(day.open) / HOUR_MS).unwrap()] += 1);
    }
    assert!(by_hour[1] > 2 * by_hour[5] && by_hour[7] > by_hour[5], "{by_hour:?}");
    assert!(by_hour[12] * 3 < by_hour[1] && by_hour[12] > 0, "{by_hour:?}");
}

/// The life of each ticket in the words of the contract.
#[test]
fn every_ticket_lives_as_a_ticket_does() {
    for (seed, (day, all)) in SEEDS.zip(&*DAYS) {
        let mut state: BTreeMap<TicketNumber, &str> = BTreeMap::new();
        for Happening { at, body, .. } in all {
            let mut go = |ticket: &TicketNumber, from: &[&str], to: &'static str| {
                let was = state.insert(*ticket, to).unwrap_or("nothing");
                assert!(from.contains(&was), "{seed} {at} {ticket}: {was} to {to}");
            };
            match body {
                Body::TicketIssued { ticket, .. } => go(ticket, &["nothing"], "waiting"),
                Body::TicketCalled { ticket, .. } => go(ticket, &["waiting"], "called"),
                Body::TicketRecalled { ticket, .. } => go(ticket, &["called"], "called"),
                Body::TicketStarted { ticket, .. } => go(ticket, &["called"], "serving"),
                Body::TicketFinished { ticket, .. } => go(ticket, &["serving", "called"], "finished"),
                Body::TicketNoShow { ticket, .. } => go(ticket, &["called"], "missed"),
                Body::TicketCancelled { ticket, .. } => go(ticket, &["waiting"], "left"),
                Body::TicketHeld { ticket, .. } => go(ticket, &["serving"], "held"),
                Body::TicketReturned { ticket, .. } => go(ticket, &["held", "missed"], "waiting"),
                Body::TicketTransferred { ticket, .. } => go(ticket, &["serving"], "waiting"),
                _ => {}
            }
        }
        assert!(all.iter().all(|one| one.at < day.end && one.at > day.open.plus(-HOUR_MS / 6)));
        let waiting = state.values().filter(|state| ["waiting", "called", "serving"].contains(state)).count();
        assert_eq!(waiting, 0, "nobody is left when the day ends");
    }
}

/// As many wait as the benches of a centre hold, with a peak in the morning.
#[test]
fn the_lines_rise_and_fall() {
    let (mut morning, mut most, mut all_day) = (0, 0, 0);
    for seed in SEEDS {
        // Begun to be looked at in the evening: no rush for results in the day itself.
        let mut centre = centre(at("2026-11-23T15:59"), seed);
        let open = centre.today().open;
        for quarter in 1..=36 {
            centre.advance(open.plus(quarter * HOUR_MS / 4), &mut Vec::new());
            let waiting = centre.hall.line.len();
            most = most.max(waiting);
            all_day += waiting;
            morning += if (6..=12).contains(&quarter) { waiting } else { 0 };
        }
    }
    let (morning, all_day) = (morning as f64 / 7.0 / 8.0, all_day as f64 / 36.0 / 8.0);
    assert!((4.5..=14.0).contains(&morning) && (2.5..=9.0).contains(&all_day), "{morning} {all_day}");
    assert!((12..=40).contains(&most), "{most}");
}

/// What somebody sees who begins to look: at any hour, on any day.
#[test]
fn the_hall_lives_from_the_first_minute() {
    let (mut waiting, mut paused) = (0, 0);
    for (n, start) in [
        "2026-11-23T10:00",
        "2026-11-23T13:05",
        "2026-11-23T15:55",
        "2026-11-23T23:30",
        "2026-11-22T12:00",
        "2026-11-24T00:05",
    ]
    .into_iter()
    .enumerate()
    {
        for seed in SEEDS {
            let start = at(start).plus(7_000 * n as i64);
            let seen = See::at(start, seed);
            let told = format!("{start} seed {seed}: {seen:?}");
            assert!(seen.calls >= 15, "{told}");
            assert!(seen.ratings >= 1 && seen.open >= 25, "{told}");
            assert!((1..=35).contains(&seen.waiting) && seen.paused < 26, "{told}");
            waiting += seen.waiting;
            paused += seen.paused;
        }
    }
    let looks = 6 * SEEDS.count();
    assert!((8 * looks..=18 * looks).contains(&waiting) && paused >= 2 * looks, "{waiting} {paused} in {looks}");
}

/// Whenever somebody begins to look, already the first page of a wall has calls: half a minute is
/// for starting.
#[test]
fn somebody_was_called_just_before_the_start() {
    let monday = at("2026-11-23T00:00");
    for (seed, minute) in (0..7 * 24 * 60).step_by(53).enumerate() {
        let start = monday.plus(minute * 60_000 + 7_919);
        let mut all = Vec::new();
        centre(start, seed as u64).advance(start, &mut all);
        let calls =
            all.iter().filter(|one| matches!(one.body, Body::TicketCalled { .. } | Body::TicketRecalled { .. }));
        let recent = calls.filter(|one| one.at > start.plus(-90_000)).count();
        assert!(recent >= 3, "{start} seed {seed}: {recent}");
    }
}

#[derive(Debug, Default)]
struct See {
    waiting: usize,
    calls: usize,
    ratings: usize,
    open: usize,
    paused: usize,
}

impl See {
    /// The hall a minute after the start; calls as a wall announces them.
    fn at(start: Timestamp, seed: u64) -> Self {
        let mut centre = centre(start, seed);
        let mut all = Vec::new();
        centre.advance(start.plus(60_000), &mut all);
        let announced = |one: &&Happening| {
            let calls = matches!(one.body, Body::TicketCalled { .. } | Body::TicketRecalled { .. });
            calls && one.at > start.plus(-105_000)
        };
        let seats = |status| centre.hall.seats.iter().filter(|seat| seat.status == status).count();
        Self {
            waiting: centre.hall.line.len(),
            calls: all.iter().filter(announced).count(),
            ratings: count(&all, |body| matches!(body, Body::RatingPressed { counter: Some(_), .. })),
            open: seats(desk::Status::Open),
            paused: seats(desk::Status::Paused),
        }
    }
}

#[test]
fn somebody_is_always_paused_with_a_reason_over_a_day() {
    let (_, all) = &DAYS[0];
    let reasons: BTreeSet<&str> = all
        .iter()
        .filter_map(|one| match &one.body {
            Body::CounterChanged { status: CounterStatus::Paused, reason, .. } => reason.as_deref(),
            _ => None,
        })
        .collect();
    assert!(reasons.len() >= 6 && reasons.contains("Nghỉ trưa"), "{reasons:?}");
}

#[test]
fn every_zone_is_told_and_something_moves_in_it() {
    let start = at("2026-11-23T10:00");
    let mut centre = centre(start, 3);
    let mut all = Vec::new();
    centre.advance(start, &mut all);
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for one in &all {
        match &one.body {
            Body::Occupancy { zone, .. } => drop(told.insert(("level", zone.as_str()))),
            Body::MotionStarted { zone, .. } => drop(told.insert(("motion", zone.as_str()))),
            _ => {}
        }
    }
    let zones: BTreeSet<&str> = centre.layout().eyes.iter().map(|eye| eye.zone.as_str()).collect();
    assert_eq!(told.len(), 2 * zones.len());
}

#[test]
fn faults_spare_the_first_minutes_and_come_back() {
    for seed in SEEDS {
        let start = at("2026-11-23T10:00");
        let centre = centre(start, seed);
        let faults = centre.faults();
        assert!(faults.iter().all(|fault| fault.from > start.plus(SOUND_MS) && fault.from < fault.to));
        let soon = |fault: &Fault| fault.trouble == Trouble::Away && fault.from < start.plus(HOUR_MS / 3);
        assert!(faults.iter().any(soon), "seed {seed}");
        assert!(faults.iter().any(|fault| fault.trouble == Trouble::Dark));
        assert!(faults.iter().all(|fault| fault.to < centre.today().end));
    }
}

#[test]
fn the_next_day_opens_after_the_night() {
    let mut centre = centre(at("2026-11-23T10:00"), 2);
    let mut all = Vec::new();
    let end = centre.today().end;
    centre.advance(end.plus(3 * HOUR_MS), &mut all);
    let next = all.iter().filter(|one| one.at > end);
    let numbers: Vec<TicketNumber> = next
        .filter_map(|one| match one.body {
            Body::TicketIssued { ticket, .. } => Some(ticket),
            _ => None,
        })
        .collect();
    assert!(numbers.len() > 50 && numbers.contains(&TicketNumber::new("A001").unwrap()));
}
