//! A window that nothing useful fits into says so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::SMALLEST;
use super::scene::Scene;
use super::text::{put, width, wrap};
use crate::theme::Role;
use crate::words::Word;

/// `Cửa sổ 40×10 quá nhỏ: cần ít nhất 60×15`, in the middle.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let size = |cols: u16, rows: u16| format!("{cols}×{rows}");
    let text = scene.fill(Word::TooSmall, &[&size(area.width, area.height), &size(SMALLEST.cols, SMALLEST.rows)]);
    let lines = wrap(&text, area.width, scene.marks.cut);
    let top = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX)) / 2;
    for (at, line) in lines.iter().enumerate() {
        let x = area.x + (area.width - width(line)) / 2;
        put(buffer, (x, top + at as u16), area.width, line, scene.style(Role::Title));
    }
}
