//! The drawing: pure functions from a [`Model`] to a frame. Nothing here reads a clock, keeps a
//! state or does I/O; the same model gives the same cells.

mod alerts;
mod brief;
mod calls;
mod counters;
mod dead_letters;
mod detail;
mod devices;
mod figures;
mod foot;
mod grid;
mod hall;
mod head;
mod heading;
mod help;
mod layout;
mod matter;
mod nothing;
mod picker;
mod ratings;
mod scene;
mod services;
mod short;
mod table;
mod text;
mod wait;
mod whole;
mod window;
mod zones;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::layout::{FOOT, Form, HEAD, Region};
use self::scene::Scene;
use crate::model::{Model, Overlay, Pane, RowId};

/// How the rows of the active pane stand on the screen: what `PgDn`, `Left` and `Right` move by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows one under the other, at least 1.
    pub rows: usize,
    /// Columns of rows side by side (the counters of a small screen), at least 1. Reading order is
    /// down the first column, then down the next.
    pub columns: usize,
}

/// Draws one frame.
pub fn draw(frame: &mut Frame, model: &Model) {
    let area = frame.area();
    if let Some(cursor) = paint(frame.buffer_mut(), area, model) {
        frame.set_cursor_position(cursor);
    }
}

/// Paints the screen; where the cursor is when something is being typed.
fn paint(buffer: &mut Buffer, area: Rect, model: &Model) -> Option<Position> {
    let scene = Scene::new(model);
    buffer.set_style(area, scene.look.ground());
    let size = crate::model::Size { cols: area.width, rows: area.height };
    if size != model.size {
        // For the instant between a new size and its message.
        return None;
    }
    if !layout::fits(size) {
        nothing::too_small(buffer, area, &scene);
        whole::finish(buffer, area, &scene);
        return None;
    }
    if scene.board.is_some() {
        for region in layout::regions(model) {
            draw_region(buffer, region, &scene);
        }
    } else {
        nothing::waiting(buffer, layout::body(model.size), &scene);
    }
    let around = layout::body(model.size);
    if let Some(Overlay::Detail { row, scroll }) = &model.overlay {
        detail::draw(buffer, around, &scene, row, *scroll);
    }
    if let Some(Overlay::WhatIf { asked, scroll }) = &model.overlay {
        detail::draw_what_if(buffer, around, &scene, asked, *scroll);
    }
    whole::fade_old(buffer, around, &scene);
    match &model.overlay {
        Some(Overlay::Help { scroll }) => help::draw(buffer, around, &scene, *scroll),
        Some(Overlay::SortPicker { index }) => picker::draw(buffer, around, &scene, *index),
        Some(Overlay::Detail { .. } | Overlay::WhatIf { .. } | Overlay::Prompt(_)) | None => {}
    }
    head::draw(buffer, Rect { height: HEAD, ..area }, &scene);
    let foot = Rect { y: area.bottom() - FOOT, height: FOOT, ..area };
    let cursor = foot::draw(buffer, foot, &scene);
    whole::finish(buffer, area, &scene);
    cursor
}

fn draw_region(buffer: &mut Buffer, region: Region, scene: &Scene<'_>) {
    let area = region.area;
    whole::line_beside(buffer, area, scene);
    match (region.form, region.pane) {
        (Form::Brief, _) => brief::draw(buffer, area, scene),
        (Form::Grid, _) => grid::draw(buffer, region, scene),
        (Form::Table, Pane::Services) => services::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::Counters) => counters::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::Calls) => calls::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::Ratings) => ratings::draw(buffer, area, scene),
        (Form::Table, Pane::Zones) => zones::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::Devices) => devices::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::DeadLetters) => dead_letters::TABLE.draw(buffer, area, scene),
        (Form::Table, Pane::Alerts) => alerts::draw(buffer, area, scene),
    }
}

/// The rows of a region that is not a grid: where the first of them is, and how many fit.
fn rows_of(region: Region, focused: bool) -> (u16, u16) {
    let area = match region.pane {
        Pane::Ratings => ratings::rows_area(region.area, focused).map(|rows| (rows.y + 1, rows.height - 1)),
        _ => Some((region.area.y + table::CHROME, region.area.height.saturating_sub(table::CHROME))),
    };
    area.unwrap_or((region.area.bottom(), 0))
}

/// The page of the active pane at the model's size. Called by `update`.
#[must_use]
pub fn page(model: &Model) -> Page {
    let one = Page { rows: 1, columns: 1 };
    if !layout::fits(model.size) {
        return one;
    }
    let Some(region) = layout::active(model) else { return one };
    if region.form == Form::Grid {
        let (grid, _) = grid::window(model, region.area);
        return Page { rows: usize::from(grid.rows).max(1), columns: usize::from(grid.columns).max(1) };
    }
    Page { rows: usize::from(rows_of(region, true).1).max(1), columns: 1 }
}

/// What stands under a cell of the screen, for the mouse; `None` where no row is.
#[must_use]
pub fn row_at(model: &Model, column: u16, row: u16) -> Option<(Pane, RowId)> {
    if !layout::fits(model.size) {
        return None;
    }
    let at = Position::new(column, row);
    let region = layout::regions(model).into_iter().find(|r| r.form != Form::Brief && r.area.contains(at))?;
    let place = match region.form {
        Form::Grid => {
            let (grid, first) = grid::window(model, region.area);
            let line = row.checked_sub(region.area.y + 1)?;
            let side = (column - region.area.x) / (grid.cell + 1);
            (line < grid.rows && side < grid.columns).then(|| first + usize::from(side * grid.rows + line))?
        }
        Form::Table | Form::Brief => {
            let (top, height) = rows_of(region, region.pane == model.pane);
            let line = row.checked_sub(top).filter(|line| *line < height)?;
            model.first_row(region.pane, usize::from(height)) + usize::from(line)
        }
    };
    model.rows(region.pane).get(place).map(|id| (region.pane, id.clone()))
}
