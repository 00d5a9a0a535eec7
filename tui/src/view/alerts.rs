//! What the server says that a supervisor should look at.
//!
//! ```text
//! ─ 8 Cảnh báo · 1 ─────────────────────────────────────────
//!   từ     mức độ  cảnh báo                           quầy
//! ! 08:12  khẩn    Đồng hồ máy chủ không đáng tin     —
//! ```

use std::borrow::Cow;

use domain::board::AlertRow;

use super::scene::Scene;
use super::table::{Cell, Col, Table, level_role};
use super::text::{Side, tame};
use crate::attention;
use crate::model::{Column, Pane, RowId};
use crate::words::{Word, rule_name};

pub const TABLE: Table<AlertRow> = Table {
    pane: Pane::Alerts,
    columns: COLUMNS,
    find,
    level: |_, row| row.acknowledged_by.is_none().then(|| attention::level_of(&row.severity)),
    empty,
};

const fn words(
    title: Word,
    sort: Option<Column>,
    (least, most): (u16, u16),
    spare: u8,
    cell: for<'s> fn(&Scene<'s>, &'s AlertRow, u16) -> Cell<'s>,
) -> Col<AlertRow> {
    Col { title, sort, least, most, side: Side::Left, spare, cell }
}

const COLUMNS: &[Col<AlertRow>] = &[
    words(Word::ColSince, Some(Column::Time), (5, 11), 0, |scene, row, _| Cell::dim(scene.hour_minute(row.since))),
    words(Word::ColSeverity, Some(Column::Severity), (8, 8), 1, |scene, row, _| {
        Cell::new(severity(scene, &row.severity), level_role(attention::level_of(&row.severity)))
    }),
    words(Word::ColAlert, Some(Column::Rule), (20, 60), 0, |scene, row, _| Cell::text(rule(scene, row))),
    words(Word::ColCounter, Some(Column::Counter), (6, 12), 2, |scene, row, _| match &row.counter {
        Some(counter) => Cell::text(counter.as_str()),
        None => Cell::missing(scene),
    }),
    words(Word::ColAcknowledged, None, (8, 16), 3, |scene, row, _| match &row.acknowledged_by {
        Some(by) => Cell::dim(tame(by)),
        None => Cell::missing(scene),
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s AlertRow> {
    let RowId::Alert(id) = id else { return None };
    scene.board?.alerts.iter().find(|row| row.alert == *id)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoAlerts } else { Word::NoBoardYet }).into()
}

/// What the alert is about.
pub fn rule<'r>(scene: &Scene<'_>, row: &'r AlertRow) -> Cow<'r, str> {
    match rule_name(&row.rule, scene.lang) {
        Cow::Borrowed(text) => tame(text),
        Cow::Owned(text) => Cow::Owned(tame(&text).into_owned()),
    }
}

/// How bad it is; a word that is not known is shown as it is.
pub fn severity<'r>(scene: &Scene<'_>, severity: &'r str) -> Cow<'r, str> {
    match severity {
        "info" => scene.say(Word::SeverityInfo).into(),
        "warning" => scene.say(Word::SeverityWarning).into(),
        "critical" => scene.say(Word::SeverityCritical).into(),
        other => tame(other),
    }
}
