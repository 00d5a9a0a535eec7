//! What is done to whole areas: lines between panes, old figures grey, only ASCII.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::scene::Scene;
use super::text::put;
use crate::theme::Role;

/// A standing line left of an area that does not begin at the screen's edge.
pub fn line_beside(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        put(buffer, (x, y), 1, scene.marks.wall, scene.style(Role::Line));
    }
}

/// Figures that are not of now are grey, all of them: nobody takes them for live ones, whatever
/// else the screen says.
pub fn fade_old(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if scene.is_live() || scene.board.is_none() {
        return;
    }
    let (dim, ground) = (scene.style(Role::Dim), scene.look.ground());
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            cell.modifier.remove(Modifier::BOLD);
            cell.fg = dim.fg.unwrap_or_default();
            cell.bg = ground.bg.unwrap_or_default();
        }
    }
}

/// With `--ascii` nothing leaves but ASCII: letters lose their marks, and a sign that has no
/// likeness is a `?`. A terminal that cannot draw a line cannot draw `ễ` either.
pub fn finish(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if !scene.look.ascii {
        return;
    }
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            if !cell.symbol().is_ascii() {
                let plain = plain(cell.symbol());
                cell.set_char(plain);
            }
        }
    }
}

/// The likeness of a sign among the ASCII ones.
fn plain(symbol: &str) -> char {
    let base = symbol.nfd().find(|c| !is_combining_mark(*c)).unwrap_or(' ');
    match base {
        c if c.is_ascii() => c,
        'đ' => 'd',
        'Đ' => 'D',
        '“' | '”' | '«' | '»' => '"',
        '‘' | '’' | '′' => '\'',
        '–' | '—' => '-',
        '×' => 'x',
        '·' | '•' => '.',
        '…' => '~',
        '↑' => '^',
        '↓' => 'v',
        '←' => '<',
        '→' => '>',
        '\u{a0}' => ' ',
        _ => '?',
    }
}
