//! Cells by the hour.

use std::fmt::Write as _;

use domain::event::RatingLevel;
use domain::history::{CounterCell, Day, FlowCell, Histogram, Hour, QualityCell, QueueCell, ZoneCell};
use domain::{CounterId, DepartmentId, FieldId, ServiceId, SiteId};

use super::{Bucket, Point, Row};

const HOUR_MS: i64 = 3_600_000;

/// What happened to tickets: a point for each part in which something did.
#[must_use]
pub fn flow(site: SiteId, day: &Day, cell: &FlowCell) -> Vec<Row> {
    let mut rows = Vec::new();
    let base = |measurement| flow_point(measurement, site, day, cell);
    let counts = [cell.arrivals, cell.cancelled, cell.no_shows, cell.day_ended, cell.recalls, cell.transfers];
    if counts != [0; 6] {
        rows.push(
            base("tickets_hour")
                .int("arrivals", cell.arrivals)
                .int("cancelled", cell.cancelled)
                .int("no_shows", cell.no_shows)
                .int("day_ended", cell.day_ended)
                .int("recalls", cell.recalls)
                .int("transfers", cell.transfers),
        );
    }
    if cell.waits != Histogram::default() || cell.walks != Histogram::default() {
        rows.push(histogram(histogram(base("waits_hour"), "waits", &cell.waits), "walks", &cell.walks));
    }
    if cell.served > 0 || cell.services != Histogram::default() {
        rows.push(histogram(base("services_hour").int("served", cell.served), "services", &cell.services));
    }
    if cell.promised > 0 {
        let point = base("estimates_hour")
            .int("promised", cell.promised)
            .int("within_p90", cell.within_p90)
            .int("within_p50", cell.within_p50)
            .int("error_ms", cell.error_ms);
        rows.push(histogram(point, "errors", &cell.errors));
    }
    if cell.ratings != [0; 5] || cell.unbound > 0 {
        let levels = RatingLevel::ALL.iter().zip(cell.ratings);
        let point = levels.fold(base("ratings_hour"), |point, (level, n)| point.int(level.code(), n));
        rows.push(point.int("unbound", cell.unbound));
    }
    rows.into_iter().map(hourly).collect()
}

fn flow_point(measurement: &str, site: SiteId, day: &Day, cell: &FlowCell) -> Point {
    let key = cell.key;
    let (field, department) = service_place(day, key.service);
    hour_point(measurement, site, day, key.hour)
        .maybe_tag("service", key.service)
        .maybe_tag("counter", key.counter)
        .maybe_tag("officer", key.officer)
        .text("field", text(&field))
        .text("department", text(&department))
        .text("counter_department", text(&counter_place(day, key.counter)))
}

/// A service's line.
#[must_use]
pub fn queue(site: SiteId, day: &Day, cell: &QueueCell) -> Row {
    let (field, department) = service_place(day, Some(cell.service));
    hourly(
        hour_point("queues_hour", site, day, cell.hour)
            .tag("service", cell.service.as_str())
            .text("field", text(&field))
            .text("department", text(&department))
            .int("waited_ms", cell.waited_ms)
            .int("most", cell.most)
            .int("longest_ms", cell.longest_ms),
    )
}

/// A counter's time.
#[must_use]
pub fn counter(site: SiteId, day: &Day, cell: &CounterCell) -> Row {
    hourly(
        hour_point("counters_hour", site, day, cell.hour)
            .tag("counter", cell.counter.as_str())
            .maybe_tag("officer", cell.officer)
            .text("counter_department", text(&counter_place(day, Some(cell.counter))))
            .int("open_ms", cell.open_ms)
            .int("busy_ms", cell.busy_ms)
            .int("paused_ms", cell.paused_ms),
    )
}

/// What a camera saw.
#[must_use]
pub fn zone(site: SiteId, day: &Day, cell: &ZoneCell) -> Row {
    hourly(
        hour_point("zones_hour", site, day, cell.hour)
            .tag("camera", cell.camera.as_str())
            .tag("zone", cell.zone.as_str())
            .text("kind", cell.kind.code())
            .int("known_ms", cell.known_ms)
            .int("level_ms", cell.level_ms)
            .int("motion_ms", cell.motion_ms)
            .int("most_people", cell.most_people.map_or(-1, i64::from)),
    )
}

/// How good the data are.
#[must_use]
pub fn quality(site: SiteId, day: &Day, cell: &QualityCell) -> Row {
    hourly(
        hour_point("quality_hour", site, day, cell.hour)
            .int("due_min", cell.due_min.map_or(-1, i64::from))
            .int("heard_min", cell.heard_min)
            .int("accepted", cell.accepted)
            .int("late", cell.late)
            .int("lost", cell.lost)
            .int("dead_letters", cell.dead_letters),
    )
}

fn hourly(point: Point) -> Row {
    super::row(Bucket::Hour, point)
}

fn hour_point(measurement: &str, site: SiteId, day: &Day, hour: Hour) -> Point {
    Point::new(measurement, hour_start_ms(day, hour).saturating_mul(1_000_000))
        .tag("site", site.as_str())
        .int("date", day.date)
        .int("hour", hour)
}

/// The first instant of an hour of the wall's clock. A business day that begins at 3 has its hour 1
/// after its hour 23.
fn hour_start_ms(day: &Day, hour: Hour) -> i64 {
    let offset = i64::from(day.utc_offset_s) * 1_000;
    let first = (day.start.ms() + offset).div_euclid(HOUR_MS);
    (first + (i64::from(hour) - first).rem_euclid(24)) * HOUR_MS - offset
}

fn histogram(point: Point, name: &str, of: &Histogram) -> Point {
    let mut pairs = String::with_capacity(of.seconds.len() * 6);
    for (second, n) in &of.seconds {
        // Writing to a string cannot fail.
        let _ = write!(pairs, "{}{second}:{n}", if pairs.is_empty() { "" } else { "," });
    }
    point
        .text(&[name, "_h"].concat(), &pairs)
        .int(&[name, "_n"].concat(), i64::try_from(of.n()).unwrap_or(i64::MAX))
        .int(&[name, "_sum_ms"].concat(), of.sum_ms)
        .int(&[name, "_max_ms"].concat(), of.max_ms)
}

fn service_place(day: &Day, service: Option<ServiceId>) -> (Option<FieldId>, Option<DepartmentId>) {
    let found = service.and_then(|id| day.services.iter().find(|place| place.service == id));
    found.map_or((None, None), |place| (place.field, place.department))
}

fn counter_place(day: &Day, counter: Option<CounterId>) -> Option<DepartmentId> {
    let id = counter?;
    day.counter_places.iter().find(|(of, _)| *of == id)?.1
}

/// What there is, or the empty text.
pub(super) fn text<T: AsRef<str>>(of: &Option<T>) -> &str {
    of.as_ref().map_or("", AsRef::as_ref)
}
