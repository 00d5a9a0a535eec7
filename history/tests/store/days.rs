//! Days to be written: plausible ones of a centre, and ones with whatever values a field can have.

use std::collections::BTreeMap;

use domain::event::{Channel, CounterStatus, Outcome, Priority, Purpose, RatingLevel, ZoneKind};
use domain::history::{
    CounterCell, CounterMinute, Day, FlowCell, FlowKey, Histogram, Minutes, QualityCell, QualityMinute, QueueCell,
    QueueMinute, Rating, ServicePlace, Visit, VisitEnd, ZoneCell, ZoneMinute,
};
use domain::{
    CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, TicketNumber, Timestamp, ZoneId,
};
use fastrand::Rng;

/// Monday, 5 January 2026.
pub const MONDAY: i32 = 20_458;

pub fn site(name: &str) -> SiteId {
    SiteId::new(name).unwrap()
}

fn service(n: u32) -> ServiceId {
    ServiceId::new(&format!("thu-tuc-{n:02}")).unwrap()
}

fn counter(n: u32) -> CounterId {
    CounterId::new(&format!("q{n}")).unwrap()
}

fn officer(n: u32) -> OfficerId {
    OfficerId::new(&format!("cb-{n:03}")).unwrap()
}

/// About 260 visits from 7:00 to 17:00, with everything that follows from them.
pub fn centre_day(date: i32, seed: u64) -> Day {
    let mut rng = Rng::with_seed(seed ^ (date as u64) << 20);
    let start = Timestamp::from_ms(i64::from(date) * 86_400_000 - 25_200_000);
    let mut day = Day { date, start, utc_offset_s: 25_200, ..Day::default() };
    let mut flow = BTreeMap::new();
    let absent = rng.u32(..20);
    for n in 0..rng.u32(240..280) {
        one_visit(&mut day, &mut flow, n, absent, &mut rng);
    }
    day.visits.sort_by_key(|visit| (visit.issued, visit.ticket, visit.nth));
    day.ratings.sort_by_key(|rating| (rating.at, rating.ticket));
    day.flow = flow.into_values().collect();
    hours(&mut day, &mut rng);
    day.minutes = minutes(&mut rng);
    day.services = (0..24).map(|n| place(service(n), n)).collect();
    day.counter_places = (0..40).map(|n| (counter(n), DepartmentId::new(&format!("so-{}", n % 6)).ok())).collect();
    day.counter_places.sort();
    day
}

fn place(service: ServiceId, n: u32) -> ServicePlace {
    let field = FieldId::new(&format!("linh-vuc-{}", n % 9)).ok();
    ServicePlace { service, field, department: DepartmentId::new(&format!("so-{}", n % 6)).ok() }
}

fn one_visit(day: &mut Day, flow: &mut BTreeMap<FlowKey, FlowCell>, n: u32, absent: u32, rng: &mut Rng) {
    let issued = day.start.plus(rng.i64(7 * 3_600_000..17 * 3_600_000));
    let wait = rng.u32(..5_400_000) / rng.u32(1..6);
    let (walk, served) = (rng.u32(3_000..90_000), rng.u32(30_000..1_500_000));
    let place = rng.u32(..40);
    let abandoned = rng.u32(..100) < 4;
    let came = |length: u32| (!abandoned).then_some(length);
    let visit = Visit {
        ticket: TicketNumber::new(&format!("A{n:03}")).unwrap(),
        nth: 0,
        issued,
        ended: issued.plus(i64::from(wait + walk + served)),
        end: if abandoned { VisitEnd::Abandoned } else { VisitEnd::Served(rng.choice(Outcome::ALL).copied()) },
        service: service(rng.u32(..24)),
        last_service: None,
        counter: (!abandoned).then(|| counter(place)),
        officer: (!abandoned).then(|| officer((place + absent) % 60)),
        channel: Some(Channel::Kiosk),
        purpose: rng.choice(Purpose::ALL).copied(),
        priority: if rng.u8(..10) == 0 { Priority::Elderly } else { Priority::Normal },
        first_wait_ms: came(wait),
        waits_ms: came(wait).unwrap_or(0),
        calls: u16::from(!abandoned),
        walk_ms: came(walk),
        service_ms: came(served),
        recalls: 0,
        transfers: 0,
        holds: 0,
        promised_ms: Some((wait / 2, wait + 60_000)),
        rating: if !abandoned && rng.u32(..10) == 0 { rng.choice(RatingLevel::ALL).copied() } else { None },
    };
    count(day, flow, &visit);
    day.ratings.extend(visit.rating.map(|level| Rating {
        at: visit.ended.plus(5_000),
        level,
        ticket: Some(visit.ticket),
        service: Some(visit.service),
        counter: visit.counter,
        officer: visit.officer,
    }));
    day.visits.push(visit);
}

fn count(day: &Day, flow: &mut BTreeMap<FlowKey, FlowCell>, visit: &Visit) {
    let mut cell = |at: Timestamp, here: bool, change: &dyn Fn(&mut FlowCell)| {
        let hour = (at.since(day.start) / 3_600_000).min(23) as u8;
        let (counter, officer) = if here { (visit.counter, visit.officer) } else { (None, None) };
        let key = FlowKey { hour, service: Some(visit.service), counter, officer };
        change(flow.entry(key).or_insert_with(|| FlowCell::new(key)));
    };
    cell(visit.issued, false, &|cell| cell.arrivals += 1);
    let (Some(wait), Some(walk), Some(served)) = (visit.first_wait_ms, visit.walk_ms, visit.service_ms) else {
        return cell(visit.issued, false, &|cell| cell.cancelled += 1);
    };
    cell(visit.issued.plus(wait.into()), true, &|cell| {
        cell.waits.add(wait);
        cell.walks.add(walk);
        cell.promised += 1;
        cell.within_p90 += 1;
        cell.error_ms += i64::from(wait - wait / 2);
        cell.errors.add(wait - wait / 2);
    });
    cell(visit.ended, true, &|cell| {
        cell.services.add(served);
        cell.served += 1;
        if let Some(level) = visit.rating {
            cell.ratings[RatingLevel::ALL.iter().position(|other| *other == level).unwrap()] += 1;
        }
    });
}

fn hours(day: &mut Day, rng: &mut Rng) {
    for hour in 7..17 {
        for n in 0..24 {
            let (waited_ms, most, longest_ms) = (rng.i64(0..9_000_000), rng.u32(1..15), rng.u32(..5_400_000));
            day.queues.push(QueueCell { hour, service: service(n), waited_ms, most, longest_ms });
        }
        for n in 0..40 {
            let busy_ms = rng.u32(..3_000_000);
            let (officer, open_ms) = (Some(officer(n)), 3_600_000);
            day.counters.push(CounterCell { hour, counter: counter(n), officer, open_ms, busy_ms, paused_ms: 0 });
        }
        for n in 0..4 {
            day.zones.push(ZoneCell {
                hour,
                camera: CameraId::new("cam-1").unwrap(),
                zone: ZoneId::new(&format!("zone-{n}")).unwrap(),
                kind: *rng.choice(ZoneKind::ALL).unwrap(),
                known_ms: 3_600_000,
                level_ms: rng.i64(0..3_600_000_000),
                motion_ms: rng.u32(..3_600_000),
                most_people: None,
            });
        }
        let accepted = rng.u32(150..250);
        day.quality.push(QualityCell { hour, due_min: Some(60), heard_min: 60, accepted, ..QualityCell::default() });
    }
    day.counters.sort_by_key(|cell| (cell.hour, cell.counter));
}

fn minutes(rng: &mut Rng) -> Minutes {
    let mut rows = Minutes::default();
    for minute in 420..1_020 {
        for n in 0..24 {
            if rng.u8(..10) < 2 {
                let (waiting, oldest_ms) = (rng.u32(..15), Some(i64::from(minute) * 60_000 - rng.i64(0..3_600_000)));
                rows.queues.push(QueueMinute { minute, service: service(n), waiting, oldest_ms });
            }
        }
        if rng.u8(..10) < 4 {
            let (counter, officer) = (counter(rng.u32(..40)), Some(officer(rng.u32(..60))));
            rows.counters.push(CounterMinute {
                minute,
                counter,
                status: CounterStatus::Open,
                busy: rng.bool(),
                officer,
            });
        }
        rows.zones.push(ZoneMinute {
            minute,
            camera: CameraId::new("cam-1").unwrap(),
            zone: ZoneId::new("zone-1").unwrap(),
            level: Some(rng.u16(..1_000)),
            motion: rng.bool().then(|| rng.bool()),
            people: None,
        });
        rows.quality.push(QualityMinute { minute, accepted: rng.u32(..9), ..QualityMinute::default() });
    }
    rows
}

/// Any numbers at all, in cells that are in order.
pub fn wild_day(seed: u64) -> Day {
    let mut rng = Rng::with_seed(seed);
    let mut day = centre_day(MONDAY, seed);
    let extreme = |rng: &mut Rng| *rng.choice(&[0, 1, 255, 256, 65_535, 65_536, u32::MAX]).unwrap();
    let wide = |rng: &mut Rng| *rng.choice(&[0, -1, 1, i64::MAX, i64::MIN, 1 << 33]).unwrap();
    for cell in &mut day.flow {
        if rng.u8(..8) == 0 {
            cell.key.officer = None;
        }
        cell.arrivals = extreme(&mut rng);
        cell.transfers = extreme(&mut rng);
        cell.error_ms = wide(&mut rng);
        cell.unbound = extreme(&mut rng);
        let seconds = (0..rng.u32(..4)).map(|n| (n * 1_000_000 + rng.u32(..9), extreme(&mut rng).max(1))).collect();
        cell.waits = Histogram { sum_ms: wide(&mut rng), max_ms: extreme(&mut rng), seconds };
    }
    let all: BTreeMap<FlowKey, FlowCell> = day.flow.drain(..).map(|cell| (cell.key, cell)).collect();
    day.flow = all.into_values().collect();
    for cell in &mut day.zones {
        cell.most_people = rng.bool().then(|| extreme(&mut rng));
        cell.level_ms = wide(&mut rng);
    }
    for cell in &mut day.quality {
        cell.due_min = rng.bool().then(|| rng.u8(..));
    }
    for row in &mut day.minutes.queues {
        row.oldest_ms = rng.bool().then(|| wide(&mut rng));
        row.waiting = extreme(&mut rng);
    }
    for row in &mut day.minutes.zones {
        row.people = rng.bool().then(|| extreme(&mut rng));
    }
    day
}
