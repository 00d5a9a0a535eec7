//! Ratings of the day: the site's levels, then counter by counter.
//!
//! ```text
//! ─ 4 Đánh giá · 40 ──────────────────────────────
//!   Rất hài lòng        ███████████████      20
//!   Hài lòng            ██████                9
//!   Bình thường         █                     1
//!   Không hài lòng      █                     1
//!   Rất không hài lòng                        0
//!   31 lượt đánh giá hôm nay · 93% hài lòng trở lên
//! ```

use std::borrow::Cow;

use domain::board::{CounterRow, RatingTotals};
use domain::event::RatingLevel;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::table::{CHROME, Cell, Col, Table, align, hidden_rows};
use super::text::{Side, put, tame};
use super::{figures, heading, short};
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

const TABLE: Table<CounterRow> =
    Table { pane: Pane::Ratings, columns: COLUMNS, find, level: |_, _| None, empty: |scene| nothing(scene).into() };

/// Lines of the site's levels: five bars and the sum.
const LEVELS: u16 = 6;
const LABEL: u16 = 18;

const COLUMNS: &[Col<CounterRow>] = &[
    Col::words(Word::ColCounter, &[Column::Name], (8, 14), 0, |_, row, _| Cell::text(tame(&row.name))),
    Col::words(Word::ColOfficer, &[], (8, 24), 2, |scene, row, columns| match scene.officer(row) {
        Some(name) => Cell::dim(short::officer(&name, columns, scene.marks.cut).into_owned()),
        None => Cell::missing(scene),
    }),
    Col::words(Word::ColSatisfied, &[Column::Satisfaction], (12, 30), 0, bar),
    Col::figure(Word::ColRated, &[Column::Rated], 5, 0, |scene, row, _| match row.ratings {
        Some(ratings) => Cell::text(ratings.n.to_string()),
        None => Cell::missing(scene),
    }),
];

/// Where the rows of the counters are, if there is room for them below the levels.
pub fn rows_area(area: Rect, focused: bool) -> Option<Rect> {
    let used = 1 + levels_height(area, focused);
    let rest = area.height.saturating_sub(used);
    (rest >= CHROME).then_some(Rect { y: area.y + used, height: rest, ..area })
}

/// The levels give way to the rows only where the keys are and there is no room for both.
fn levels_height(area: Rect, focused: bool) -> u16 {
    let room = area.height.saturating_sub(1);
    if focused && room < LEVELS + CHROME + 2 { 0 } else { room.min(LEVELS) }
}

pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let focused = scene.model.pane == Pane::Ratings;
    let rows = rows_area(area, focused);
    let height = rows.map_or(0, |rows| usize::from(rows.height - 1));
    let hidden = match rows {
        Some(_) => hidden_rows(scene, Pane::Ratings, (scene.model.first_row(Pane::Ratings, height), height)),
        None => String::new(),
    };
    heading::draw(buffer, area, scene, Pane::Ratings, &hidden);
    let levels = Rect { y: area.y + 1, height: levels_height(area, focused), ..area };
    draw_levels(buffer, levels, scene);
    if let Some(rows) = rows {
        TABLE.draw_rows(buffer, rows, scene);
    }
}

fn draw_levels(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if area.height == 0 {
        return;
    }
    let room = area.width.saturating_sub(2);
    let Some(totals) = scene.board.map(|board| &board.ratings).filter(|totals| totals.n + totals.unbound > 0) else {
        put(buffer, (area.x + 2, area.y), room, nothing(scene), scene.style(Role::Dim));
        return;
    };
    let (x, bar) = (area.x + 2, room.saturating_sub(LABEL + 1 + 1 + 5));
    for (line, level) in RatingLevel::ALL.iter().enumerate().take(usize::from(area.height)) {
        let y = area.y + line as u16;
        let count = totals.by_level.get(level).copied().unwrap_or(0);
        let share = if totals.n == 0 { 0.0 } else { f64::from(count) / f64::from(totals.n) };
        align(buffer, (x, y), LABEL, scene, Side::Left, level_name(scene, *level), Role::Text);
        let role = if *level <= RatingLevel::Satisfied { Role::Good } else { Role::Warn };
        put(buffer, (x + LABEL + 1, y), bar, &figures::bar(share, bar, scene.marks), scene.style(role));
        align(buffer, (x + LABEL + 1 + bar + 1, y), 5, scene, Side::Right, &count.to_string(), Role::Text);
    }
    if area.height >= LEVELS {
        let sum = super::text::fit(&summary(scene, totals), room, scene.marks.cut).into_owned();
        put(buffer, (x, area.y + LEVELS - 1), room, &sum, scene.style(Role::Dim));
    }
}

/// `31 lượt đánh giá hôm nay · 93% hài lòng trở lên · 2 lượt không gắn được với số nào`
fn summary(scene: &Scene<'_>, totals: &RatingTotals) -> String {
    let dot = format!(" {} ", scene.marks.dot);
    let mut parts = vec![scene.fill(Word::RatedTickets, &[&totals.n.to_string()])];
    parts.extend(share(totals).map(|share| scene.fill(Word::SatisfiedShare, &[&share])));
    if totals.unbound > 0 {
        parts.push(scene.fill(Word::Unbound, &[&totals.unbound.to_string()]));
    }
    parts.join(&dot)
}

/// The share of the two best levels.
pub fn share(totals: &RatingTotals) -> Option<String> {
    let best = [RatingLevel::VerySatisfied, RatingLevel::Satisfied];
    figures::percent(best.iter().filter_map(|level| totals.by_level.get(level)).sum(), totals.n)
}

fn nothing(scene: &Scene<'_>) -> &'static str {
    scene.say(if scene.board.is_some() { Word::NoRatingsYet } else { Word::NoBoardYet })
}

fn find<'s>(scene: &Scene<'s>, id: &RowId) -> Option<&'s CounterRow> {
    let RowId::Counter(id) = id else { return None };
    scene.board?.counters.iter().find(|row| row.counter == *id)
}

/// `██████   93%`
fn bar<'s>(scene: &Scene<'s>, row: &'s CounterRow, columns: u16) -> Cell<'s> {
    let Some(ratings) = row.ratings.filter(|ratings| ratings.n > 0) else {
        return Cell::dim(if row.ratings.is_some() {
            Cow::Borrowed(scene.marks.missing)
        } else {
            scene.say(Word::NotForYou).into()
        });
    };
    let share = f64::from(ratings.satisfied) / f64::from(ratings.n);
    let bar = figures::bar(share, columns.saturating_sub(5), scene.marks);
    let percent = figures::percent(ratings.satisfied, ratings.n).unwrap_or_default();
    Cell::new(format!("{bar} {percent:>4}"), if share < 0.8 { Role::Warn } else { Role::Good })
}

/// What a level is called.
pub fn level_name(scene: &Scene<'_>, level: RatingLevel) -> &'static str {
    scene.say(match level {
        RatingLevel::VerySatisfied => Word::VerySatisfied,
        RatingLevel::Satisfied => Word::Satisfied,
        RatingLevel::Neutral => Word::Neutral,
        RatingLevel::Dissatisfied => Word::Dissatisfied,
        RatingLevel::VeryDissatisfied => Word::VeryDissatisfied,
    })
}
