//! Counters, one a line: state, reason, officer, ticket, since when, what they have done.
//!
//! ```text
//! ─ 2 Quầy · 40 ────────────────────────────────────────────────────────────────────────────────
//!   ↓quầy   trạng thái                cán bộ               số      từ     xong  t.bình  tải
//! ! q7      ○ rảnh, vắng khi 4 người chờ  Nguyễn Thị Ánh       —       12′      9     7′    ███   61%
//!   q5      ► phục vụ                 Trần Văn Bình        A012     3′     12     6′    ████  73%
//!   q9      ‖ ngưng, nghỉ trưa        •••                  —       25′      4     —     —
//! ```

use std::borrow::Cow;

use domain::board::{CounterRow, Shown, TicketStage};
use domain::event::CounterStatus;

use super::figures;
use super::scene::Scene;
use super::short;
use super::table::{Cell, Col, Table, level_role};
use super::text::tame;
use crate::attention::{self, Attention, Level, Why};
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::{Word, counter_reason};

pub const TABLE: Table<CounterRow> = Table { pane: Pane::Counters, columns: COLUMNS, find, level, empty };

const COLUMNS: &[Col<CounterRow>] = &[
    Col::words(Word::ColCounter, &[Column::Name], (6, 10), 0, |_, row, _| Cell::text(tame(&row.name))),
    Col::words(Word::ColStatus, &[Column::Status], (14, 28), 0, |scene, row, _| {
        let (text, role) = state_and_why(scene, row);
        Cell::new(text, role)
    }),
    Col::words(Word::ColOfficer, &[Column::Officer], (9, 20), 0, |scene, row, columns| match scene.officer(row) {
        Some(name) => Cell::text(short::officer(&name, columns, scene.marks.cut).into_owned()),
        None => Cell::missing(scene),
    }),
    Col::words(Word::ColTicket, &[Column::Ticket], (6, 8), 0, |scene, row, _| match &row.ticket {
        Some(ticket) => Cell::text(ticket.as_str()),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColSince, &[Column::Since], 5, 0, |scene, row, _| match row.since {
        Some(at) => Cell::text(scene.minutes_since(at)),
        None => Cell::missing(scene),
    }),
    Col::figure(Word::ColServed, &[Column::Served], 5, 3, |_, row, _| Cell::text(row.served.to_string())),
    Col::figure(Word::ColMeanService, &[Column::ServiceMean], 6, 5, |scene, row, _| {
        Cell::text(figures::known_minutes(row.service_mean_s, scene.marks)).faded_if(row.service_mean_s.is_none())
    }),
    Col::words(Word::ColUtilisation, &[Column::Utilisation], (10, 12), 4, utilisation),
    Col::figure(Word::ColSatisfied, &[], 8, 6, |scene, row, _| satisfied(scene, row)),
];

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s CounterRow> {
    let RowId::Counter(id) = id else { return None };
    scene.board?.counters.iter().find(|row| row.counter == *id)
}

fn empty(scene: &Scene<'_>) -> Cow<'static, str> {
    scene.say(if scene.board.is_some() { Word::NoCountersYet } else { Word::NoBoardYet }).into()
}

/// What is wrong with a counter.
pub fn trouble(scene: &Scene<'_>, row: &CounterRow) -> Option<Attention> {
    attention::of_counter(scene.board?, row, scene.as_of)
}

fn level(scene: &Scene<'_>, row: &CounterRow) -> Option<Level> {
    trouble(scene, row).map(|it| it.level)
}

/// Mark, word and role of what a counter is doing.
pub fn state(scene: &Scene<'_>, row: &CounterRow) -> (&'static str, &'static str, Role) {
    let marks = scene.marks;
    match (row.ticket_state, row.status) {
        (Some(TicketStage::Serving), _) => (marks.serving, scene.say(Word::Serving), Role::Good),
        (Some(TicketStage::Called), _) => (marks.called, scene.say(Word::Called), Role::Good),
        (None, CounterStatus::Open) => (marks.idle, scene.say(Word::Idle), Role::Text),
        (None, CounterStatus::Paused) => (marks.paused, scene.say(Word::Paused), Role::Text),
        (None, CounterStatus::Closed) => (marks.closed, scene.say(Word::Closed), Role::Dim),
    }
}

/// Why the counter does not serve, in words.
pub fn reason<'r>(scene: &Scene<'_>, row: &'r CounterRow) -> Option<Cow<'r, str>> {
    let reason = row.reason.as_deref().filter(|_| row.status != CounterStatus::Open)?;
    Some(match counter_reason(reason, scene.lang) {
        Cow::Borrowed(text) => tame(text),
        Cow::Owned(text) => Cow::Owned(tame(&text).into_owned()),
    })
}

/// `○ rảnh khi 4 người chờ`, `‖ ngưng, nghỉ trưa`, `► phục vụ`.
fn state_and_why(scene: &Scene<'_>, row: &CounterRow) -> (String, Role) {
    let (mark, word, role) = state(scene, row);
    let word = if scene.board.is_some_and(|board| attention::is_away(board, row)) {
        format!("{word}, {}", scene.say(Word::Away))
    } else {
        word.to_owned()
    };
    let trouble = trouble(scene, row);
    let role = trouble.map_or(role, |it| level_role(it.level));
    let waiting = |waiting: u32| scene.fill(Word::WhileWaiting, &[&waiting.to_string()]);
    let text = match (trouble.map(|it| it.why), reason(scene, row)) {
        (Some(Why::IdleWhileWaiting { waiting: n }), _) => format!("{mark} {word} {}", waiting(n)),
        (Some(Why::DeviceGone), _) => format!("{mark} {word}, {}", scene.say(Word::ConsoleLost)),
        (Some(Why::NotCome), _) => format!("{mark} {word}, {}", scene.say(Word::NotCome)),
        (_, Some(reason)) => format!("{mark} {word}, {reason}"),
        (Some(Why::PausedWhileWaiting { waiting: n }), None) => format!("{mark} {word} {}", waiting(n)),
        _ => format!("{mark} {word}"),
    };
    (text, role)
}

/// `███   61%`, or a mark where it is not known.
fn utilisation<'s>(scene: &Scene<'s>, row: &'s CounterRow, columns: u16) -> Cell<'s> {
    let Shown::Figure(Some(share)) = row.utilisation else { return Cell::missing(scene) };
    let bar = figures::bar(share, columns.saturating_sub(5), scene.marks);
    Cell::text(format!("{bar} {:>3.0}%", (share.clamp(0.0, 1.0) * 100.0).floor()))
}

/// `97% 31`: share of the two best levels, and of how many.
pub fn satisfied<'s>(scene: &Scene<'s>, row: &'s CounterRow) -> Cell<'s> {
    let Some(ratings) = row.ratings else { return Cell::missing(scene) };
    match figures::percent(ratings.satisfied, ratings.n) {
        Some(share) => Cell::text(format!("{share} {:>3}", ratings.n)),
        None => Cell::missing(scene),
    }
}
