//! The drawing: pure functions from a [`Model`] to a frame.

mod figures;
mod text;

use ratatui::Frame;

use crate::model::{Model, Pane, RowId};

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
    frame.render_widget(model.server.site.as_str(), frame.area());
}

/// The page of the active pane at the model's size. Called by `update`.
#[must_use]
pub fn page(model: &Model) -> Page {
    Page { rows: usize::from(model.size.rows.saturating_sub(5)).max(1), columns: 1 }
}

/// What stands under a cell of the screen, for the mouse; `None` where no row is.
#[must_use]
pub fn row_at(_model: &Model, _column: u16, _row: u16) -> Option<(Pane, RowId)> {
    None
}
