//! Rows with their columns: which columns fit, how wide they are, how a row is marked.
//!
//! ```text
//! ─ 1 Thủ tục · 24 ──────────────────────
//!   thủ tục         chờ ↓lâu   dự kiến      names of the columns, the sorted one with an arrow
//! ! Đất đai           7   21′   10–25′      what needs a person is marked
//!   Hộ tịch           0    —     3–5′
//! ```

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::heading;
use super::scene::Scene;
use super::text::{Side, fit, put, width};
use crate::attention::Level;
use crate::model::{Column, Pane, RowId};
use crate::theme::Role;
use crate::words::Word;

/// What stands in one place of a table.
pub struct Cell<'t> {
    pub text: Cow<'t, str>,
    pub role: Role,
}

impl<'t> Cell<'t> {
    pub fn new(text: impl Into<Cow<'t, str>>, role: Role) -> Self {
        Self { text: text.into(), role }
    }

    pub fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Self::new(text, Role::Text)
    }

    pub fn dim(text: impl Into<Cow<'t, str>>) -> Self {
        Self::new(text, Role::Dim)
    }

    /// Read second when `faded`.
    pub fn faded_if(self, faded: bool) -> Self {
        if faded { Self { role: Role::Dim, ..self } } else { self }
    }

    /// Not known: a mark, never 0.
    pub fn missing(scene: &Scene<'_>) -> Cell<'static> {
        Cell::dim(scene.marks.missing)
    }
}

/// The text of a row in a column of so many places.
type OfRow<R> = for<'s> fn(&Scene<'s>, &'s R, u16) -> Cell<'s>;

/// A column of a table of `R`.
pub struct Col<R> {
    pub title: Word,
    /// What the rows are sorted by when this is the sorted column.
    pub sort: &'static [Column],
    /// Never narrower; nor wider than `most`.
    pub least: u16,
    pub most: u16,
    pub side: Side,
    /// Columns with the greatest number go first when there is no room; 0 stays.
    pub spare: u8,
    /// Its text, given the columns it has.
    pub cell: OfRow<R>,
}

impl<R> Col<R> {
    /// A column of words: from the left, wider where there is room.
    pub const fn words(
        title: Word,
        sort: &'static [Column],
        (least, most): (u16, u16),
        spare: u8,
        cell: OfRow<R>,
    ) -> Self {
        Self { title, sort, least, most, side: Side::Left, spare, cell }
    }

    /// A column of figures: from the right, as wide as the widest of them.
    pub const fn figure(title: Word, sort: &'static [Column], width: u16, spare: u8, cell: OfRow<R>) -> Self {
        Self { title, sort, least: width, most: width, side: Side::Right, spare, cell }
    }
}

/// A table of `R`.
pub struct Table<R: 'static> {
    pub pane: Pane,
    pub columns: &'static [Col<R>],
    /// The thing of a row, if it is there still.
    pub find: for<'s> fn(&Scene<'s>, &RowId) -> Option<&'s R>,
    /// Whether it needs a person.
    pub level: fn(&Scene<'_>, &R) -> Option<Level>,
    /// What is said when there is no row at all.
    pub empty: fn(&Scene<'_>) -> Cow<'static, str>,
}

/// Lines of a table that are not rows: the heading, the names of the columns.
pub const CHROME: u16 = 2;
/// Columns of the mark before a row.
const MARK: u16 = 2;

/// A column that has its place.
struct Placed<'c, R> {
    column: &'c Col<R>,
    x: u16,
    width: u16,
}

impl<R> Table<R> {
    /// Draws the heading, the names of the columns and the rows.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
        let rows = self.rows(area, scene);
        heading::draw(buffer, area, scene, self.pane, &hidden_rows(scene, self.pane, rows));
        self.draw_rows(buffer, Rect { y: area.y + 1, height: area.height - 1, ..area }, scene);
    }

    fn rows(&self, area: Rect, scene: &Scene<'_>) -> (usize, usize) {
        let height = usize::from(area.height.saturating_sub(CHROME)).max(1);
        (scene.model.first_row(self.pane, height), height)
    }

    /// Draws the names of the columns and the rows.
    pub fn draw_rows(&self, buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
        let order = scene.model.rows(self.pane);
        let height = usize::from(area.height.saturating_sub(1));
        if order.is_empty() {
            let text = self.why_empty(scene);
            let room = area.width.saturating_sub(MARK);
            for (line, text) in super::text::wrap(&text, room, scene.marks.cut).iter().take(height.max(1)).enumerate() {
                let y = area.y + u16::from(height > 1) + line as u16;
                put(buffer, (area.x + MARK, y), room, text, scene.style(Role::Dim));
            }
            return;
        }
        let placed = place(self.columns, area);
        self.draw_names(buffer, area.y, scene, &placed);
        let first = scene.model.first_row(self.pane, height);
        let selected = scene.model.selected_index(self.pane).filter(|_| scene.model.pane == self.pane);
        for (line, (index, id)) in order.iter().enumerate().skip(first).take(height).enumerate() {
            let line = Rect { y: area.y + 1 + line as u16, height: 1, ..area };
            self.draw_row(buffer, line, scene, id, &placed);
            if selected == Some(index) {
                buffer.set_style(line, scene.look.cursor());
            }
        }
    }

    fn why_empty<'s>(&self, scene: &'s Scene<'_>) -> Cow<'s, str> {
        if scene.is_withheld(self.pane) {
            return scene.say(Word::NotForYou).into();
        }
        let filtered = !scene.model.pane_state(self.pane).filter.text.trim().is_empty();
        if filtered { scene.say(Word::NothingMatches).into() } else { (self.empty)(scene) }
    }

    fn draw_names(&self, buffer: &mut Buffer, y: u16, scene: &Scene<'_>, placed: &[Placed<'_, R>]) {
        let sort = scene.model.pane_state(self.pane).sort;
        for Placed { column, x, width } in placed {
            let name = scene.say(column.title);
            let text = if column.sort.contains(&sort.column) {
                let arrow = if sort.reversed { scene.marks.up } else { scene.marks.down };
                format!("{name}{arrow}")
            } else {
                name.to_owned()
            };
            align(buffer, (*x, y), *width, scene, column.side, &text, Role::Dim);
        }
    }

    fn draw_row(&self, buffer: &mut Buffer, line: Rect, scene: &Scene<'_>, id: &RowId, placed: &[Placed<'_, R>]) {
        let Some(row) = (self.find)(scene, id) else {
            let text = format!("{id} {} {}", scene.marks.dot, scene.say(Word::GoneFromBoard));
            let room = line.width.saturating_sub(MARK);
            put(buffer, (line.x + MARK, line.y), room, &fit(&text, room, scene.marks.cut), scene.style(Role::Dim));
            return;
        };
        if let Some(level) = (self.level)(scene, row) {
            put(buffer, (line.x, line.y), 1, scene.marks.trouble, scene.style(level_role(level)));
        }
        for Placed { column, x, width } in placed {
            let cell = (column.cell)(scene, row, *width);
            align(buffer, (*x, line.y), *width, scene, column.side, &cell.text, cell.role);
        }
    }
}

/// The role that a level is drawn in.
pub const fn level_role(level: Level) -> Role {
    match level {
        Level::Warning => Role::Warn,
        Level::Critical => Role::Bad,
    }
}

/// At the right of a heading: how many rows are above and below what is shown.
pub fn hidden_rows(scene: &Scene<'_>, pane: Pane, (first, height): (usize, usize)) -> String {
    let count = scene.model.rows(pane).len();
    let below = count.saturating_sub(first + height);
    let parts = [(scene.marks.up, first), (scene.marks.down, below)];
    let parts = parts.iter().filter(|(_, rows)| *rows > 0).map(|(mark, rows)| format!("{mark}{rows}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// Writes a text into its column, cut where it does not fit.
pub fn align(buffer: &mut Buffer, at: (u16, u16), columns: u16, scene: &Scene<'_>, side: Side, text: &str, role: Role) {
    let text = fit(text, columns, scene.marks.cut);
    let x = match side {
        Side::Left => at.0,
        Side::Right => at.0 + columns - width(&text),
    };
    put(buffer, (x, at.1), columns, &text, scene.style(role));
}

impl<R> Col<R> {
    /// What it would rather have: half of what it could use, if it is one that stays.
    const fn wish(&self) -> u16 {
        if self.spare == 0 { self.least.midpoint(self.most) } else { self.least }
    }
}

/// Columns from here on are only shown where those that stay have what they would rather have.
const LUXURY: u8 = 6;

/// Chooses the columns that fit and shares what is left among those that can use it.
fn place<R>(columns: &[Col<R>], area: Rect) -> Vec<Placed<'_, R>> {
    let room = area.width.saturating_sub(MARK);
    let mut chosen: Vec<&Col<R>> = columns.iter().collect();
    drop_spare(&mut chosen, room, LUXURY, Col::wish);
    drop_spare(&mut chosen, room, 1, |column| column.least);
    let mut widths: Vec<u16> = chosen.iter().map(|c| c.least).collect();
    let mut left = room.saturating_sub(taken(&chosen, |column| column.least));
    left = grow(&chosen, &mut widths, left, Col::wish);
    grow(&chosen, &mut widths, left, |column| column.most);
    let mut x = area.x + MARK;
    let mut placed = Vec::with_capacity(chosen.len());
    for (column, width) in chosen.into_iter().zip(widths) {
        let width = width.min(area.right().saturating_sub(x));
        placed.push(Placed { column, x, width });
        x += width + 1;
    }
    placed
}

/// Columns of the screen that so wide columns take, with a blank between them.
fn taken<R>(columns: &[&Col<R>], width: fn(&Col<R>) -> u16) -> u16 {
    columns.iter().map(|column| width(column) + 1).sum::<u16>().saturating_sub(1)
}

/// Drops what is spared first until the others fit; nothing below `from` is dropped.
fn drop_spare<R>(columns: &mut Vec<&Col<R>>, room: u16, from: u8, width: fn(&Col<R>) -> u16) {
    while taken(columns, width) > room {
        let Some(spare) = columns.iter().map(|c| c.spare).max().filter(|spare| *spare >= from) else { break };
        columns.retain(|c| c.spare != spare);
    }
}

/// Gives each in turn one more, up to its limit; what is left over.
fn grow<R>(columns: &[&Col<R>], widths: &mut [u16], mut left: u16, limit: fn(&Col<R>) -> u16) -> u16 {
    loop {
        let before = left;
        for (width, column) in widths.iter_mut().zip(columns) {
            if left > 0 && *width < limit(column) {
                *width += 1;
                left -= 1;
            }
        }
        if left == 0 || left == before {
            return left;
        }
    }
}
