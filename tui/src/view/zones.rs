//! What the cameras see: how full each zone is.
//!
//! ```text
//! ─ 5 Khu vực camera · 12 ────────────────────────────
//!   khu vực           camera   ↓mức        người   tuổi
//!   chỗ chờ           cam-1    ████   62%      —    3 s
//!   lối vào           cam-2    camera không gửi
//! ```

use std::borrow::Cow;

use domain::board::ZoneRow;
use domain::event::ZoneKind;

use super::figures;
use super::scene::Scene;
use super::table::{Cell, Col, Table};
use super::text::Side;
use crate::attention::Level;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

pub const TABLE: Table<ZoneRow> = Table { pane: Pane::Zones, columns: COLUMNS, find, level, empty };

const COLUMNS: &[Col<ZoneRow>] = &[
    Col {
        title: Word::ColZone,
        sort: &[Column::Name],
        least: 10,
        most: 20,
        side: Side::Left,
        spare: 0,
        cell: |_, row, _| Cell::text(row.zone.as_str()),
    },
    Col {
        title: Word::ColKind,
        sort: &[Column::Kind],
        least: 8,
        most: 10,
        side: Side::Left,
        spare: 3,
        cell: |scene, row, _| Cell::dim(kind(scene, row)),
    },
    Col {
        title: Word::ColCamera,
        sort: &[],
        least: 8,
        most: 12,
        side: Side::Left,
        spare: 2,
        cell: |_, row, _| Cell::dim(row.camera.as_str()),
    },
    Col {
        title: Word::ColLevel,
        sort: &[Column::Level],
        least: 16,
        most: 24,
        side: Side::Left,
        spare: 0,
        cell: |scene, row, columns| level_bar(scene, row, columns),
    },
    Col {
        title: Word::ColPeople,
        sort: &[],
        least: 6,
        most: 6,
        side: Side::Right,
        spare: 4,
        cell: |scene, row, _| match row.people {
            Some(people) => Cell::text(people.to_string()),
            None => Cell::missing(scene),
        },
    },
    Col {
        title: Word::ColAge,
        sort: &[Column::Age],
        least: 5,
        most: 6,
        side: Side::Right,
        spare: 1,
        cell: |scene, row, _| match row.as_of {
            Some(at) => Cell::dim(figures::age(scene.since(at), scene.marks)),
            None => Cell::missing(scene),
        },
    },
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

/// `████   62%`
pub fn level_bar<'s>(scene: &Scene<'s>, row: &'s ZoneRow, columns: u16) -> Cell<'s> {
    let Some(level) = row.level else { return Cell::new(scene.say(Word::CameraSilent), Role::Warn) };
    let bar = figures::bar(level, columns.saturating_sub(5), scene.marks);
    Cell::new(format!("{bar} {:>3.0}%", (level.clamp(0.0, 1.0) * 100.0).round()), Role::Text)
}
