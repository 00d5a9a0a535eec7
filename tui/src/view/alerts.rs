//! What the server says that a supervisor should look at; below it, what this screen sees itself.
//!
//! ```text
//! ─ 8 Cảnh báo · 1 ─────────────────────────────────────────
//!   từ↓    mức độ  cảnh báo                           ở đâu
//! ! 08:12  khẩn    Đồng hồ máy chủ không đáng tin     —
//! ! Đất đai: 7 người chờ, lâu nhất 32′
//! ! Quầy 7: rảnh 12′ khi 7 người chờ
//! ```

use std::borrow::Cow;

use domain::board::AlertRow;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::heading;
use super::matter::{self, Matter};
use super::scene::Scene;
use super::table::{CHROME, Cell, Col, Table, level_role};
use super::text::{fit, put, tame};
use crate::attention;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::{Word, rule_name};

const TABLE: Table<AlertRow> = Table {
    pane: Pane::Alerts,
    columns: COLUMNS,
    find,
    level: |_, row| row.acknowledged_by.is_none().then(|| attention::level_of(&row.severity)),
    empty,
};

const COLUMNS: &[Col<AlertRow>] = &[
    Col::words(Word::ColSince, &[Column::Time], (5, 11), 0, |scene, row, _| Cell::dim(scene.hour_minute(row.since))),
    Col::words(Word::ColSeverity, &[Column::Severity], (8, 8), 1, |scene, row, _| {
        Cell::new(severity(scene, &row.severity), level_role(attention::level_of(&row.severity)))
    }),
    Col::words(Word::ColAlert, &[Column::Rule], (20, 60), 0, |scene, row, _| Cell::text(rule(scene, row))),
    Col::words(Word::ColWhere, &[Column::Counter], (10, 16), 2, |scene, row, _| match place(row) {
        Some(place) => Cell::text(place),
        None => Cell::missing(scene),
    }),
    Col::words(Word::ColAcknowledged, &[], (8, 16), 3, |scene, row, _| match &row.acknowledged_by {
        Some(_) if scene.model.settings.privacy => Cell::dim(scene.marks.hidden),
        Some(by) => Cell::dim(tame(by)),
        None => Cell::missing(scene),
    }),
];

/// Draws the alerts, and what is the matter in the lines that are left.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let rows = u16::try_from(scene.model.rows(Pane::Alerts).len()).unwrap_or(u16::MAX);
    let filtered = !scene.model.pane_state(Pane::Alerts).filter.text.trim().is_empty();
    let matters = matter::worst_first(scene);
    let seen: Vec<&Matter<'_>> = matters.iter().filter(|it| !matches!(it, Matter::Alert(_))).collect();
    if seen.is_empty() || filtered {
        return TABLE.draw(buffer, area, scene);
    }
    let withheld = scene.is_withheld(Pane::Alerts);
    let used = if rows == 0 { 1 + u16::from(withheld) } else { area.height.min(CHROME + rows) };
    if rows == 0 {
        let count = format!("{} {}", seen.len(), scene.say(Word::AttentionCount));
        heading::draw(buffer, area, scene, Pane::Alerts, &count);
    } else {
        TABLE.draw(buffer, Rect { height: used, ..area }, scene);
    }
    if withheld && area.height > 1 {
        let room = area.width.saturating_sub(2);
        put(buffer, (area.x + 2, area.y + 1), room, scene.say(Word::NotForYou), scene.style(Role::Dim));
    }
    for (matter, y) in seen.into_iter().zip(area.y + used..area.bottom()) {
        put(buffer, (area.x, y), 1, scene.marks.trouble, scene.style(level_role(matter.level())));
        let room = area.width.saturating_sub(2);
        let text = matter::sentence(scene, matter);
        put(buffer, (area.x + 2, y), room, &fit(&text, room, scene.marks.cut), scene.style(Role::Text));
    }
}

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s AlertRow> {
    let RowId::Alert(id) = id else { return None };
    scene.board?.alerts.iter().find(|row| row.alert == *id)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoAlerts } else { Word::NoBoardYet }).into()
}

/// Where: the counter, else the zone, else the camera.
pub fn place(row: &AlertRow) -> Option<&str> {
    let counter = row.counter.as_ref().map(AsRef::as_ref);
    counter.or(row.zone.as_ref().map(AsRef::as_ref)).or(row.camera.as_ref().map(AsRef::as_ref))
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
