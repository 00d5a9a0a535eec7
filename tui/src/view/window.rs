//! A window over the panes: a frame, a title, lines that scroll.
//!
//! ```text
//! ╭ Trợ giúp ─────────────────── 1–20/58 ╮
//! │ ? F1      trợ giúp                   │
//! ╰──────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text::{fit, put, width};
use crate::theme::Role;

/// Nothing but ground.
pub fn clear(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
    buffer.set_style(area, scene.look.ground());
}

/// A window in the middle of `around`, at most so large; what is left inside for its lines.
pub fn open(buffer: &mut Buffer, around: Rect, size: (u16, u16), scene: &Scene<'_>, title: &str) -> (Rect, Rect) {
    let (columns, rows) = (size.0.min(around.width), size.1.min(around.height));
    let area = Rect::new(around.x + (around.width - columns) / 2, around.y + (around.height - rows) / 2, columns, rows);
    clear(buffer, area, scene);
    let (style, marks) = (scene.style(Role::Dim), scene.marks);
    let across = marks.line.repeat(usize::from(columns.saturating_sub(2)));
    let [left, right] = [area.x, area.right().saturating_sub(1)];
    for (y, [begin, end]) in [
        (area.y, [marks.corners[0], marks.corners[1]]),
        (area.bottom().saturating_sub(1), [marks.corners[2], marks.corners[3]]),
    ] {
        put(buffer, (left, y), 1, begin, style);
        put(buffer, (left + 1, y), columns.saturating_sub(2), &across, style);
        put(buffer, (right, y), 1, end, style);
    }
    for y in area.y + 1..area.bottom().saturating_sub(1) {
        put(buffer, (left, y), 1, marks.wall, style);
        put(buffer, (right, y), 1, marks.wall, style);
    }
    let title = format!(" {} ", fit(title, columns.saturating_sub(18), marks.cut));
    put(buffer, (left + 1, area.y), columns.saturating_sub(2), &title, scene.style(Role::Title));
    let inside = Rect::new(area.x + 2, area.y + 1, columns.saturating_sub(4), rows.saturating_sub(2));
    (area, inside)
}

/// Says at the right of the upper edge which of the lines are shown, when not all are; the first
/// line to show.
pub fn scrolled(
    buffer: &mut Buffer,
    area: Rect,
    inside: Rect,
    scene: &Scene<'_>,
    lines: usize,
    scroll: usize,
) -> usize {
    let height = usize::from(inside.height);
    let first = scroll.min(lines.saturating_sub(height));
    if lines > height {
        let text = format!(" {}-{}/{lines} ", first + 1, first + height);
        let wide = width(&text);
        if area.width > wide + 4 {
            put(buffer, (area.right() - wide - 1, area.y), wide, &text, scene.style(Role::Dim));
        }
    }
    first
}
