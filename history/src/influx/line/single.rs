//! Single visits and ratings, and what the board showed minute by minute.

use std::collections::HashSet;

use domain::history::{Day, Rating, Visit, VisitEnd};
use domain::{SiteId, Timestamp};

use super::cells::text;
use super::{Bucket, Point, Row};

const MS: i64 = 1_000_000;

/// Every visit. Of one site there is one series, so that no two may have the same time.
#[must_use]
pub fn visits(site: SiteId, day: &Day) -> Vec<Row> {
    let mut taken = Times::default();
    day.visits.iter().map(|visit| self::visit(site, day, visit, &mut taken)).collect()
}

/// Every press that counts.
#[must_use]
pub fn ratings(site: SiteId, day: &Day) -> Vec<Row> {
    let mut taken = Times::default();
    day.ratings.iter().map(|rating| self::rating(site, day, rating, &mut taken)).collect()
}

/// Every minute row.
#[must_use]
pub fn minutes(site: SiteId, day: &Day) -> Vec<Row> {
    let at = |measurement: &str, minute: u16| {
        let ms = day.start.ms() + i64::from(minute) * 60_000;
        base(measurement, site, day, ms.saturating_mul(MS)).flag("gone", false)
    };
    let mut points = Vec::new();
    points.extend(day.minutes.queues.iter().map(|row| {
        at("queue_minute", row.minute)
            .tag("service", row.service.as_str())
            .int("waiting", row.waiting)
            .int("oldest_ms", row.oldest_ms.unwrap_or(0))
    }));
    points.extend(day.minutes.counters.iter().map(|row| {
        at("counter_minute", row.minute)
            .tag("counter", row.counter.as_str())
            .text("status", row.status.code())
            .flag("busy", row.busy)
            .text("officer", text(&row.officer))
    }));
    points.extend(day.minutes.zones.iter().map(|row| {
        at("zone_minute", row.minute)
            .tag("camera", row.camera.as_str())
            .tag("zone", row.zone.as_str())
            .int("level", row.level.map_or(-1, i64::from))
            .int("motion", row.motion.map_or(-1, i64::from))
            .int("people", row.people.map_or(-1, i64::from))
    }));
    points.extend(day.minutes.quality.iter().map(|row| {
        at("quality_minute", row.minute)
            .int("accepted", row.accepted)
            .int("late", row.late)
            .int("lost", row.lost)
            .int("dead_letters", row.dead_letters)
    }));
    points.into_iter().map(|point| super::row(Bucket::Minute, point)).collect()
}

fn visit(site: SiteId, day: &Day, visit: &Visit, taken: &mut Times) -> Row {
    let (end, outcome) = match visit.end {
        VisitEnd::Served(outcome) => ("served", outcome),
        VisitEnd::NoShow => ("no_show", None),
        VisitEnd::Abandoned => ("abandoned", None),
        VisitEnd::Cancelled => ("cancelled", None),
        VisitEnd::DayEnded => ("day_ended", None),
    };
    let time = taken.next(visit.issued, &[visit.ticket.as_str(), &visit.nth.to_string()]);
    let point = base("visit", site, day, time)
        .text("ticket", visit.ticket.as_str())
        .int("nth", visit.nth)
        .int("ended_ms", visit.ended.ms())
        .text("end", end)
        .text("outcome", outcome.map_or("", |outcome| outcome.code()))
        .text("service", visit.service.as_str())
        .text("last_service", text(&visit.last_service))
        .text("counter", text(&visit.counter))
        .text("officer", text(&visit.officer))
        .text("channel", visit.channel.map_or("", |channel| channel.code()))
        .text("purpose", visit.purpose.map_or("", |purpose| purpose.code()))
        .text("priority", visit.priority.code())
        .int("first_wait_ms", known(visit.first_wait_ms))
        .int("waits_ms", visit.waits_ms)
        .int("calls", visit.calls)
        .int("walk_ms", known(visit.walk_ms))
        .int("service_ms", known(visit.service_ms))
        .int("recalls", visit.recalls)
        .int("transfers", visit.transfers)
        .int("holds", visit.holds)
        .int("promised_p50_ms", known(visit.promised_ms.map(|range| range.0)))
        .int("promised_p90_ms", known(visit.promised_ms.map(|range| range.1)))
        // How an officer was rated is in the bucket of people alone.
        .flag("gone", false);
    super::row(Bucket::Raw, point)
}

fn rating(site: SiteId, day: &Day, rating: &Rating, taken: &mut Times) -> Row {
    let time = taken.next(rating.at, &[text(&rating.ticket), text(&rating.counter), text(&rating.service)]);
    let point = base("rating", site, day, time)
        .text("level", rating.level.code())
        .text("ticket", text(&rating.ticket))
        .text("service", text(&rating.service))
        .text("counter", text(&rating.counter))
        .text("officer", text(&rating.officer))
        .flag("gone", false);
    super::row(Bucket::People, point)
}

fn base(measurement: &str, site: SiteId, day: &Day, time_ns: i64) -> Point {
    Point::new(measurement, time_ns).tag("site", site.as_str()).int("date", day.date)
}

fn known(ms: Option<u32>) -> i64 {
    ms.map_or(-1, i64::from)
}

/// Times that were given out. Below the millisecond, what a row is about decides: the same row has
/// the same time however often it is made, and a row beside it does not move it.
#[derive(Default)]
struct Times(HashSet<i64>);

impl Times {
    fn next(&mut self, at: Timestamp, about: &[&str]) -> i64 {
        let first = at.ms().saturating_mul(MS);
        let mut below = i64::try_from(fnv(about) % MS.unsigned_abs()).unwrap_or(0);
        // Two in the same millisecond that fall on the same place: the later in the day's order moves on.
        while !self.0.insert(first.saturating_add(below)) {
            below = (below + 1) % MS;
        }
        first.saturating_add(below)
    }
}

/// FNV-1a, with a byte between the texts.
fn fnv(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
