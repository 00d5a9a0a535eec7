//! What the cameras see: how full each zone is.
//!
//! ```text
//! ─ 5 Khu vực camera · 12 ────────────────────────────
//!   khu vực           camera   ↓mức        người   tuổi
//!   chỗ chờ           cam-1    • ████   62%    —    3 s
//! ! lối vào           cam-2    mất hình          —   90 s
//! ```

use std::borrow::Cow;

use domain::board::ZoneRow;
use domain::event::ZoneKind;

use super::figures;
use super::scene::Scene;
use super::table::{Cell, Col, Table};
use crate::attention::Level;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

pub const TABLE: Table<ZoneRow> = Table { pane: Pane::Zones, columns: COLUMNS, find, level, empty };

const COLUMNS: &[Col<ZoneRow>] = &[
    Col::words(Word::ColZone, &[Column::Name], (10, 20), 0, |_, row, _| Cell::text(row.zone.as_str())),
    Col::words(Word::ColKind, &[Column::Kind], (8, 10), 3, |scene, row, _| Cell::dim(kind(scene, row))),
    Col::words(Word::ColCamera, &[], (8, 12), 2, |_, row, _| Cell::dim(row.camera.as_str())),
    Col::words(Word::ColLevel, &[Column::Level], (16, 24), 0, level_bar),
    Col::figure(Word::ColPeople, &[], 6, 4, |scene, row, _| match row.people {
        Some(people) => Cell::text(people.to_string()),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColAge, &[Column::Age], 5, 1, |scene, row, _| match row.as_of {
        Some(at) => Cell::dim(figures::age(scene.since(at), scene.marks)),
        None => Cell::missing(scene),
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s ZoneRow> {
    let RowId::Zone(camera, zone) = id else { return None };
    scene.board?.zones.iter().find(|row| row.camera == *camera && row.zone == *zone)
}

/// A camera that says nothing is to be looked at.
fn level(_: &Scene<'_>, row: &ZoneRow) -> Option<Level> {
    row.level.is_none().then_some(Level::Warning)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoZones } else { Word::NoBoardYet }).into()
}

/// What the zone looks at.
pub fn kind(scene: &Scene<'_>, row: &ZoneRow) -> &'static str {
    scene.say(match row.kind {
        ZoneKind::Waiting => Word::ZoneWaiting,
        ZoneKind::Counter => Word::ZoneCounter,
        ZoneKind::Entrance => Word::ZoneEntrance,
        ZoneKind::Ignore => Word::ZoneIgnore,
    })
}

/// A camera has said of the zone how full it is, and does not any more; `false` too before its first word.
pub const fn is_lost(row: &ZoneRow) -> bool {
    row.level.is_none() && row.as_of.is_some()
}

/// `• ████   62%`: the mark where something moves. What is not seen is said, and never an empty bar.
pub fn level_bar<'s>(scene: &Scene<'s>, row: &'s ZoneRow, columns: u16) -> Cell<'s> {
    let Some(level) = row.level else {
        let (word, role) = if is_lost(row) { (Word::NoPicture, Role::Warn) } else { (Word::NoDataYet, Role::Dim) };
        return Cell::new(scene.say(word), role);
    };
    let moving = if row.motion == Some(true) { scene.marks.moving } else { " " };
    let bar = figures::bar(level, columns.saturating_sub(7), scene.marks);
    Cell::new(format!("{moving} {bar} {:>3.0}%", (level.clamp(0.0, 1.0) * 100.0).round()), Role::Text)
}
