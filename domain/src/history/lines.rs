//! Lines by the hour and by the minute, from who stood where and when.

use std::collections::BTreeMap;

use super::build::{Clock, Stood, duration};
use super::{Hour, QueueCell, QueueMinute};
use crate::Timestamp;

/// Hourly cells and minute rows of all lines. `stood` is in the order of the services.
pub(super) fn lines(stood: &[Stood], clock: Clock) -> (Vec<QueueCell>, Vec<QueueMinute>) {
    let (mut cells, mut minutes) = (Vec::new(), Vec::new());
    for line in stood.chunk_by(|one, other| one.service == other.service) {
        cells.extend(hours(line, clock));
        minutes.extend(rows(line, clock));
    }
    cells.sort_unstable_by_key(|cell| (cell.hour, cell.service));
    minutes.sort_unstable_by_key(|row| (row.minute, row.service));
    (cells, minutes)
}

/// The hourly cells of one line.
fn hours(line: &[Stood], clock: Clock) -> Vec<QueueCell> {
    let mut cells: BTreeMap<Hour, QueueCell> = BTreeMap::new();
    let Some(service) = line.first().map(|stood| stood.service) else { return Vec::new() };
    let empty = |hour| QueueCell { hour, service, waited_ms: 0, most: 0, longest_ms: 0 };
    // (instant, joins) with those who leave at an instant before those who join: a board of that
    // instant never shows both.
    let mut steps: Vec<(Timestamp, bool)> = Vec::new();
    for stood in line {
        let to = stood.to.unwrap_or(clock.until);
        for (hour, from, to) in clock.hours(stood.from, to) {
            let cell = cells.entry(hour).or_insert_with(|| empty(hour));
            cell.waited_ms += to.since(from);
            cell.longest_ms = cell.longest_ms.max(duration(stood.from, to));
            steps.extend([(from, true), (to, false)]);
        }
    }
    steps.sort_unstable();
    let mut waiting = 0_u32;
    for (at, joins) in steps {
        if joins {
            waiting += 1;
            let hour = super::build::hour_of(at, clock.utc_offset_s);
            if let Some(cell) = cells.get_mut(&hour) {
                cell.most = cell.most.max(waiting);
            }
        } else {
            waiting = waiting.saturating_sub(1);
        }
    }
    cells.into_values().collect()
}

/// The minute rows of one line.
fn rows(line: &[Stood], clock: Clock) -> Vec<QueueMinute> {
    let Some(service) = line.first().map(|stood| stood.service) else { return Vec::new() };
    // Who joins in a minute and leaves in it was never there at a minute's end.
    let mut steps: BTreeMap<u16, Vec<(Timestamp, bool)>> = BTreeMap::new();
    for stood in line {
        steps.entry(clock.minute(stood.from)).or_default().push((stood.from, true));
        if let Some(to) = stood.to {
            steps.entry(clock.minute(to)).or_default().push((stood.from, false));
        }
    }
    let mut there: BTreeMap<Timestamp, u32> = BTreeMap::new();
    let mut last = (0, None);
    let mut rows = Vec::new();
    for (minute, steps) in steps.range(..clock.minutes_over()) {
        for (since, joins) in steps {
            let n = there.entry(*since).or_default();
            // A minute's steps come in no order; counts are right when all are taken.
            *n = if *joins { n.wrapping_add(1) } else { n.wrapping_sub(1) };
        }
        there.retain(|_, n| *n > 0);
        let waiting = there.values().sum();
        let oldest_ms = there.first_key_value().map(|(since, _)| since.since(clock.start));
        if (waiting, oldest_ms) != last {
            last = (waiting, oldest_ms);
            rows.push(QueueMinute { minute: *minute, service, waiting, oldest_ms });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceId;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn stood(from: i64, to: Option<i64>) -> Stood {
        Stood { service: ServiceId::new("a").unwrap(), from: at(from), to: to.map(at) }
    }

    #[test]
    fn a_line_over_two_hours_counts_in_both() {
        let clock = Clock { start: at(0), until: at(7_200), utc_offset_s: 0 };
        let (cells, minutes) = lines(&[stood(0, Some(60)), stood(3_000, Some(4_200)), stood(3_600, None)], clock);
        let told: Vec<_> = cells.iter().map(|cell| (cell.hour, cell.waited_ms, cell.most, cell.longest_ms)).collect();
        assert_eq!(told, [(0, 660_000, 1, 600_000), (1, 4_200_000, 2, 3_600_000)]);
        let told: Vec<_> = minutes.iter().map(|row| (row.minute, row.waiting, row.oldest_ms)).collect();
        let expected = [
            (0, 1, Some(0)),
            (1, 0, None),
            (50, 1, Some(3_000_000)),
            (60, 2, Some(3_000_000)),
            (70, 1, Some(3_600_000)),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_not_over_has_no_minute_row() {
        let clock = Clock { start: at(0), until: at(90), utc_offset_s: 0 };
        let (cells, minutes) = lines(&[stood(10, None), stood(70, None)], clock);
        assert_eq!((cells[0].waited_ms, cells[0].most), (100_000, 2));
        assert_eq!(minutes.len(), 1);
    }
}
