//! By what rows are compared: smaller stands first.

use domain::board::{CounterRow, DeviceRow, ServiceRow, Shown};
use domain::event::{CounterStatus, DeviceState};

use crate::filter::Seen;
use crate::model::{Column, Pane, RowId};
use crate::text::fold;
use crate::{attention, expected};

/// The keys of one row.
pub struct Keys {
    /// Of the column; `None` where it is not known.
    pub column: Option<Vec<Part>>,
    /// The row's name, in natural order.
    pub name: Vec<Part>,
}

/// A piece of a key. Numbers inside of names count as numbers: `q9` before `q10`.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Part {
    Number(f64),
    Text(String),
}

impl Eq for Part {}

#[allow(clippy::derive_ord_xor_partial_ord, reason = "no NaN is ever made here: board figures are finite")]
impl Ord for Part {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)
    }
}

/// The most first.
fn most(value: impl Into<f64>) -> Option<Vec<Part>> {
    Some(vec![Part::Number(-value.into())])
}

/// The least first.
fn least(value: impl Into<f64>) -> Option<Vec<Part>> {
    Some(vec![Part::Number(value.into())])
}

fn ms(value: i64) -> f64 {
    value as f64
}

/// A name in natural order.
fn natural(name: &str) -> Vec<Part> {
    let (mut parts, folded) = (Vec::new(), fold(name));
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        parts.push(match piece.parse() {
            Ok(number) if digit => Part::Number(number),
            _ => Part::Text(piece.to_owned()),
        });
        rest = after;
    }
    parts
}

/// The keys of a row.
pub fn keys(seen: &Seen, pane: Pane, column: Column, row: &RowId) -> Keys {
    let board = seen.board;
    let found = match row {
        RowId::Service(id) => board.services.iter().find(|row| row.service == *id).map(|row| service(row, column)),
        RowId::Counter(id) => {
            let row = board.counters.iter().find(|row| row.counter == *id);
            row.map(|row| if pane == Pane::Ratings { rated(row, column) } else { counter(seen, row, column) })
        }
        RowId::Call(_) => call(seen, column, row),
        RowId::Zone(..) => zone(seen, column, row),
        RowId::Device(id) => board.devices.iter().find(|row| row.device == *id).map(|row| device(row, column)),
        RowId::DeadLetter(_) => dead_letter(seen, column, row),
        RowId::Alert(_) => alert(seen, column, row),
    };
    found.unwrap_or_else(|| Keys { column: None, name: natural(&row.to_string()) })
}

fn service(row: &ServiceRow, column: Column) -> Keys {
    let waiting = -f64::from(row.waiting);
    let by = match column {
        // Equally long waits: the longer queue first.
        Column::LongestWait => row.longest_wait_s.map(|s| vec![Part::Number(-ms(s.ms())), Part::Number(waiting)]),
        Column::Waiting => most(row.waiting),
        Column::WaitMean => row.wait_mean_s.and_then(|s| most(ms(s.ms()))),
        Column::WaitP90 => row.wait_p90_s.and_then(|s| most(ms(s.ms()))),
        Column::Estimate => row.estimate.and_then(|estimate| most(ms(estimate.p90_s.ms()))),
        Column::Promise => row.promise.and_then(|promise| least(expected::share(promise)?)),
        Column::Arrivals => most(row.arrivals),
        Column::Called => most(row.called),
        Column::OpenCounters => row.open_counters.and_then(least),
        _ => Some(natural(&row.name)),
    };
    Keys { column: by, name: natural(&row.name) }
}

fn counter(seen: &Seen, row: &CounterRow, column: Column) -> Keys {
    let at_work = f64::from(u8::from(row.status == CounterStatus::Closed));
    let by = match column {
        Column::Trouble => Some(match attention::of_counter(seen.board, row, seen.as_of).map(|it| it.rank()) {
            Some((level, for_ms)) => vec![Part::Number(-f64::from(level as u8) - 1.0), Part::Number(-ms(for_ms))],
            None => vec![Part::Number(0.0), Part::Number(at_work)],
        }),
        Column::Status => Some(vec![
            Part::Number(f64::from(row.status as u8)),
            Part::Number(f64::from(u8::from(row.ticket.is_none()))),
        ]),
        // Hidden names give no order away.
        Column::Officer if seen.privacy => None,
        Column::Officer => row.officer_name.as_deref().or(row.officer.as_ref().map(AsRef::as_ref)).map(natural),
        Column::Ticket => row.ticket.map(|ticket| natural(ticket.as_str())),
        Column::Since => row.since.and_then(|since| least(ms(since.ms()))),
        Column::Utilisation => match row.utilisation {
            Shown::Figure(Some(share)) => most(share),
            _ => None,
        },
        Column::Served => most(row.served),
        Column::ServiceMean => row.service_mean_s.and_then(|mean| most(ms(mean.ms()))),
        _ => Some(natural(&row.name)),
    };
    Keys { column: by, name: natural(&row.name) }
}

/// The worst share first; a counter that nobody rated has none.
fn rated(row: &CounterRow, column: Column) -> Keys {
    let ratings = row.ratings.filter(|ratings| ratings.n > 0);
    let by = match column {
        Column::Satisfaction => ratings.and_then(|r| least(f64::from(r.satisfied) / f64::from(r.n))),
        Column::Rated => ratings.and_then(|r| most(r.n)),
        _ => Some(natural(&row.name)),
    };
    Keys { column: by, name: natural(&row.name) }
}

fn call(seen: &Seen, column: Column, id: &RowId) -> Option<Keys> {
    let row = seen.board.calls.iter().find(|row| RowId::Call(row.call_seq) == *id)?;
    let newest = vec![Part::Number(-ms(row.ts.ms())), Part::Number(-(row.call_seq as f64))];
    let by = match column {
        Column::Ticket => Some(natural(row.ticket.as_str())),
        Column::Counter => row.counter.map(|counter| natural(counter.as_str())),
        Column::Service => row.service.map(|service| natural(service.as_str())),
        _ => Some(newest.clone()),
    };
    Some(Keys { column: by, name: newest })
}

fn zone(seen: &Seen, column: Column, id: &RowId) -> Option<Keys> {
    let row = seen.board.zones.iter().find(|row| RowId::Zone(row.camera, row.zone) == *id)?;
    let name = natural(&id.to_string());
    let by = match column {
        Column::Level => row.level.and_then(most),
        Column::Kind => Some(natural(row.kind.code())),
        // Never heard of is older than anything.
        Column::Age => least(row.as_of.map_or(f64::MIN, |heard| ms(heard.ms()))),
        _ => Some(name.clone()),
    };
    Some(Keys { column: by, name })
}

fn device(row: &DeviceRow, column: Column) -> Keys {
    let name = natural(row.device.as_str());
    let by = match column {
        Column::Trouble => Some(match attention::of_device(row).map(|it| it.rank()) {
            Some((level, for_ms)) => vec![Part::Number(-f64::from(level as u8) - 1.0), Part::Number(-ms(for_ms))],
            None => vec![Part::Number(f64::from(u8::from(row.state == Some(DeviceState::Ready))))],
        }),
        Column::Kind => Some(natural(row.kind.code())),
        Column::State => Some(natural(row.state.map_or("", DeviceState::code))),
        Column::Age => row.age_s.and_then(|age| most(age as f64)),
        Column::Gaps => most(row.gaps as f64),
        Column::Skew => row.skew_ms.and_then(|skew| most(ms(skew).abs())),
        _ => Some(name.clone()),
    };
    Keys { column: by, name }
}

fn dead_letter(seen: &Seen, column: Column, id: &RowId) -> Option<Keys> {
    let row = seen.dead_letters.iter().find(|row| RowId::DeadLetter(row.offset) == *id)?;
    let newest = vec![Part::Number(-(row.offset as f64))];
    let by = match column {
        Column::Reason => natural(&row.reason),
        Column::Topic => natural(&row.topic),
        _ => newest.clone(),
    };
    Some(Keys { column: Some(by), name: newest })
}

/// What nobody has taken on comes first, then the severer, then the newer.
fn alert(seen: &Seen, column: Column, id: &RowId) -> Option<Keys> {
    let row = seen.board.alerts.iter().find(|row| RowId::Alert(row.alert.clone()) == *id)?;
    let newest = Part::Number(-ms(row.since.ms()));
    let by = match column {
        Column::Time => Some(vec![newest.clone()]),
        Column::Rule => Some(natural(&row.rule)),
        Column::Counter => row.counter.map(|counter| natural(counter.as_str())),
        _ => {
            let taken = f64::from(u8::from(row.acknowledged_by.is_some()));
            let level = -f64::from(attention::level_of(&row.severity) as u8);
            Some(vec![Part::Number(taken), Part::Number(level), newest.clone()])
        }
    };
    let mut name = vec![newest];
    name.extend(natural(&row.alert));
    Some(Keys { column: by, name })
}
