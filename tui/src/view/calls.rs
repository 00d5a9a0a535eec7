//! The last calls, newest first.
//!
//! ```text
//! ─ 3 Số vừa gọi · 20 ────────────────────────
//!   lúc↓      số      quầy      thủ tục
//!   08:41:02  A012    Quầy 5    mời lại · Đất đai
//! ```

use std::borrow::Cow;

use domain::board::CallRow;

use super::scene::Scene;
use super::table::{Cell, Col, Table};
use super::text::tame;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;
use domain::event::Priority;

pub const TABLE: Table<CallRow> = Table { pane: Pane::Calls, columns: COLUMNS, find, level: |_, _| None, empty };

const COLUMNS: &[Col<CallRow>] = &[
    Col::words(Word::ColTime, &[Column::Time], (8, 8), 0, |scene, row, _| Cell::dim(scene.clock(row.ts))),
    Col::words(Word::ColTicket, &[Column::Ticket], (6, 8), 0, |scene, row, _| {
        // The newest is what the hall reads just now.
        let newest = scene.board.is_some_and(|board| board.calls.first().is_some_and(|it| it.call_seq == row.call_seq));
        Cell::new(row.ticket.as_str(), if newest { Role::Title } else { Role::Text })
    }),
    Col::words(Word::ColCounter, &[Column::Counter], (7, 11), 0, |scene, row, _| counter(scene, row)),
    Col::words(Word::ColService, &[Column::Service], (14, 36), 1, |scene, row, _| service(scene, row)),
    Col::words(Word::ColPriority, &[], (10, 11), 3, |scene, row, _| match row.priority {
        Some(Priority::Normal) => Cell::text(""),
        Some(priority) => Cell::text(priority_name(scene, priority)),
        None => Cell::missing(scene),
    }),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s CallRow> {
    let RowId::Call(seq) = id else { return None };
    scene.board?.calls.iter().find(|row| row.call_seq == *seq)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoCallsYet } else { Word::NoBoardYet }).into()
}

fn counter<'s>(scene: &Scene<'s>, row: &'s CallRow) -> Cell<'s> {
    let Some(id) = &row.counter else { return Cell::missing(scene) };
    let known = scene.board.and_then(|board| board.counters.iter().find(|it| it.counter == *id));
    Cell::text(known.map_or(Cow::Borrowed(id.as_str()), |it| tame(&it.name)))
}

/// `mời lại · Đất đai`
fn service<'s>(scene: &Scene<'s>, row: &'s CallRow) -> Cell<'s> {
    let known = row.service.as_ref().map(|id| {
        let known = scene.board.and_then(|board| board.services.iter().find(|it| it.service == *id));
        known.map_or(Cow::Borrowed(id.as_str()), |it| tame(&it.name))
    });
    let name = known.unwrap_or(Cow::Borrowed(scene.marks.missing));
    if row.recall {
        return Cell::new(format!("{} {} {name}", scene.say(Word::Recall), scene.marks.dot), Role::Good);
    }
    Cell::dim(name)
}

/// The class of a ticket.
pub fn priority_name(scene: &Scene<'_>, priority: Priority) -> &'static str {
    scene.say(match priority {
        Priority::Normal => Word::PriorityNormal,
        Priority::Elderly => Word::PriorityElderly,
        Priority::Disabled => Word::PriorityDisabled,
        Priority::Pregnant => Word::PriorityPregnant,
        Priority::Child => Word::PriorityChild,
        Priority::Merit => Word::PriorityMerit,
        Priority::Appointment => Word::PriorityAppointment,
    })
}
