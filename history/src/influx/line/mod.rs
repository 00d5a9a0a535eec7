//! A day's rows as lines of line protocol.
//!
//! Every measurement has the tag `site` and the field `date` (business day, days since 1970-01-01).
//! Every point writes **all** its fields, since InfluxDB merges: what is `None` is `-1` or `""`.
//!
//! | Measurement | Further tags | Time | Fields (`i` unless told) |
//! |---|---|---|---|
//! | `tickets_hour` | flow | hour | `arrivals` `cancelled` `no_shows` `day_ended` `recalls` `transfers` |
//! | `waits_hour` | flow | hour | histograms `waits` `walks` |
//! | `services_hour` | flow | hour | `served`, histogram `services` |
//! | `estimates_hour` | flow | hour | `promised` `within_p90` `within_p50` `error_ms`, histogram `errors` |
//! | `ratings_hour` | flow | hour | the codes of `RatingLevel`, `unbound` |
//! | `queues_hour` | `service` | hour | `waited_ms` `most` `longest_ms`, text `field` `department` |
//! | `counters_hour` | `counter` `officer` | hour | `open_ms` `busy_ms` `paused_ms`, text `counter_department` |
//! | `zones_hour` | `camera` `zone` | hour | text `kind`, `known_ms` `level_ms` `motion_ms` `most_people` |
//! | `quality_hour` | | hour | `due_min` `heard_min` `accepted` `late` `lost` `dead_letters` |
//! | `visit` | | issue | those of `Visit`, `gone` (yes/no) |
//! | `rating` | | press | those of `Rating`, `gone` |
//! | `queue_minute`, `counter_minute`, `zone_minute`, `quality_minute` | `service`; `counter`; `camera` `zone` | minute | those of the row, `gone` |
//!
//! Tags "flow": `service` `counter` `officer`, left out where `None`; their points have the texts
//! `field` `department` (of the service) and `counter_department`. Points by the hour have the field
//! `hour` and the hour's first instant as time. A histogram `x` is the text `x_h`
//! (`seconds:how many,...`, ascending) with `x_n`, `x_sum_ms` and `x_max_ms`.
//!
//! A row that no longer is keeps its name there: its numbers are written as 0, its texts as `""`, its
//! `gone` as true. Readers leave out rows that are gone, and rows by the hour in which all is 0.

mod cells;
mod single;

use std::collections::{HashMap, HashSet};

use domain::SiteId;
use domain::history::Day;

pub use self::cells::{counter, flow, quality, queue, zone};
pub use self::single::{minutes, ratings, visits};
use super::options::Bucket;
use super::point::Point;

/// One point, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it belongs.
    pub bucket: Bucket,
    /// Its line, without a newline.
    pub line: Vec<u8>,
}

/// What names a point inside its bucket: measurement and tags, and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity<'a> {
    series: &'a [u8],
    time: &'a [u8],
}

impl Identity<'_> {
    /// The same in one piece.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.series, b" ", self.time].concat()
    }
}

impl Row {
    /// What names this point.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        let (series, _, time) = taken_apart(&self.line);
        Identity { series, time }
    }

    fn name(&self) -> (Bucket, Identity<'_>) {
        (self.bucket, self.identity())
    }

    /// The point that says that this one no longer is.
    #[must_use]
    pub fn gone(&self) -> Self {
        let (series, fields, time) = taken_apart(&self.line);
        let mut line = Vec::with_capacity(self.line.len());
        line.extend_from_slice(series);
        for (place, field) in fields_of(fields).enumerate() {
            line.push(if place == 0 { b' ' } else { b',' });
            line.extend_from_slice(&without_value(field));
        }
        line.push(b' ');
        line.extend_from_slice(time);
        Self { bucket: self.bucket, line }
    }
}

/// The time of a line of ours, nanoseconds since 1970.
#[must_use]
pub fn time_ns(line: &[u8]) -> Option<i64> {
    std::str::from_utf8(taken_apart(line).2).ok()?.parse().ok()
}

/// Series, fields and time of a line of ours: names have no backslash but before a special letter,
/// and the time is always there.
fn taken_apart(line: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let space = |place: &usize| line[*place] == b' ' && (*place == 0 || line[*place - 1] != b'\\');
    let first = (0..line.len()).find(space).unwrap_or(line.len());
    let last = line.iter().rposition(|byte| *byte == b' ').unwrap_or(line.len()).max(first);
    (&line[..first], line.get(first + 1..last).unwrap_or_default(), line.get(last + 1..).unwrap_or_default())
}

/// The fields, at the commas that stand in no text.
fn fields_of(fields: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut inside, mut escaped) = (false, false);
    fields.split(move |byte| {
        let plain = !escaped;
        escaped = plain && *byte == b'\\';
        inside ^= plain && *byte == b'"';
        plain && !inside && *byte == b','
    })
}

/// A field set back; date and hour stay, since they say when and not what.
fn without_value(field: &[u8]) -> Vec<u8> {
    let key = field.split(|byte| *byte == b'=').next().unwrap_or_default();
    let value: &[u8] = match (key, field.last()) {
        (b"date" | b"hour", _) => return field.to_vec(),
        (b"gone", _) => b"t",
        (_, Some(b'"')) => b"\"\"",
        (_, Some(b'i')) => b"0i",
        _ => b"f",
    };
    [key, b"=", value].concat()
}

/// Every point of a day.
#[must_use]
pub fn day_points(site: SiteId, day: &Day) -> Vec<Row> {
    let mut rows = Vec::new();
    for cell in &day.flow {
        rows.extend(flow(site, day, cell));
    }
    rows.extend(day.queues.iter().map(|cell| queue(site, day, cell)));
    rows.extend(day.counters.iter().map(|cell| counter(site, day, cell)));
    rows.extend(day.zones.iter().map(|cell| zone(site, day, cell)));
    rows.extend(day.quality.iter().map(|cell| quality(site, day, cell)));
    rows.extend(visits(site, day));
    rows.extend(ratings(site, day));
    rows.extend(minutes(site, day));
    rows
}

/// What is to be sent when the points of a day were `before` and are `after` now: those that are new
/// or differ, and of those that no longer are, that they are gone.
#[must_use]
pub fn changes(before: &[Row], after: Vec<Row>) -> Vec<Row> {
    let old: HashMap<_, _> = before.iter().map(|row| (row.name(), row)).collect();
    let now: HashSet<_> = after.iter().map(Row::name).collect();
    // In the order in which they were, so that the same change gives the same lines.
    let gone: Vec<Row> = before.iter().filter(|row| !now.contains(&row.name())).map(Row::gone).collect();
    let differs: Vec<bool> =
        after.iter().map(|row| old.get(&row.name()).is_none_or(|was| was.line != row.line)).collect();
    let changed = after.into_iter().zip(differs).filter_map(|(row, differs)| differs.then_some(row));
    changed.chain(gone).collect()
}

/// A point's row. Ours all have fields.
fn row(bucket: Bucket, point: Point) -> Row {
    Row { bucket, line: point.line().unwrap_or_default() }
}
