//! From rows to the cells of a day.

use domain::event::{RatingLevel, ZoneKind};
use domain::facts::Date;
use domain::history::{
    CounterCell, Day, FlowCell, FlowKey, Histogram, Hour, QualityCell, QueueCell, ServicePlace, ZoneCell,
};
use domain::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, ZoneId};

use crate::Part;
use crate::influx::csv::{Cell, Fault, Row};

/// The site and the business day of a row.
pub fn place(row: &Row<'_>) -> Result<(SiteId, Date), Fault> {
    Ok((id(row, "site", SiteId::new)?, number(row, "date")?))
}

/// Adds a row's cell. A row in which all is 0 says that the cell no longer is.
pub fn add(part: Part, day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    match part {
        Part::Queues => queue(day, row),
        Part::Counters => counter(day, row),
        Part::Zones => zone(day, row),
        Part::Quality => quality(day, row),
        Part::Tickets | Part::Waits | Part::Services | Part::Estimates | Part::Ratings => flow(part, day, row),
    }
}

/// Puts a day's cells in their order.
pub fn sort(day: &mut Day) {
    day.flow.sort_unstable_by_key(|cell| cell.key);
    day.queues.sort_unstable_by_key(|cell| (cell.hour, cell.service));
    day.counters.sort_unstable_by_key(|cell| (cell.hour, cell.counter, cell.officer));
    day.zones.sort_unstable_by_key(|cell| (cell.hour, cell.camera, cell.zone));
    day.quality.sort_unstable_by_key(|cell| cell.hour);
}

fn flow(part: Part, day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    let hour = hour(row)?;
    let service = maybe(row, "service", ServiceId::new)?;
    let counter = maybe(row, "counter", CounterId::new)?;
    let key = FlowKey { hour, service, counter, officer: maybe(row, "officer", OfficerId::new)? };
    let mut cell = FlowCell::new(key);
    match part {
        Part::Tickets => {
            cell.arrivals = number(row, "arrivals")?;
            cell.cancelled = number(row, "cancelled")?;
            cell.no_shows = number(row, "no_shows")?;
            cell.day_ended = number(row, "day_ended")?;
            cell.recalls = number(row, "recalls")?;
            cell.transfers = number(row, "transfers")?;
        }
        Part::Waits => {
            cell.waits = histogram(row, ["waits_h", "waits_sum_ms", "waits_max_ms"])?;
            cell.walks = histogram(row, ["walks_h", "walks_sum_ms", "walks_max_ms"])?;
        }
        Part::Services => {
            cell.served = number(row, "served")?;
            cell.services = histogram(row, ["services_h", "services_sum_ms", "services_max_ms"])?;
        }
        Part::Estimates => {
            cell.promised = number(row, "promised")?;
            cell.within_p90 = number(row, "within_p90")?;
            cell.within_p50 = number(row, "within_p50")?;
            cell.error_ms = number(row, "error_ms")?;
            cell.errors = histogram(row, ["errors_h", "errors_sum_ms", "errors_max_ms"])?;
        }
        _ => {
            for (level, n) in RatingLevel::ALL.iter().zip(&mut cell.ratings) {
                *n = number(row, level.code())?;
            }
            cell.unbound = number(row, "unbound")?;
        }
    }
    if cell == FlowCell::new(key) {
        return Ok(());
    }
    if let Some(service) = service {
        service_place(day, service, row)?;
    }
    if let Some(counter) = counter {
        counter_place(day, counter, row)?;
    }
    day.flow.push(cell);
    Ok(())
}

fn queue(day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    let cell = QueueCell {
        hour: hour(row)?,
        service: id(row, "service", ServiceId::new)?,
        waited_ms: number(row, "waited_ms")?,
        most: number(row, "most")?,
        longest_ms: number(row, "longest_ms")?,
    };
    if (cell.waited_ms, cell.most, cell.longest_ms) != (0, 0, 0) {
        service_place(day, cell.service, row)?;
        day.queues.push(cell);
    }
    Ok(())
}

fn counter(day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    let cell = CounterCell {
        hour: hour(row)?,
        counter: id(row, "counter", CounterId::new)?,
        officer: maybe(row, "officer", OfficerId::new)?,
        open_ms: number(row, "open_ms")?,
        busy_ms: number(row, "busy_ms")?,
        paused_ms: number(row, "paused_ms")?,
    };
    if [cell.open_ms, cell.busy_ms, cell.paused_ms] != [0; 3] {
        counter_place(day, cell.counter, row)?;
        day.counters.push(cell);
    }
    Ok(())
}

fn zone(day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    let most_people: i64 = number(row, "most_people")?;
    let known_ms = number(row, "known_ms")?;
    let level_ms = number(row, "level_ms")?;
    let motion_ms = number(row, "motion_ms")?;
    if (most_people, known_ms, level_ms, motion_ms) == (0, 0, 0, 0) {
        return Ok(());
    }
    let told = text(row, "kind")?;
    day.zones.push(ZoneCell {
        hour: hour(row)?,
        camera: id(row, "camera", CameraId::new)?,
        zone: id(row, "zone", ZoneId::new)?,
        kind: ZoneKind::from_code(told).ok_or_else(|| Fault::Row(format!("{told:?} is no kind of zone")))?,
        known_ms,
        level_ms,
        motion_ms,
        most_people: none_or(most_people, "most_people")?,
    });
    Ok(())
}

fn quality(day: &mut Day, row: &Row<'_>) -> Result<(), Fault> {
    let due: i64 = number(row, "due_min")?;
    let cell = QualityCell {
        hour: hour(row)?,
        due_min: none_or(due, "due_min")?,
        heard_min: number(row, "heard_min")?,
        accepted: number(row, "accepted")?,
        late: number(row, "late")?,
        lost: number(row, "lost")?,
        dead_letters: number(row, "dead_letters")?,
    };
    if cell != (QualityCell { hour: cell.hour, due_min: Some(0), ..QualityCell::default() }) {
        day.quality.push(cell);
    }
    Ok(())
}

fn service_place(day: &mut Day, service: ServiceId, row: &Row<'_>) -> Result<(), Fault> {
    if let Err(at) = day.services.binary_search_by_key(&service, |place| place.service) {
        let (field, department) = (maybe(row, "field", FieldId::new)?, maybe(row, "department", DepartmentId::new)?);
        day.services.insert(at, ServicePlace { service, field, department });
    }
    Ok(())
}

fn counter_place(day: &mut Day, counter: CounterId, row: &Row<'_>) -> Result<(), Fault> {
    if let Err(at) = day.counter_places.binary_search_by_key(&counter, |place| place.0) {
        day.counter_places.insert(at, (counter, maybe(row, "counter_department", DepartmentId::new)?));
    }
    Ok(())
}

fn hour(row: &Row<'_>) -> Result<Hour, Fault> {
    let hour: Hour = number(row, "hour")?;
    if hour < 24 { Ok(hour) } else { Err(Fault::Row(format!("{hour} is no hour"))) }
}

/// A whole number that must be there and fit.
pub fn number<T: TryFrom<i64>>(row: &Row<'_>, column: &str) -> Result<T, Fault> {
    match row.get(column)? {
        Cell::Int(number) => T::try_from(number).map_err(|_| Fault::Row(format!("{number} cannot be in {column:?}"))),
        other => Err(Fault::Row(format!("{column:?} is {other:?} and no whole number"))),
    }
}

fn none_or<T: TryFrom<i64>>(number: i64, column: &str) -> Result<Option<T>, Fault> {
    if number == -1 {
        return Ok(None);
    }
    T::try_from(number).map(Some).map_err(|_| Fault::Row(format!("{number} cannot be in {column:?}")))
}

fn text<'a>(row: &Row<'a>, column: &str) -> Result<&'a str, Fault> {
    match row.get(column)? {
        Cell::Text(text) => Ok(text),
        // A column that no row of the table has is left out.
        Cell::Null => Ok(""),
        other => Err(Fault::Row(format!("{column:?} is {other:?} and no text"))),
    }
}

/// An id that must be there.
pub fn id<T, E>(row: &Row<'_>, column: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, Fault> {
    let text = text(row, column)?;
    parse(text).map_err(|_| Fault::Row(format!("{text:?} cannot be in {column:?}")))
}

fn maybe<T, E>(row: &Row<'_>, column: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Option<T>, Fault> {
    if text(row, column)?.is_empty() { Ok(None) } else { id(row, column, parse).map(Some) }
}

fn histogram(row: &Row<'_>, [pairs, sum, max]: [&str; 3]) -> Result<Histogram, Fault> {
    let told = text(row, pairs)?;
    let wrong = || Fault::Row(format!("{pairs:?} is no histogram"));
    let mut seconds: Vec<(u32, u32)> = Vec::new();
    for pair in told.split(',').filter(|_| !told.is_empty()) {
        let (second, n) = pair.split_once(':').ok_or_else(wrong)?;
        let pair = (second.parse().map_err(|_| wrong())?, n.parse().map_err(|_| wrong())?);
        if pair.1 == 0 || seconds.last().is_some_and(|last| last.0 >= pair.0) {
            return Err(wrong());
        }
        seconds.push(pair);
    }
    Ok(Histogram { sum_ms: number(row, sum)?, max_ms: number(row, max)?, seconds })
}
