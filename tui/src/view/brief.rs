//! The services in trouble, in a few lines over the counters of a small screen; when fewer are in
//! trouble than fit, those with the longest wait follow.
//!
//! ```text
//! ─ 1 Thủ tục cần chú ý · 3/24 ──────────────────────────────────────────────
//! ! Đất đai              7   21′  2 quầy │ ! Hộ tịch          3    4′  0 quầy
//! ```

use std::cmp::Reverse;

use domain::board::ServiceRow;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::heading;
use super::scene::Scene;
use super::services;
use super::table::{align, level_role};
use super::text::{Side, put, tame, width};
use crate::attention;
use crate::theme::Role;
use crate::words::Word;

/// A service is readable in so many columns.
const CELL: u16 = 38;

pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let services = scene.board.map_or(&[][..], |board| &board.services);
    let troubled = services.iter().filter(|row| services::level(row).is_some()).count();
    let count = format!(" {} {troubled}/{}", scene.marks.dot, services.len());
    let (title, role) =
        if troubled > 0 { (Word::ServicesInTrouble, Role::Title) } else { (Word::ServicesLongest, Role::Title) };
    let pieces = [("1", Role::Dim), (" ", Role::Line), (scene.say(title), role), (count.as_str(), Role::Dim)];
    heading::draw_pieces(buffer, area, scene, &pieces, "");
    let lines = area.height.saturating_sub(1);
    if services.is_empty() {
        let word = if scene.board.is_some() { Word::NoServicesYet } else { Word::NoBoardYet };
        put(buffer, (area.x + 2, area.y + 1), area.width - 2, scene.say(word), scene.style(Role::Dim));
        return;
    }
    let columns = ((area.width + 1) / (CELL + 1)).max(1);
    let cell = (area.width + 1) / columns - 1;
    let worst = worst_first(services);
    for (place, row) in worst.into_iter().take(usize::from(columns * lines)).enumerate() {
        let (column, line) = (place as u16 / lines, place as u16 % lines);
        let x = area.x + column * (cell + 1);
        let y = area.y + 1 + line;
        if column > 0 {
            put(buffer, (x - 1, y), 1, scene.marks.wall, scene.style(Role::Line));
        }
        draw_one(buffer, Rect::new(x, y, cell, 1), scene, row);
    }
}

fn worst_first(services: &[ServiceRow]) -> Vec<&ServiceRow> {
    let mut rows: Vec<&ServiceRow> = services.iter().collect();
    rows.sort_by_cached_key(|row| {
        (Reverse(attention::of_service(row).map(|it| it.rank())), Reverse(row.longest_wait_s), Reverse(row.waiting))
    });
    rows
}

/// `! Đất đai            7   21′  2 quầy`
fn draw_one(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, row: &ServiceRow) {
    let Rect { x, y, .. } = area;
    let level = services::level(row);
    if let Some(level) = level {
        put(buffer, (x, y), 1, scene.marks.trouble, scene.style(level_role(level)));
    }
    let unit = scene.say(Word::ColOpen);
    let open = row.open_counters.map_or_else(|| scene.marks.missing.to_owned(), |open| open.to_string());
    let tail = 4 + 1 + 5 + 1 + 3 + 1 + width(unit);
    let name = area.width.saturating_sub(2 + 1 + tail);
    align(buffer, (x + 2, y), name, scene, Side::Left, &tame(&row.name), Role::Text);
    let mut at = x + 2 + name + 1;
    let waiting = services::waiting(scene, row);
    align(buffer, (at, y), 4, scene, Side::Right, &waiting.text, waiting.role);
    at += 5;
    let longest = services::longest(scene, row);
    align(buffer, (at, y), 5, scene, Side::Right, &longest.text, longest.role);
    at += 6;
    let starved = level.filter(|_| row.open_counters == Some(0));
    align(buffer, (at, y), 3, scene, Side::Right, &open, starved.map_or(Role::Text, level_role));
    put(buffer, (at + 4, y), width(unit), unit, scene.style(Role::Dim));
}
