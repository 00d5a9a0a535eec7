//! Days with something of everything, by a seed.

use domain::event::ZoneKind;
use domain::history::{CounterCell, Day, FlowCell, FlowKey, Histogram, QualityCell, QueueCell, ServicePlace, ZoneCell};
use domain::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, Timestamp, ZoneId};
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
    day.flow.sort_by_key(|cell| cell.key);
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
