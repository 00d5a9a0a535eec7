//! From a day to the pack of one of its parts.

use domain::history::{CounterCell, Day, FlowCell, Histogram, QualityCell, QueueCell, ZoneCell};

use super::bytes::{Width, put_column, put_number};
use super::names::Book;
use crate::Part;

/// Packs one part of a day into `out`, in place of what was there. `false`: nothing of it happened,
/// and there is nothing to keep.
pub fn encode(day: &Day, part: Part, out: &mut Vec<u8>) -> bool {
    super::begin(part as u8, out);
    let some = match part {
        Part::Tickets | Part::Waits | Part::Services | Part::Estimates | Part::Ratings => flow(day, part, out),
        Part::Queues => queues(day, &day.queues, out),
        Part::Counters => counters(day, &day.counters, out),
        Part::Zones => zones(&day.zones, out),
        Part::Quality => quality(&day.quality, out),
    };
    super::seal(out);
    some
}

/// Whether anything of this part happened in the cell.
fn has(cell: &FlowCell, part: Part) -> bool {
    let some = |histogram: &Histogram| *histogram != Histogram::default();
    match part {
        Part::Tickets => tickets(cell) != [0; 6],
        Part::Waits => some(&cell.waits) || some(&cell.walks),
        Part::Services => cell.served != 0 || some(&cell.services),
        Part::Estimates => promises(cell) != [0; 3] || cell.error_ms != 0 || some(&cell.errors),
        Part::Ratings => cell.ratings != [0; 5] || cell.unbound != 0,
        Part::Queues | Part::Counters | Part::Zones | Part::Quality => false,
    }
}

const fn tickets(cell: &FlowCell) -> [u32; 6] {
    [cell.arrivals, cell.cancelled, cell.no_shows, cell.day_ended, cell.recalls, cell.transfers]
}

const fn promises(cell: &FlowCell) -> [u32; 3] {
    [cell.promised, cell.within_p90, cell.within_p50]
}

fn flow(day: &Day, part: Part, out: &mut Vec<u8>) -> bool {
    let cells: Vec<&FlowCell> = day.flow.iter().filter(|cell| has(cell, part)).collect();
    let keys = || cells.iter().map(|cell| cell.key);
    let (services, counters) = (keys().filter_map(|key| key.service), keys().filter_map(|key| key.counter));
    let book = Book::of(day, services, counters, keys().filter_map(|key| key.officer));
    book.put(out);
    put_hours(cells.iter().map(|cell| cell.key.hour), out);
    column(&cells, |cell| i64::from(book.service(cell.key.service)), out);
    column(&cells, |cell| i64::from(book.counter(cell.key.counter)), out);
    column(&cells, |cell| i64::from(book.officer(cell.key.officer)), out);
    match part {
        Part::Tickets => (0..6).for_each(|at| column(&cells, |cell| i64::from(tickets(cell)[at]), out)),
        Part::Waits => {
            histograms(cells.iter().map(|cell| &cell.waits), out);
            histograms(cells.iter().map(|cell| &cell.walks), out);
        }
        Part::Services => {
            column(&cells, |cell| i64::from(cell.served), out);
            histograms(cells.iter().map(|cell| &cell.services), out);
        }
        Part::Estimates => {
            (0..3).for_each(|at| column(&cells, |cell| i64::from(promises(cell)[at]), out));
            column(&cells, |cell| cell.error_ms, out);
            histograms(cells.iter().map(|cell| &cell.errors), out);
        }
        _ => {
            (0..5).for_each(|at| column(&cells, |cell| i64::from(cell.ratings[at]), out));
            column(&cells, |cell| i64::from(cell.unbound), out);
        }
    }
    !cells.is_empty()
}

/// How many cells there are, and the hour of each in one byte: the length of all other columns.
fn put_hours(hours: impl ExactSizeIterator<Item = u8>, out: &mut Vec<u8>) {
    put_number(hours.len() as u64, out);
    out.extend(hours);
}

fn column<C>(cells: &[C], of: impl Fn(&C) -> i64 + Clone, out: &mut Vec<u8>) {
    put_column(cells.iter().map(of), Width::Any, out);
}

/// Sum and longest are mostly what the whole seconds say and a little more: the little is kept.
fn histograms<'a>(all: impl Iterator<Item = &'a Histogram> + Clone, out: &mut Vec<u8>) {
    let pairs = || all.clone().flat_map(|histogram| &histogram.seconds);
    put_column(all.clone().map(|histogram| histogram.seconds.len() as i64), Width::Any, out);
    put_number(pairs().count() as u64, out);
    put_column(pairs().map(|(second, _)| i64::from(*second)), Width::AtLeastOne, out);
    put_column(pairs().map(|(_, n)| i64::from(*n)), Width::Any, out);
    let whole = |histogram: &Histogram| {
        let product = |(second, n): &(u32, u32)| i64::from(*second).wrapping_mul(i64::from(*n)).wrapping_mul(1_000);
        histogram.seconds.iter().map(product).fold(0_i64, i64::wrapping_add)
    };
    put_column(all.clone().map(|histogram| histogram.sum_ms.wrapping_sub(whole(histogram))), Width::Any, out);
    let last = |histogram: &Histogram| histogram.seconds.last().map_or(0, |(second, _)| i64::from(*second) * 1_000);
    put_column(all.map(|histogram| i64::from(histogram.max_ms) - last(histogram)), Width::Any, out);
}

fn queues(day: &Day, cells: &[QueueCell], out: &mut Vec<u8>) -> bool {
    let book = Book::of(day, cells.iter().map(|cell| cell.service), std::iter::empty(), std::iter::empty());
    book.put(out);
    put_hours(cells.iter().map(|cell| cell.hour), out);
    column(cells, |cell| i64::from(book.service(Some(cell.service))), out);
    column(cells, |cell| cell.waited_ms, out);
    column(cells, |cell| i64::from(cell.most), out);
    column(cells, |cell| i64::from(cell.longest_ms), out);
    !cells.is_empty()
}

fn counters(day: &Day, cells: &[CounterCell], out: &mut Vec<u8>) -> bool {
    let officers = cells.iter().filter_map(|cell| cell.officer);
    let book = Book::of(day, std::iter::empty(), cells.iter().map(|cell| cell.counter), officers);
    book.put(out);
    put_hours(cells.iter().map(|cell| cell.hour), out);
    column(cells, |cell| i64::from(book.counter(Some(cell.counter))), out);
    column(cells, |cell| i64::from(book.officer(cell.officer)), out);
    column(cells, |cell| i64::from(cell.open_ms), out);
    column(cells, |cell| i64::from(cell.busy_ms), out);
    column(cells, |cell| i64::from(cell.paused_ms), out);
    !cells.is_empty()
}

fn zones(cells: &[ZoneCell], out: &mut Vec<u8>) -> bool {
    let book = Book::of_zones(cells.iter().map(|cell| cell.camera), cells.iter().map(|cell| cell.zone));
    book.put(out);
    put_hours(cells.iter().map(|cell| cell.hour), out);
    column(cells, |cell| i64::from(book.camera(cell.camera)), out);
    column(cells, |cell| i64::from(book.zone(cell.zone)), out);
    column(cells, |cell| super::zone_kind(cell.kind), out);
    column(cells, |cell| i64::from(cell.known_ms), out);
    column(cells, |cell| cell.level_ms, out);
    column(cells, |cell| i64::from(cell.motion_ms), out);
    column(cells, |cell| super::or_none(cell.most_people), out);
    !cells.is_empty()
}

fn quality(cells: &[QualityCell], out: &mut Vec<u8>) -> bool {
    Book::default().put(out);
    put_hours(cells.iter().map(|cell| cell.hour), out);
    column(cells, |cell| super::or_none(cell.due_min), out);
    column(cells, |cell| i64::from(cell.heard_min), out);
    column(cells, |cell| i64::from(cell.accepted), out);
    column(cells, |cell| i64::from(cell.late), out);
    column(cells, |cell| i64::from(cell.lost), out);
    column(cells, |cell| i64::from(cell.dead_letters), out);
    !cells.is_empty()
}
