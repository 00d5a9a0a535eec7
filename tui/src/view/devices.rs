//! Devices: who is there, who has gone, whose events are missing.
//!
//! ```text
//! ─ 6 Thiết bị · 71/72 sẵn sàng ──────────────────────────────────────
//!   thiết bị     loại      ↓trạng thái       tuổi  lệch giờ  hụt  ghi chú
//! ! kiosk-1      ki-ốt     × mất liên lạc      4′         —    0  —
//! ! tv-1         màn hình  ● sẵn sàng         3 s     12 ms    0  chưa bật tiếng
//! ```

use std::borrow::Cow;

use domain::board::DeviceRow;
use domain::event::{DeviceKind, DeviceState};

use super::figures;
use super::scene::Scene;
use super::table::{Cell, Col, Table, level_role};
use super::text::tame;
use crate::attention;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::{Word, flag_name};

pub const TABLE: Table<DeviceRow> = Table {
    pane: Pane::Devices,
    columns: COLUMNS,
    find,
    level: |_, row| attention::of_device(row).map(|it| it.level),
    empty,
};

const COLUMNS: &[Col<DeviceRow>] = &[
    Col::words(Word::ColDevice, &[Column::Name], (10, 24), 0, |_, row, _| Cell::text(row.device.as_str())),
    Col::words(Word::ColKind, &[Column::Kind], (12, 12), 3, |scene, row, _| Cell::dim(kind(scene, row.kind))),
    Col::words(Word::ColStatus, &[Column::State], (14, 16), 0, |scene, row, _| {
        let (mark, word, role) = state(scene, row);
        Cell::new(format!("{mark} {word}"), role)
    }),
    Col::figure(Word::ColAge, &[Column::Age], 5, 1, |scene, row, _| match row.age_s {
        Some(age) => Cell::text(figures::age(i64::try_from(age).unwrap_or(i64::MAX / 1_000) * 1_000, scene.marks)),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColSkew, &[Column::Skew], 8, 5, |scene, row, _| match row.skew_ms {
        Some(skew) if skew.abs() >= 10_000 => Cell::text(format!("{} s", skew / 1_000)),
        Some(skew) => Cell::text(format!("{skew} ms")),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColGaps, &[Column::Gaps], 4, 2, |_, row, _| {
        Cell::new(row.gaps.to_string(), if row.gaps > 0 { Role::Warn } else { Role::Dim })
    }),
    Col::words(Word::ColFlags, &[], (10, 30), 4, |scene, row, _| {
        if row.flags.is_empty() { Cell::text("") } else { Cell::new(flags(scene, row), Role::Warn) }
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s DeviceRow> {
    let RowId::Device(id) = id else { return None };
    scene.board?.devices.iter().find(|row| row.device == *id)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoDevices } else { Word::NoBoardYet }).into()
}

/// What the device says of itself, in words.
pub fn flags(scene: &Scene<'_>, row: &DeviceRow) -> String {
    row.flags.iter().map(|flag| tame(&flag_name(flag, scene.lang)).into_owned()).collect::<Vec<_>>().join(", ")
}

/// Mark, word and role of a device's state.
pub fn state(scene: &Scene<'_>, row: &DeviceRow) -> (&'static str, &'static str, Role) {
    let marks = scene.marks;
    let (mark, word) = match row.state {
        Some(DeviceState::Ready) => (marks.alive, Word::DeviceReady),
        Some(DeviceState::Init) => (marks.idle, Word::DeviceInit),
        Some(DeviceState::Sleeping) => (marks.paused, Word::DeviceSleeping),
        Some(DeviceState::Disconnected) => (marks.closed, Word::DeviceDisconnected),
        Some(DeviceState::Lost) => (marks.gone, Word::DeviceLost),
        None => (marks.missing, Word::DeviceUnheard),
    };
    let role = match (row.state, attention::of_device(row)) {
        (Some(DeviceState::Lost), Some(it)) => level_role(it.level),
        (Some(DeviceState::Ready), _) => Role::Good,
        _ => Role::Dim,
    };
    (mark, scene.say(word), role)
}

/// What kind of device.
pub fn kind(scene: &Scene<'_>, kind: DeviceKind) -> &'static str {
    scene.say(match kind {
        DeviceKind::Kiosk => Word::KindKiosk,
        DeviceKind::Counter => Word::KindCounter,
        DeviceKind::Rating => Word::KindRating,
        DeviceKind::Camera => Word::KindCamera,
        DeviceKind::Wall => Word::KindWall,
        DeviceKind::Gateway => Word::KindGateway,
        DeviceKind::Host => Word::KindHost,
    })
}
