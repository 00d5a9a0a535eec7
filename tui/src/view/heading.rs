//! The line over a pane.
//!
//! ```text
//! ─ 2 Quầy 12/40 · lọc “paused” · giữ thứ tự ─────────────────── ► phục vụ » đã gọi ○ rảnh ─
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text::{fit, put, width};
use crate::model::Pane;
use crate::theme::Role;
use crate::words::Word;

/// A piece of a heading.
pub type Piece<'t> = (&'t str, Role);

/// Draws the heading of a pane over the first line of `area`: what it is at the left, `right` at
/// the right where there is room.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, pane: Pane, right: &str) {
    let state = scene.model.pane_state(pane);
    let focused = scene.model.pane == pane;
    let number = (pane.index() + 1).to_string();
    let name = scene.pane_name(pane);
    let mut facts = String::new();
    let mut fact = |text: &str| {
        facts.push(' ');
        facts.push_str(scene.marks.dot);
        facts.push(' ');
        facts.push_str(text);
    };
    if let Some(count) = count(scene, pane) {
        fact(&count);
    }
    if !state.filter.text.trim().is_empty() {
        fact(&format!("{} \"{}\"", scene.say(Word::FilterLabel), state.filter.text.trim()));
    }
    if state.order_is_old {
        fact(scene.say(Word::OrderHeld));
    }
    let name_role = if focused { Role::Focus } else { Role::Title };
    let key_role = if focused { Role::Key } else { Role::Dim };
    draw_pieces(
        buffer,
        area,
        scene,
        &[(&number, key_role), (" ", Role::Line), (name, name_role), (&facts, Role::Dim)],
        right,
    );
}

/// The same for a heading that no pane's keys belong to.
pub fn draw_pieces(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, left: &[Piece<'_>], right: &str) {
    let line = scene.marks.line.repeat(usize::from(area.width));
    put(buffer, (area.x, area.y), area.width, &line, scene.style(Role::Line));
    let end = area.right().saturating_sub(1);
    let mut x = pieces(buffer, (area.x + 1, area.y), end, scene, left);
    let wide = width(right) + 2;
    if wide > 2 && x + 2 + wide <= area.right() {
        x = area.right() - 1 - wide;
        pieces(buffer, (x, area.y), area.right(), scene, &[(right, Role::Dim)]);
    }
}

/// A blank, the pieces, a blank.
fn pieces(buffer: &mut Buffer, at: (u16, u16), end: u16, scene: &Scene<'_>, pieces: &[Piece<'_>]) -> u16 {
    let (mut x, y) = at;
    x += put(buffer, (x, y), end.saturating_sub(x), " ", scene.style(Role::Line));
    for (text, role) in pieces {
        let room = end.saturating_sub(x + 1);
        x += put(buffer, (x, y), room, &fit(text, room, scene.marks.cut), scene.style(*role));
    }
    x + put(buffer, (x, y), end.saturating_sub(x), " ", scene.style(Role::Line))
}

/// How many rows there are; with a filter, how many of them are shown.
fn count(scene: &Scene<'_>, pane: Pane) -> Option<String> {
    let board = scene.board?;
    if scene.is_withheld(pane) {
        return Some(scene.marks.missing.to_owned());
    }
    let shown = scene.model.rows(pane).len();
    let all = match pane {
        Pane::Services => board.services.len(),
        Pane::Counters | Pane::Ratings => board.counters.len(),
        Pane::Calls => board.calls.len(),
        Pane::Zones => board.zones.len(),
        Pane::Devices => board.devices.len(),
        Pane::Alerts => board.alerts.len(),
        Pane::DeadLetters => {
            let known = usize::try_from(board.ingest?.dead_letter).unwrap_or(usize::MAX);
            return Some(known.to_string());
        }
    };
    let filtered = !scene.model.pane_state(pane).filter.text.trim().is_empty();
    Some(if filtered { format!("{shown}/{all}") } else { all.to_string() })
}
