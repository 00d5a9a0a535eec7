//! What is shown where there is nothing to show: one thing, in the middle.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::SMALLEST;
use super::scene::Scene;
use super::text::{fit, put, tame, width, wrap};
use crate::theme::Role;
use crate::words::Word;

/// A window that nothing useful fits into: `Cửa sổ 40×10 quá nhỏ: cần ít nhất 60×15`.
pub fn too_small(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let size = |cols: u16, rows: u16| format!("{cols}×{rows}");
    let text = scene.fill(Word::TooSmall, &[&size(area.width, area.height), &size(SMALLEST.cols, SMALLEST.rows)]);
    let lines = wrap(&text, area.width, scene.marks.cut);
    in_the_middle(buffer, area, scene, lines.iter().map(|line| (line.as_str(), Role::Title)).collect());
}

/// No board has come yet: which server and site are waited for.
pub fn waiting(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let server = &scene.model.server;
    let place = format!("{} {} {}", tame(&server.url), scene.marks.dot, server.site);
    let place = fit(&place, area.width, scene.marks.cut);
    in_the_middle(buffer, area, scene, vec![(scene.say(Word::NoBoardYet), Role::Title), (&place, Role::Dim)]);
}

fn in_the_middle(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, lines: Vec<(&str, Role)>) {
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let top = area.y + area.height.saturating_sub(height) / 2;
    for ((line, role), y) in lines.into_iter().zip(top..area.bottom()) {
        let x = area.x + area.width.saturating_sub(width(line)) / 2;
        put(buffer, (x, y), area.width, line, scene.style(role));
    }
}
