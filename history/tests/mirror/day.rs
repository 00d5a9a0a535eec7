//! A day's rows as points: the mapping, one name a point, and what is told of rows that are gone.

use std::collections::HashSet;

use domain::event::{CounterStatus, Outcome, Priority, RatingLevel, ZoneKind};
use domain::history::{
    CounterCell, CounterMinute, Day, FlowCell, FlowKey, Histogram, QualityCell, QualityMinute, QueueCell, QueueMinute,
    Rating, ServicePlace, Visit, VisitEnd, ZoneCell, ZoneMinute,
};
use domain::{CounterId, OfficerId, ServiceId, SiteId, TicketNumber, Timestamp};
use history::influx::line::{changes, day_points, time_ns};
use influxdb_line_protocol::parse_lines;

const START: i64 = 1_790_013_600_000; // 2026-09-21T18:00:00Z: 01:00 in Vietnam

fn site() -> SiteId {
    SiteId::new("tam-ky").unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(START + ms)
}

fn visit(ticket: &str, ms: i64) -> Visit {
    Visit {
        ticket: TicketNumber::new(ticket).unwrap(),
        nth: 0,
        issued: at(ms),
        ended: at(ms + 900_000),
        end: VisitEnd::Served(Some(Outcome::Received)),
        service: ServiceId::new("ho-tich").unwrap(),
        last_service: None,
        counter: Some(CounterId::new("q1").unwrap()),
        officer: None,
        channel: None,
        purpose: None,
        priority: Priority::Normal,
        first_wait_ms: Some(61_500),
        waits_ms: 61_500,
        calls: 1,
        walk_ms: None,
        service_ms: Some(0),
        recalls: 0,
        transfers: 0,
        holds: 0,
        promised_ms: Some((60_000, 120_000)),
        rating: Some(RatingLevel::Satisfied),
    }
}

fn flow(hour: u8) -> FlowCell {
    let (service, counter) = (ServiceId::new("ho-tich").ok(), CounterId::new("q1").ok());
    let mut cell = FlowCell::new(FlowKey { hour, service, counter, officer: OfficerId::new("cb-1").ok() });
    (cell.no_shows, cell.served, cell.promised, cell.error_ms) = (1, 2, 1, -500);
    cell.ratings[1] = 3;
    for ms in [61_500, 61_900, 95_000] {
        cell.waits.add(ms);
    }
    cell
}

/// A day that begins at 01:00 on the wall, with one of everything and two visits in one millisecond.
fn day() -> Day {
    let (service, counter) = (ServiceId::new("ho-tich").unwrap(), CounterId::new("q1").unwrap());
    let (camera, zone) = (domain::CameraId::new("cam").unwrap(), domain::ZoneId::new("sanh").unwrap());
    let mut day = Day { date: 20_718, start: Timestamp::from_ms(START), utc_offset_s: 25_200, ..Day::default() };
    day.visits = vec![visit("A001", 5), visit("A002", 5), visit("A003", 6)];
    day.ratings = vec![Rating {
        at: at(9),
        level: RatingLevel::Satisfied,
        ticket: None,
        service: None,
        counter: Some(counter),
        officer: None,
    }];
    day.flow = vec![flow(8), flow(0)];
    day.queues = vec![QueueCell { hour: 8, service, waited_ms: 7, most: 2, longest_ms: 9 }];
    day.counters = vec![CounterCell { hour: 8, counter, officer: None, open_ms: 3, busy_ms: 2, paused_ms: 1 }];
    day.zones = vec![ZoneCell {
        hour: 8,
        camera,
        zone,
        kind: ZoneKind::ALL[0],
        known_ms: 1,
        level_ms: 2,
        motion_ms: 3,
        most_people: None,
    }];
    day.quality = vec![QualityCell { hour: 8, due_min: None, heard_min: 60, accepted: 4, ..QualityCell::default() }];
    day.services = vec![ServicePlace { service, field: domain::FieldId::new("tu-phap").ok(), department: None }];
    day.counter_places = vec![(counter, domain::DepartmentId::new("so-tp").ok())];
    day.minutes.queues = vec![QueueMinute { minute: 1, service, waiting: 2, oldest_ms: Some(-5) }];
    day.minutes.counters =
        vec![CounterMinute { minute: 1, counter, status: CounterStatus::Open, busy: true, officer: None }];
    day.minutes.zones = vec![ZoneMinute { minute: 1, camera, zone, level: None, motion: Some(true), people: None }];
    day.minutes.quality = vec![QualityMinute { minute: 1, accepted: 1, ..QualityMinute::default() }];
    day
}

fn texts(day: &Day) -> Vec<String> {
    day_points(site(), day).into_iter().map(|row| String::from_utf8(row.line).unwrap()).collect()
}

#[test]
fn rows_are_written_as_they_are_defined() {
    let lines = texts(&day());
    let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{line}\nis not in\n{}", lines.join("\n"));
    // 08:00 in Vietnam is 01:00Z of the date; hour 0 of a day that begins at 1 is its last.
    has("waits_hour,counter=q1,officer=cb-1,service=ho-tich,site=tam-ky counter_department=\"so-tp\",date=20718i,\
         department=\"\",field=\"tu-phap\",hour=8i,waits_h=\"61:2,95:1\",waits_max_ms=95000i,waits_n=3i,\
         waits_sum_ms=218400i,walks_h=\"\",walks_max_ms=0i,walks_n=0i,walks_sum_ms=0i 1790038800000000000");
    assert!(lines.iter().any(|l| l.contains("hour=0i") && l.ends_with(" 1790096400000000000")));
    has("queues_hour,service=ho-tich,site=tam-ky date=20718i,department=\"\",field=\"tu-phap\",hour=8i,longest_ms=9i,\
         most=2i,waited_ms=7i 1790038800000000000");
    has("quality_hour,site=tam-ky accepted=4i,date=20718i,dead_letters=0i,due_min=-1i,heard_min=60i,hour=8i,late=0i,\
         lost=0i 1790038800000000000");
    has("queue_minute,service=ho-tich,site=tam-ky date=20718i,gone=f,oldest_ms=-5i,waiting=2i 1790013660000000000");
    assert!(lines.iter().any(|l| l.starts_with("ratings_hour,") && l.contains(",satisfied=3i,unbound=0i,")));
    assert!(lines.iter().any(|l| l.starts_with("visit,site=tam-ky ") && l.contains("first_wait_ms=61500i")));
    for line in &lines {
        assert_eq!(parse_lines(line).filter(Result::is_ok).count(), 1, "{line}");
    }
}

#[test]
fn every_point_has_a_name_of_its_own_that_others_do_not_move() {
    let (rows, day) = (day_points(site(), &day()), day());
    assert_eq!(rows.iter().map(|row| (row.bucket, row.identity())).collect::<HashSet<_>>().len(), rows.len());
    let times = |day: &Day| -> Vec<i64> {
        let rows = day_points(site(), day);
        let visits = rows.iter().filter(|row| row.line.starts_with(b"visit,"));
        visits.filter_map(|row| time_ns(&row.line)).collect()
    };
    let all = times(&day);
    assert!(all.iter().all(|time| (START + 5..=START + 6).contains(&(time / 1_000_000))));
    let mut without = day;
    without.visits.remove(0);
    assert_eq!(times(&without), all[1..]);
}

#[test]
fn ten_thousand_visits_in_one_millisecond_are_ten_thousand_points() {
    let mut crowded = Day { visits: Vec::new(), ..day() };
    crowded.visits = (0..10_000).map(|n| visit(&format!("A{n:05}"), 5)).collect();
    let rows = day_points(site(), &crowded);
    assert_eq!(rows.iter().map(|row| (row.bucket, row.identity())).collect::<HashSet<_>>().len(), rows.len());
}

#[test]
fn only_what_differs_is_sent_and_what_is_gone_is_told() {
    let before = day_points(site(), &day());
    assert!(changes(&before, before.clone()).is_empty());
    let mut later = day();
    later.visits.remove(1);
    later.flow.remove(0);
    later.queues[0].most = 3;
    later.flow.push(FlowCell { waits: Histogram::default(), ..flow(9) });
    let changed: Vec<String> = changes(&before, day_points(site(), &later))
        .into_iter()
        .map(|row| String::from_utf8(row.line).unwrap())
        .collect();
    let count = |start: &str| changed.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("queues_hour,"), 1);
    assert_eq!(count("visit,"), 1);
    let visit = changed.iter().find(|line| line.starts_with("visit,")).unwrap();
    assert!(visit.contains(",gone=t,") && visit.contains("ticket=\"\"") && visit.contains("waits_ms=0i"), "{visit}");
    assert!(visit.contains("date=20718i"));
    let waits = changed.iter().find(|line| line.starts_with("waits_hour,")).unwrap();
    assert!(waits.contains("waits_h=\"\"") && waits.contains("waits_n=0i") && waits.contains("hour=8i"), "{waits}");
    assert_eq!(count("tickets_hour,"), 2, "one gone, one new");
    assert_eq!(changes(&[], before.clone()), before);
}
