//! Services: who waits, how long, what they are promised.
//!
//! ```text
//! ─ 1 Thủ tục · 24 ───────────────────────────────────────────────────────────────
//!   thủ tục            chờ ↓lâu  t.bình   p90  dự kiến         xu hướng       quầy
//! ! Đất đai              7   21′    11′   20′  1h20–4h10 →13:30 ▁▂▃▅▅▆▇█         2
//!   Hộ tịch              0    —      4′    9′  không quầy mở   ▂▂▁▁▁▁▁▁          0
//! ```

use std::borrow::Cow;

use domain::board::ServiceRow;

use super::figures;
use super::scene::Scene;
use super::table::{Cell, Col, Table, level_role};
use super::text::tame;
use super::wait;
use crate::attention::{self, Level, Why};
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

pub const TABLE: Table<ServiceRow> =
    Table { pane: Pane::Services, columns: COLUMNS, find, level: |_, row| level(row), empty };

const COLUMNS: &[Col<ServiceRow>] = &[
    Col::words(Word::ColService, &[Column::Name], (18, 42), 0, |_, row, _| Cell::text(tame(&row.name))),
    Col::figure(Word::ColWaiting, &[Column::Waiting], 4, 0, |scene, row, _| waiting(scene, row)),
    Col::figure(Word::ColLongest, &[Column::LongestWait], 5, 0, |scene, row, _| longest(scene, row)),
    Col::figure(Word::ColMeanP90, &[Column::WaitMean, Column::WaitP90], 10, 2, |scene, row, _| {
        mean_and_p90(scene, row)
    }),
    Col::words(Word::ColExpected, &[Column::Estimate], (16, 17), 1, |scene, row, _| wait::expected(scene, row)),
    Col::words(Word::ColTrend, &[], (8, 16), 4, trend),
    Col::figure(Word::ColPromise, &[Column::Promise], 8, 5, |scene, row, _| wait::promise(scene, row)),
    Col::figure(Word::ColOpen, &[Column::OpenCounters], 5, 3, |scene, row, _| match row.open_counters {
        Some(0) if row.waiting > 0 => Cell::new("0", level(row).map_or(Role::Text, level_role)),
        Some(open) => Cell::text(open.to_string()),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColArrivals, &[Column::Arrivals], 5, 6, |_, row, _| Cell::text(row.arrivals.to_string())),
    Col::figure(Word::ColCalled, &[Column::Called], 5, 7, |_, row, _| Cell::text(row.called.to_string())),
    Col::figure(Word::ColAbandoned, &[], 4, 8, |_, row, _| Cell::text(row.abandoned.to_string())),
    Col::words(Word::ColNext, &[], (9, 18), 9, |scene, row, _| {
        if row.next.is_empty() { Cell::missing(scene) } else { Cell::dim(next(row)) }
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s ServiceRow> {
    let RowId::Service(id) = id else { return None };
    scene.board?.services.iter().find(|row| row.service == *id)
}

/// Whether the service needs a person.
pub fn level(row: &ServiceRow) -> Option<Level> {
    attention::of_service(row).map(|it| it.level)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoServicesYet } else { Word::NoBoardYet }).into()
}

/// Numbers that come next.
pub fn next(row: &ServiceRow) -> String {
    row.next.iter().map(|ticket| ticket.as_str()).collect::<Vec<_>>().join(" ")
}

/// How many wait.
pub fn waiting<'s>(_: &Scene<'s>, row: &'s ServiceRow) -> Cell<'s> {
    let role = if row.waiting == 0 { Role::Dim } else { Role::Text };
    Cell::new(row.waiting.to_string(), role)
}

/// How long the longest of them has waited: `—` when nobody waits.
pub fn longest<'s>(scene: &Scene<'s>, row: &'s ServiceRow) -> Cell<'s> {
    let text = figures::known_minutes(row.longest_wait_s, scene.marks);
    let role = match attention::of_service(row) {
        Some(it) if it.why == Why::LongWait => level_role(it.level),
        _ if row.longest_wait_s.is_none() => Role::Dim,
        _ => Role::Text,
    };
    Cell::new(text, role)
}

/// `16/31′`: mean and p90 of the waits that ended in the window.
fn mean_and_p90<'s>(scene: &Scene<'s>, row: &'s ServiceRow) -> Cell<'s> {
    match (row.wait_mean_s, row.wait_p90_s) {
        (Some(mean), Some(p90)) => {
            let p90 = figures::minutes(p90.ms(), scene.marks);
            Cell::text(format!(
                "{}/{p90}",
                figures::minutes(mean.ms(), scene.marks).trim_end_matches(scene.marks.minute)
            ))
        }
        _ => Cell::missing(scene),
    }
}

/// How many waited in the last minutes: one half minute a column.
fn trend<'s>(scene: &Scene<'s>, row: &'s ServiceRow, columns: u16) -> Cell<'s> {
    let Some(trend) = scene.model.trends.of(row.service) else { return Cell::missing(scene) };
    let course: Vec<_> = trend.last(usize::from(columns)).iter().map(|it| it.map(|sample| sample.waiting)).collect();
    let role = if level(row).is_some() { Role::Warn } else { Role::Good };
    Cell::new(figures::sparkline(&course, columns, scene.marks), role)
}
