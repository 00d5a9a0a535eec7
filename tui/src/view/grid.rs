//! All counters on one small screen, side by side; down the first column, then down the next.
//!
//! ```text
//! ─ 2 Quầy · 40 ─────────────────── ► phục vụ » đã gọi ○ rảnh ‖ ngưng · đóng ─
//! !q07 ○ rảnh    12′ N.T.Ánh│ q05 ► A012     3′ T.V.Bình│ q21 · đóng    1h05
//! !q09 ‖ ngưng   25′ họp    │ q06 » A013     0′ L.Hoa   │ q22 · đóng    1h05
//! ```

use domain::CounterId;
use domain::board::CounterRow;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::heading;
use super::layout::{self, Grid};
use super::scene::Scene;
use super::short;
use super::table::{align, hidden_rows, level_role};
use super::text::{Side, put, tame, width};
use super::{counters, layout::Region};
use crate::attention::{self, Level};
use crate::model::{Model, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

const MINUTES: u16 = 5;

/// The columns of every cell: as wide as the widest needs, so that all cells are alike.
struct Widths {
    /// Bytes that all ids share.
    prefix: usize,
    label: u16,
    /// Of a ticket, or of the word where there is none.
    what: u16,
}

impl Widths {
    fn of(scene: &Scene<'_>, cell: u16) -> Self {
        let counters = scene.board.map_or(&[][..], |board| &board.counters);
        let rows = scene.model.rows(Pane::Counters).iter();
        let ids: Vec<CounterId> =
            rows.filter_map(|id| if let RowId::Counter(id) = id { Some(*id) } else { None }).collect();
        let prefix = short::common_prefix(&ids);
        let label = ids.iter().map(|id| id.as_str().len() - prefix).max().unwrap_or(0).clamp(2, 6) as u16;
        let texts = counters.iter().map(|row| width(what(scene, row)));
        // Four columns are left for who sits there, whatever the tickets are called.
        let most = cell.saturating_sub(1 + label + 1 + 2 + MINUTES + 1 + 4).clamp(5, 12);
        Self { prefix, label, what: texts.max().unwrap_or(0).clamp(5, most) }
    }
}

/// The ticket, or the state where there is none.
fn what<'r>(scene: &Scene<'_>, row: &'r CounterRow) -> &'r str {
    row.ticket.as_ref().map_or(counters::state(scene, row).1, |ticket| ticket.as_str())
}

/// How the cells stand, and the first of them.
pub fn window(model: &Model, area: Rect) -> (Grid, usize) {
    let grid = layout::grid(area.width, area.height.saturating_sub(1), layout::cells(model));
    let capacity = usize::from(grid.columns * grid.rows);
    let first = model.first_row(Pane::Counters, capacity);
    // Scrolled by whole columns, so that a cell keeps its line.
    let rows = usize::from(grid.rows);
    let up = first.next_multiple_of(rows);
    let selected = model.selected_index(Pane::Counters);
    let first = if selected.is_none_or(|at| at >= up) { up } else { first - first % rows };
    (grid, first)
}

pub fn draw(buffer: &mut Buffer, region: Region, scene: &Scene<'_>) {
    let area = region.area;
    let (grid, first) = window(scene.model, area);
    let order = scene.model.rows(Pane::Counters);
    let capacity = usize::from(grid.columns * grid.rows);
    let legend = legend(scene);
    let hidden = hidden_rows(scene, Pane::Counters, (first, capacity));
    let right = if hidden.is_empty() { legend } else { format!("{hidden}  {legend}") };
    heading::draw(buffer, area, scene, Pane::Counters, &right);
    if order.is_empty() {
        return draw_nothing(buffer, area, scene);
    }
    let widths = Widths::of(scene, grid.cell);
    let selected = scene.model.selected_index(Pane::Counters).filter(|_| scene.model.pane == Pane::Counters);
    for (place, (index, id)) in order.iter().enumerate().skip(first).take(capacity).enumerate() {
        let (column, line) = (place as u16 / grid.rows, place as u16 % grid.rows);
        let cell = Rect::new(area.x + column * (grid.cell + 1), area.y + 1 + line, grid.cell, 1);
        if column > 0 {
            put(buffer, (cell.x - 1, cell.y), 1, scene.marks.wall, scene.style(Role::Line));
        }
        draw_cell(buffer, cell, scene, id, &widths);
        if selected == Some(index) {
            buffer.set_style(cell, scene.look.cursor());
        }
    }
}

fn draw_nothing(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let filtered = !scene.model.pane_state(Pane::Counters).filter.text.trim().is_empty();
    let word = match scene.board {
        Some(_) if filtered => Word::NothingMatches,
        Some(_) => Word::NoCountersYet,
        None => Word::NoBoardYet,
    };
    put(buffer, (area.x + 2, area.y + 1), area.width.saturating_sub(2), scene.say(word), scene.style(Role::Dim));
}

/// `► phục vụ » đã gọi ○ rảnh ‖ ngưng · đóng`
fn legend(scene: &Scene<'_>) -> String {
    let marks = scene.marks;
    let entries = [
        (marks.serving, Word::Serving),
        (marks.called, Word::Called),
        (marks.idle, Word::Idle),
        (marks.paused, Word::Paused),
        (marks.closed, Word::Closed),
    ];
    entries.map(|(mark, word)| format!("{mark} {}", scene.say(word))).join(" ")
}

/// `!q07 ○ rảnh    12′ N.T.Ánh`
fn draw_cell(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, id: &RowId, widths: &Widths) {
    let RowId::Counter(counter) = id else { return };
    let name = counter.as_str().get(widths.prefix..).unwrap_or_default();
    let name = short::id(name, widths.label, scene.marks.cut);
    let (mut x, y) = (area.x + 1, area.y);
    let Some(row) = scene.board.and_then(|b| b.counters.iter().find(|row| row.counter == *counter)) else {
        align(buffer, (x, y), widths.label, scene, Side::Left, &name, Role::Dim);
        x += widths.label + 1;
        let room = area.right().saturating_sub(x);
        align(buffer, (x, y), room, scene, Side::Left, scene.say(Word::GoneFromBoard), Role::Dim);
        return;
    };
    let found = counters::trouble(scene, row);
    let trouble = found.map(|it| level_role(it.level));
    let (mark, _, state) = counters::state(scene, row);
    let role = trouble.unwrap_or(state);
    if let Some(role) = trouble {
        put(buffer, (area.x, y), 1, scene.marks.trouble, scene.style(role));
    }
    align(buffer, (x, y), widths.label, scene, Side::Left, &name, Role::Text);
    x += widths.label + 1;
    put(buffer, (x, y), 1, mark, scene.style(role));
    x += 2;
    let what_role = if row.ticket.is_some() { trouble.unwrap_or(Role::Text) } else { role };
    align(buffer, (x, y), widths.what, scene, Side::Left, what(scene, row), what_role);
    x += widths.what;
    let since = row.since.map_or_else(|| scene.marks.missing.to_owned(), |at| scene.minutes_since(at));
    align(buffer, (x, y), MINUTES, scene, Side::Right, &since, trouble.unwrap_or(Role::Dim));
    x += MINUTES + 1;
    if found.is_some_and(|it| it.level == Level::Critical) {
        // One block from the mark to the minutes, not a patch for each word.
        buffer.set_style(Rect { width: x.min(area.right()) - area.x, ..area }, scene.style(Role::Bad));
    }
    draw_who(buffer, (x, y), area.right().saturating_sub(x), scene, row);
}

/// That nobody is seen there, the reason where the counter does not serve, else who sits there.
fn draw_who(buffer: &mut Buffer, at: (u16, u16), room: u16, scene: &Scene<'_>, row: &CounterRow) {
    if room < 3 {
        return;
    }
    if scene.board.is_some_and(|board| attention::is_away(board, row)) {
        align(buffer, at, room, scene, Side::Left, scene.say(Word::Away), Role::Text);
    } else if let Some(reason) = counters::reason(scene, row) {
        align(buffer, at, room, scene, Side::Left, &reason, Role::Dim);
    } else if let Some(name) = scene.officer(row) {
        let name = short::officer(&tame(&name), room, scene.marks.cut).into_owned();
        align(buffer, at, room, scene, Side::Left, &name, Role::Dim);
    }
}
