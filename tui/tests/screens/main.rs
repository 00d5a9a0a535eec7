//! Whole screens of a centre at half past nine, as golden files under `golden/`. After a change of
//! the drawing, look at them anew: `UPDATE_GOLDEN=1 cargo test -p motcua-tui --test screens`, then
//! read the difference.

mod golden;
mod habits;
mod styles;
mod what_if;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tui::model::{Model, Settings, Size};

const SMALL: Size = Size { cols: 80, rows: 24 };
const WIDE: Size = Size { cols: 120, rows: 40 };
const TALL: Size = Size { cols: 200, rows: 60 };

/// A terminal that has watched the centre of forty counters.
fn centre(size: Size) -> Model {
    tui::sample::model(size, Settings::default(), 40)
}

/// The cells of one frame.
fn frame(model: &Model) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.size.cols, model.size.rows)).unwrap();
    terminal.draw(|frame| tui::view::draw(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}

/// The frame as text, a line a row, blanks at the ends cut.
fn text(model: &Model) -> String {
    tui::picture::text(model, model.size)
}
