//! A frame as text: for `--print`, for Ctrl-s, for tests.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use crate::model::{Model, Size};
use crate::view;

/// The frame of a model at a size, as text: a line for each row, without spaces at its end.
#[must_use]
pub fn text(model: &Model, size: Size) -> String {
    let mut model = model.clone();
    model.size = size;
    let Ok(mut terminal) = Terminal::new(TestBackend::new(size.cols, size.rows));
    let Ok(frame) = terminal.draw(|frame| view::draw(frame, &model));
    lines(frame.buffer)
}

fn lines(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // A wide character stands in its cell and covers the next.
            x += u16::try_from(symbol.width()).unwrap_or(1).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
