//! Days with something of everything, by a seed.

use domain::event::{CounterStatus, Priority, RatingLevel, ZoneKind};
use domain::history::{
    CounterCell, CounterMinute, Day, FlowCell, FlowKey, Histogram, Hour, QualityCell, QualityMinute, QueueCell,
    QueueMinute, Rating, ServicePlace, Visit, VisitEnd, ZoneCell, ZoneMinute,
};
use domain::{
    CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, TicketNumber, Timestamp, ZoneId,
};
use fastrand::Rng;
use history::influx::flux::ALL_PARTS;
use history::pack::{self, Columns};
use history::{DayPart, Part, Scope, Source};

pub const MONDAY: i32 = 20_514;

pub fn site(name: &str) -> SiteId {
    SiteId::new(name).expect("an id")
}

fn histogram(rng: &mut Rng) -> Histogram {
    let mut histogram = Histogram::default();
    for _ in 0..rng.u32(0..5) {
        histogram.add(rng.u32(0..7_200_000));
    }
    histogram
}

fn flow(rng: &mut Rng, key: FlowKey) -> FlowCell {
    let mut cell = FlowCell::new(key);
    let mut n = || if rng.bool() { 0 } else { rng.u32(0..90) };
    cell.arrivals = n();
    cell.cancelled = n();
    cell.recalls = n();
    cell.served = n();
    cell.promised = n();
    cell.ratings = [n(), n(), 0, 0, n()];
    cell.unbound = n();
    cell.waits = histogram(rng);
    cell.walks = histogram(rng);
    cell.services = histogram(rng);
    if cell.promised > 0 {
        cell.error_ms = rng.i64(-9_000_000..9_000_000);
        cell.errors = histogram(rng);
    }
    cell
}

/// A visit, a press, and a row of each kind of minute.
fn singles(day: &mut Day, seed: u64) {
    let (service, counter) = (ServiceId::new("s1").expect("an id"), CounterId::new("c1").expect("an id"));
    let at = day.start.plus(9 * 3_600_000 + i64::try_from(seed % 60_000).unwrap_or(0));
    let ticket = TicketNumber::new("A001").expect("a number");
    day.visits.push(Visit {
        ticket,
        nth: 0,
        issued: at,
        ended: at.plus(900_000),
        end: VisitEnd::Served(None),
        service,
        last_service: None,
        counter: Some(counter),
        officer: None,
        channel: None,
        purpose: None,
        priority: Priority::Normal,
        first_wait_ms: Some(600_000),
        waits_ms: 600_000,
        calls: 1,
        walk_ms: None,
        service_ms: Some(300_000),
        recalls: 0,
        transfers: 0,
        holds: 0,
        promised_ms: Some((500_000, 800_000)),
        rating: Some(RatingLevel::Satisfied),
    });
    let level = RatingLevel::Satisfied;
    day.ratings.push(Rating {
        at,
        level,
        ticket: Some(ticket),
        service: Some(service),
        counter: Some(counter),
        officer: None,
    });
    let (camera, zone) = (CameraId::new("cam").expect("an id"), ZoneId::new("z").expect("an id"));
    day.minutes.queues.push(QueueMinute { minute: 540, service, waiting: 3, oldest_ms: Some(-5) });
    let status = CounterStatus::Open;
    day.minutes.counters.push(CounterMinute { minute: 540, counter, status, busy: true, officer: None });
    day.minutes.zones.push(ZoneMinute { minute: 540, camera, zone, level: Some(700), motion: None, people: None });
    day.minutes.quality.push(QualityMinute { minute: 540, accepted: 4, ..QualityMinute::default() });
}

/// What cameras and the ingest say of an hour.
fn of_the_hall(day: &mut Day, rng: &mut Rng, hour: Hour) {
    day.zones.push(ZoneCell {
        hour,
        camera: CameraId::new("cam").expect("an id"),
        zone: ZoneId::new("z").expect("an id"),
        kind: ZoneKind::Waiting,
        known_ms: 1,
        level_ms: 500,
        motion_ms: 0,
        most_people: rng.bool().then_some(0),
    });
    let accepted = rng.u32(0..9);
    let due_min = rng.bool().then_some(60);
    day.quality.push(QualityCell { hour, due_min, heard_min: 0, accepted, ..QualityCell::default() });
}

/// A business day of a Vietnamese centre.
pub fn day(date: i32, seed: u64) -> Day {
    let mut rng = Rng::with_seed(seed);
    let service = |n: u32| ServiceId::new(&format!("s{n}")).expect("an id");
    let counter = |n: u32| CounterId::new(&format!("c{n}")).expect("an id");
    let officer = |n: u32| OfficerId::new(&format!("o{n}")).expect("an id");
    let mut day = Day { date, utc_offset_s: 25_200, ..Day::default() };
    day.start = Timestamp::from_ms(i64::from(date) * 86_400_000 - 25_200_000);
    for hour in [0, 8, 9, 23] {
        for n in 0..3 {
            let key = FlowKey {
                hour,
                service: (n < 2).then(|| service(n)),
                counter: rng.bool().then(|| counter(n)),
                officer: rng.bool().then(|| officer(n)),
            };
            let cell = flow(&mut rng, key);
            day.flow.push(cell);
            day.queues.push(QueueCell {
                hour,
                service: service(n),
                waited_ms: 1,
                most: n + 1,
                longest_ms: rng.u32(0..9),
            });
            let officer = rng.bool().then(|| officer(n));
            day.counters.push(CounterCell {
                hour,
                counter: counter(n),
                officer,
                open_ms: 3_600_000,
                busy_ms: rng.u32(0..9),
                paused_ms: 0,
            });
        }
        of_the_hall(&mut day, &mut rng, hour);
    }
    day.flow.sort_by_key(|cell| cell.key);
    singles(&mut day, seed);
    let place = |n: u32| ServicePlace {
        service: service(n),
        field: FieldId::new(&format!("f{n}")).ok().filter(|_| n != 1),
        department: DepartmentId::new("so-tu-phap").ok(),
    };
    day.services = (0..3).map(place).collect();
    day.counter_places = (0..3).map(|n| (counter(n), DepartmentId::new("mot-cua").ok().filter(|_| n != 2))).collect();
    day
}

/// What a store shows, each part of each day as text.
pub fn shown(source: &dyn Source, scope: &Scope, parts: &[Part]) -> Vec<String> {
    let mut all = Vec::new();
    source.scan(scope, parts, &mut |part| all.push(format!("{part:?}"))).expect("a store that can be read");
    all
}

/// What it should show.
pub fn should(days: &[(SiteId, Day)], parts: &[Part]) -> Vec<String> {
    let mut days: Vec<_> = days.iter().collect();
    days.sort_by_key(|(site, day)| (*site, day.date));
    let (mut columns, mut bytes, mut all) = (Columns::default(), Vec::new(), Vec::new());
    for (site, day) in days {
        for part in ALL_PARTS.into_iter().filter(|part| parts.contains(part)) {
            if pack::encode(day, part, &mut bytes) {
                let (names, cells) = columns.decode(part, &bytes).expect("a pack");
                all.push(format!("{:?}", DayPart { site: *site, date: day.date, names, cells }));
            }
        }
    }
    all
}
