//! What happened, thing by thing, and the days that history makes of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::ZoneKind;
use domain::facts::Date;
use domain::history::{CounterCell, Day, FlowCell, FlowKey, Histogram, QualityCell, QueueCell, ServicePlace, ZoneCell};
use domain::{CounterId, OfficerId, SiteId, Timestamp};

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Thing {
    pub site: &'static str,
    pub date: Date,
    pub hour: u8,
    pub service: Option<&'static str>,
    pub counter: Option<&'static str>,
    pub officer: Option<&'static str>,
    pub what: What,
}

/// What it was.
#[derive(Debug, Clone)]
pub enum What {
    Arrival,
    Cancelled,
    NoShow,
    DayEnded,
    /// Wait, and the promised p50 and p90.
    Call(u32, Option<(u32, u32)>),
    Walk(u32),
    Served(Option<u32>),
    Recall,
    Transfer,
    Rating(usize),
    Unbound,
    Line {
        waited_ms: i64,
        most: u32,
        longest_ms: u32,
    },
    Post {
        open: u32,
        busy: u32,
        paused: u32,
    },
    View {
        camera: &'static str,
        zone: &'static str,
        known: u32,
        level: i64,
        motion: u32,
        people: Option<u32>,
    },
    Quality(QualityCell),
}

/// Where a service belongs: its field and department, by the site.
pub fn place(site: &str, service: &str) -> (Option<&'static str>, Option<&'static str>) {
    match (site, service) {
        (_, "dat-dai") => (Some("dia-chinh"), Some("tai-nguyen")),
        ("hoi-an", "ho-tich") => (Some("tu-phap"), Some("ubnd")),
        (_, "ho-tich") => (Some("tu-phap"), Some("so-tu-phap")),
        (_, "thue") => (None, Some("so-tu-phap")),
        _ => (None, None),
    }
}

/// The department of a counter.
pub fn counter_place(counter: &str) -> Option<&'static str> {
    match counter {
        "q1" => Some("tai-nguyen"),
        "q2" => Some("so-tu-phap"),
        _ => None,
    }
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn count(cell: &mut FlowCell, what: &What) {
    match what {
        What::Arrival => cell.arrivals += 1,
        What::Cancelled => cell.cancelled += 1,
        What::NoShow => cell.no_shows += 1,
        What::DayEnded => cell.day_ended += 1,
        What::Call(wait, promised) => {
            cell.waits.add(*wait);
            let Some((p50, p90)) = promised else { return };
            let error = i64::from(*wait) - i64::from(*p50);
            cell.promised += 1;
            cell.within_p90 += u32::from(wait <= p90);
            cell.within_p50 += u32::from(wait <= p50);
            cell.error_ms += error;
            cell.errors.add(error.unsigned_abs() as u32);
        }
        What::Walk(ms) => cell.walks.add(*ms),
        What::Served(ms) => {
            cell.served += 1;
            ms.iter().for_each(|ms| Histogram::add(&mut cell.services, *ms));
        }
        What::Recall => cell.recalls += 1,
        What::Transfer => cell.transfers += 1,
        What::Rating(level) => cell.ratings[*level] += 1,
        What::Unbound => cell.unbound += 1,
        _ => {}
    }
}

/// The days of these things, as history keeps them.
pub fn days(things: &[Thing]) -> Vec<(SiteId, Day)> {
    let mut days: BTreeMap<(&str, Date), Vec<&Thing>> = BTreeMap::new();
    for thing in things {
        days.entry((thing.site, thing.date)).or_default().push(thing);
    }
    days.into_iter().map(|((site, date), things)| (id(site), day(site, date, &things))).collect()
}

fn day(site: &str, date: Date, things: &[&Thing]) -> Day {
    let start = Timestamp::from_ms(i64::from(date) * 86_400_000 - 25_200_000);
    let mut day = Day { date, start, utc_offset_s: 25_200, ..Day::default() };
    let mut flow: BTreeMap<FlowKey, FlowCell> = BTreeMap::new();
    for thing in things {
        let (hour, service) = (thing.hour, thing.service.map(id));
        let (counter, officer): (Option<CounterId>, Option<OfficerId>) = (thing.counter.map(id), thing.officer.map(id));
        match &thing.what {
            What::Line { waited_ms, most, longest_ms } => day.queues.push(QueueCell {
                hour,
                service: service.unwrap(),
                waited_ms: *waited_ms,
                most: *most,
                longest_ms: *longest_ms,
            }),
            What::Post { open, busy, paused } => day.counters.push(CounterCell {
                hour,
                counter: counter.unwrap(),
                officer,
                open_ms: *open,
                busy_ms: *busy,
                paused_ms: *paused,
            }),
            What::View { camera, zone, known, level, motion, people } => day.zones.push(ZoneCell {
                hour,
                camera: id(camera),
                zone: id(zone),
                kind: ZoneKind::Waiting,
                known_ms: *known,
                level_ms: *level,
                motion_ms: *motion,
                most_people: *people,
            }),
            What::Quality(cell) => day.quality.push(QualityCell { hour, ..*cell }),
            what => {
                let key = FlowKey { hour, service, counter, officer };
                count(flow.entry(key).or_insert_with(|| FlowCell::new(key)), what);
            }
        }
    }
    day.flow = flow.into_values().collect();
    order(&mut day, site, things);
    day
}

/// Cells in their order, and where what they name belongs.
fn order(day: &mut Day, site: &str, things: &[&Thing]) {
    day.queues.sort_by_key(|cell| (cell.hour, cell.service));
    day.counters.sort_by_key(|cell| (cell.hour, cell.counter, cell.officer));
    day.zones.sort_by_key(|cell| (cell.hour, cell.camera, cell.zone));
    day.quality.sort_by_key(|cell| cell.hour);
    let services: BTreeSet<&str> = things.iter().filter_map(|thing| thing.service).collect();
    let counters: BTreeSet<&str> = things.iter().filter_map(|thing| thing.counter).collect();
    let of_service = |service: &&str| {
        let (field, department) = place(site, service);
        ServicePlace { service: id(service), field: field.map(id), department: department.map(id) }
    };
    day.services = services.iter().map(of_service).collect();
    day.counter_places = counters.iter().map(|counter| (id(counter), counter_place(counter).map(id))).collect();
}

/// Seeded days of several sites: some hours nobody heard, some days missing, one site without
/// service hours, one that is stored later.
pub fn random(seed: u64, from: Date, to: Date) -> Vec<Thing> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut things = Vec::new();
    for (site, services, first) in [("hoi-an", true, from), ("tam-ky", true, from + 3), ("que-son", false, from)] {
        for date in first..=to {
            let sunday = (date + 3).rem_euclid(7) == 6;
            if random.u8(..8) == 0 || (sunday && random.u8(..4) > 0) {
                continue;
            }
            for hour in 7..11_u8 {
                one_hour(&mut random, &mut things, (site, date, hour), services);
            }
        }
    }
    things
}

/// Something that may happen at a counter.
fn at_counter(random: &mut fastrand::Rng) -> What {
    match random.u8(..11) {
        0 => What::NoShow,
        1 => What::DayEnded,
        2..=4 => {
            let promised = random.bool().then(|| (random.u32(..3_000_000), random.u32(..6_000_000)));
            What::Call(random.u32(..5_000_000), promised)
        }
        5 => What::Walk(random.u32(..90_000)),
        6 => What::Served(random.bool().then(|| random.u32(..2_000_000))),
        7 => What::Recall,
        8 => What::Transfer,
        9 => What::Rating(random.usize(..5)),
        _ => What::Unbound,
    }
}

fn one_hour(
    random: &mut fastrand::Rng,
    things: &mut Vec<Thing>,
    (site, date, hour): (&'static str, Date, u8),
    has_hours: bool,
) {
    let service = |random: &mut fastrand::Rng| random.choice(["dat-dai", "ho-tich", "thue", "khac"]);
    let counter = |random: &mut fastrand::Rng| random.choice(["q1", "q2", "q3"]);
    let officer = |random: &mut fastrand::Rng| random.choice([Some("an"), Some("binh"), None]).flatten();
    let mut put =
        |service, counter, officer, what| things.push(Thing { site, date, hour, service, counter, officer, what });
    let heard = random.u8(..5) > 0;
    // People come before the doors open.
    let due_min = has_hours.then_some([0, 60, 60, 30][usize::from(hour - 7)]);
    let mut quality = QualityCell { due_min, ..QualityCell::default() };
    if heard {
        quality.heard_min = if random.bool() { due_min.unwrap_or(60) } else { random.u8(1..30) };
        quality.accepted = random.u32(..50);
        quality.late = quality.accepted / 7;
        quality.lost = if random.u8(..6) == 0 { random.u32(..9) } else { 0 };
        quality.dead_letters = random.u32(..2);
        for _ in 0..random.usize(..12) {
            let what = at_counter(random);
            let of = (Some(service(random).unwrap()).filter(|_| random.u8(..9) > 0), counter(random), officer(random));
            put(of.0, of.1.filter(|_| random.u8(..9) > 0), of.2, what);
        }
        for _ in 0..random.usize(..6) {
            let what = if random.u8(..4) == 0 { What::Cancelled } else { What::Arrival };
            put(service(random), None, None, what);
        }
        for service in ["dat-dai", "ho-tich", "thue"] {
            if random.bool() {
                let (waited_ms, most) = (random.i64(0..9_000_000), random.u32(1..20));
                put(Some(service), None, None, What::Line { waited_ms, most, longest_ms: random.u32(..9_000_000) });
            }
        }
        for counter in ["q1", "q2"] {
            let open = random.u32(..3_600_000);
            let what = What::Post { open, busy: random.u32(..=open), paused: random.u32(..1_000_000) };
            let officer = officer(random);
            put(None, Some(counter), officer, what);
        }
        for zone in ["sanh", "cua"] {
            let known = random.u32(..3_600_000);
            let (level, motion) = (random.i64(0..=i64::from(known) * 1_000), random.u32(..=known));
            let people = random.bool().then(|| random.u32(..40));
            put(None, None, None, What::View { camera: "cam-1", zone, known, level, motion, people });
        }
    }
    // A site without service hours has no row of an hour in which nothing came.
    if heard || has_hours {
        put(None, None, None, What::Quality(quality));
    }
}
