//! Made-up days of the past.

use domain::event::{CounterStatus, Priority, RatingLevel, ZoneKind};
use domain::facts::Date;
use domain::history::{
    CounterCell, CounterMinute, Day, FlowCell, FlowKey, Minutes, QualityCell, QueueCell, Rating, ServicePlace, Visit,
    VisitEnd, ZoneCell,
};
use domain::{ServiceId, TicketNumber, Timestamp};

/// 2026-11-23, a Monday and the fixture's business day.
pub const MONDAY: Date = 20_780;
/// Its first instant in Vietnam.
const MIDNIGHT_MS: i64 = 1_795_366_800_000;
const DAY_MS: i64 = 86_400_000;

fn service() -> ServiceId {
    "dat-dai".parse().unwrap()
}

fn visit(start: Timestamp, number: u16) -> Visit {
    let at = |s: i64| Timestamp::from_ms(start.ms() + 8 * 3_600_000 + i64::from(number) * 60_000 + s * 1_000);
    Visit {
        ticket: TicketNumber::new(&format!("A{number:03}")).unwrap(),
        nth: 0,
        issued: at(0),
        ended: at(900),
        end: VisitEnd::Served(None),
        service: service(),
        last_service: None,
        counter: Some("q5".parse().unwrap()),
        officer: Some("cb-1".parse().unwrap()),
        channel: None,
        purpose: None,
        priority: Priority::Normal,
        first_wait_ms: Some(600_000),
        waits_ms: 600_000,
        calls: 1,
        walk_ms: Some(20_000),
        service_ms: Some(280_000),
        recalls: 0,
        transfers: 0,
        holds: 0,
        promised_ms: Some((540_000, 900_000)),
        rating: Some(RatingLevel::Satisfied),
    }
}

fn at_counter() -> FlowKey {
    let (counter, officer) = ("q5".parse().unwrap(), "cb-1".parse().unwrap());
    FlowKey { hour: 8, service: Some(service()), counter: Some(counter), officer: Some(officer) }
}

/// What the counter did; `waits` are seconds.
fn work(waits: &[u32]) -> FlowCell {
    let n = u32::try_from(waits.len()).unwrap();
    let mut work =
        FlowCell { served: n, promised: n, within_p90: n, ratings: [0, n, 0, 0, 0], ..FlowCell::new(at_counter()) };
    for wait in waits {
        work.waits.add(wait * 1_000);
        work.walks.add(20_000);
        work.services.add(280_000);
        work.errors.add(60_000);
        work.error_ms += 60_000;
    }
    work
}

fn rating(start: Timestamp, number: u16) -> Rating {
    let FlowKey { service, counter, officer, .. } = at_counter();
    let ticket = Some(TicketNumber::new(&format!("A{number:03}")).unwrap());
    let at = Timestamp::from_ms(start.ms() + 9 * 3_600_000 + i64::from(number));
    Rating { at, level: RatingLevel::Satisfied, ticket, service, counter, officer }
}

fn zone() -> ZoneCell {
    let (camera, zone) = ("cam-1".parse().unwrap(), "waiting".parse().unwrap());
    let (known_ms, level_ms, motion_ms) = (3_600_000, 1_800_000_000, 600_000);
    ZoneCell { hour: 8, camera, zone, kind: ZoneKind::Waiting, known_ms, level_ms, motion_ms, most_people: None }
}

fn open_minute() -> CounterMinute {
    let FlowKey { counter, officer, .. } = at_counter();
    CounterMinute { minute: 480, counter: counter.unwrap(), status: CounterStatus::Open, busy: true, officer }
}

/// Something of everything between eight and nine; `waits` are seconds.
pub fn day(date: Date, waits: &[u32]) -> Day {
    let start = Timestamp::from_ms(MIDNIGHT_MS + i64::from(date - MONDAY) * DAY_MS);
    let FlowKey { counter, officer, .. } = at_counter();
    let counter = counter.unwrap();
    let n = u16::try_from(waits.len()).unwrap();
    let taken = FlowKey { counter: None, officer: None, ..at_counter() };
    let (open_ms, busy_ms) = (3_600_000, 1_800_000);
    Day {
        date,
        start,
        utc_offset_s: 25_200,
        visits: (0..n).map(|number| visit(start, number)).collect(),
        ratings: (0..n).map(|number| rating(start, number)).collect(),
        flow: vec![FlowCell { arrivals: u32::from(n) + 1, cancelled: 1, ..FlowCell::new(taken) }, work(waits)],
        queues: vec![QueueCell { hour: 8, service: service(), waited_ms: 3_600_000, most: 3, longest_ms: 900_000 }],
        counters: vec![CounterCell { hour: 8, counter, officer, open_ms, busy_ms, paused_ms: 0 }],
        zones: vec![zone()],
        quality: vec![QualityCell {
            hour: 8,
            due_min: Some(60),
            heard_min: 60,
            accepted: 50,
            ..QualityCell::default()
        }],
        services: vec![ServicePlace { service: service(), field: None, department: None }],
        counter_places: vec![(counter, None)],
        minutes: Minutes { counters: vec![open_minute()], ..Minutes::default() },
    }
}
