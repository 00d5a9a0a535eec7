//! Counters' time by the hour and by the minute, from stretches in which nothing changed.

use std::collections::BTreeMap;

use super::build::{Clock, Span, duration};
use super::{CounterCell, CounterMinute, Hour};
use crate::event::CounterStatus;
use crate::{CounterId, OfficerId};

/// Hourly cells and minute rows of all counters. `spans` is in the order of (counter, from).
pub(super) fn spans(spans: &[Span], clock: Clock) -> (Vec<CounterCell>, Vec<CounterMinute>) {
    let mut cells: BTreeMap<(Hour, CounterId, Option<OfficerId>), CounterCell> = BTreeMap::new();
    let mut minutes = Vec::new();
    for of_counter in spans.chunk_by(|one, other| one.counter == other.counter) {
        for span in of_counter {
            hours(span, clock, &mut cells);
        }
        minutes.extend(rows(of_counter, clock));
    }
    minutes.sort_unstable_by_key(|row| (row.minute, row.counter));
    (cells.into_values().collect(), minutes)
}

fn hours(span: &Span, clock: Clock, cells: &mut BTreeMap<(Hour, CounterId, Option<OfficerId>), CounterCell>) {
    let Span { counter, officer, status, busy, .. } = *span;
    if !busy && status == CounterStatus::Closed {
        return;
    }
    for (hour, from, to) in clock.hours(span.from, span.to) {
        let empty = || CounterCell { hour, counter, officer, open_ms: 0, busy_ms: 0, paused_ms: 0 };
        let cell = cells.entry((hour, counter, officer)).or_insert_with(empty);
        let ms = duration(from, to);
        // As on the board: busy time outside `open` counts as open, overlap once.
        if busy || status == CounterStatus::Open {
            cell.open_ms += ms;
        } else {
            cell.paused_ms += ms;
        }
        if busy {
            cell.busy_ms += ms;
        }
    }
}

/// The minute rows of one counter: what it was at the end of each minute.
fn rows(spans: &[Span], clock: Clock) -> Vec<CounterMinute> {
    let closed = (CounterStatus::Closed, false, None);
    let mut last = closed;
    let mut rows: Vec<CounterMinute> = Vec::new();
    let mut note = |minute: u16, counter, now: (CounterStatus, bool, Option<OfficerId>)| {
        if now != last && minute < clock.minutes_over() {
            last = now;
            let (status, busy, officer) = now;
            rows.push(CounterMinute { minute, counter, status, busy, officer });
        }
    };
    for (ix, span) in spans.iter().enumerate() {
        // It is seen at the end of the minute in which it begins, unless it ends in the same one.
        let first = clock.minute(span.from);
        if first < clock.minute(span.to) {
            note(first, span.counter, (span.status, span.busy, span.officer));
        }
        let next = spans.get(ix + 1);
        if next.is_none_or(|next| next.from > span.to && clock.minute(next.from) > clock.minute(span.to)) {
            note(clock.minute(span.to), span.counter, closed);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn span(status: CounterStatus, busy: bool, from: i64, to: i64) -> Span {
        Span { counter: CounterId::new("q1").unwrap(), officer: None, status, busy, from: at(from), to: at(to) }
    }

    #[test]
    fn busy_time_outside_open_counts_as_open_once() {
        use CounterStatus::{Closed, Open, Paused};
        let clock = Clock { start: at(0), until: at(7_200), utc_offset_s: 0 };
        let of_day = [
            span(Open, false, 0, 1_800),
            span(Open, true, 1_800, 3_000),
            span(Paused, true, 3_000, 3_300),
            span(Paused, false, 3_300, 3_900),
            span(Closed, true, 3_900, 4_000),
        ];
        let (cells, minutes) = spans(&of_day, clock);
        let told: Vec<_> = cells.iter().map(|cell| (cell.hour, cell.open_ms, cell.busy_ms, cell.paused_ms)).collect();
        assert_eq!(told, [(0, 3_300_000, 1_500_000, 300_000), (1, 100_000, 100_000, 300_000)]);
        let told: Vec<_> = minutes.iter().map(|row| (row.minute, row.status, row.busy)).collect();
        let expected = [
            (0, Open, false),
            (30, Open, true),
            (50, Paused, true),
            (55, Paused, false),
            (65, Closed, true),
            (66, Closed, false),
        ];
        assert_eq!(told, expected);
    }
}
