//! Messages that could not be used.
//!
//! ```text
//! ─ 7 Thư chết · 3 ───────────────────────────────────────────────────────
//!   ↓lúc      lý do             chủ đề
//!   08:40:11  không rõ thủ tục  kiosk/kiosk-1/evt
//! ```

use std::borrow::Cow;

use super::scene::Scene;
use super::table::{Cell, Col, Table};
use super::text::tame;
use crate::keys::{Command, name_of};
use crate::model::{Column, DeadLetter, DeadLetters, Pane, RowId};
use crate::theme::Role;
use crate::words::{Word, dead_letter_reason};

pub const TABLE: Table<DeadLetter> =
    Table { pane: Pane::DeadLetters, columns: COLUMNS, find, level: |_, _| None, empty };

const COLUMNS: &[Col<DeadLetter>] = &[
    Col::words(Word::ColTime, &[Column::Time], (11, 14), 0, |scene, row, _| Cell::dim(scene.hour_minute(row.rx))),
    Col::words(Word::ColReason, &[Column::Reason], (16, 20), 0, |scene, row, _| {
        Cell::new(dead_letter_reason(&row.reason, scene.lang), Role::Warn)
    }),
    Col::words(Word::ColTopic, &[Column::Topic], (12, 44), 0, |_, row, _| Cell::text(tame(after_site(&row.topic)))),
    Col::words(Word::ColDetail, &[], (20, 80), 1, |scene, row, _| match &row.detail {
        Some(detail) => Cell::dim(tame(detail)),
        None => Cell::missing(scene),
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s DeadLetter> {
    let RowId::DeadLetter(offset) = id else { return None };
    scene.model.shown_dead_letters().letters().iter().find(|row| row.offset == *offset)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    match scene.model.shown_dead_letters() {
        DeadLetters::Refused(trouble) => trouble.sentence(scene.lang).into(),
        _ if scene.board.is_some_and(|board| board.ingest.is_some_and(|it| it.dead_letter == 0)) => {
            scene.say(Word::NoDeadLetters).into()
        }
        DeadLetters::Known(_) => scene.say(Word::NoDeadLetters).into(),
        DeadLetters::Unasked if scene.model.pane == Pane::DeadLetters => scene.say(Word::Asking).into(),
        DeadLetters::Unasked => scene.fill(Word::NotAsked, &[&name_of(Command::Show(Pane::DeadLetters))]).into(),
    }
}

/// A topic without what all topics of the site begin with.
fn after_site(topic: &str) -> &str {
    let rest = topic.strip_prefix("motcua/v1/").and_then(|rest| rest.split_once('/'));
    rest.map_or(topic, |(_, rest)| rest)
}
