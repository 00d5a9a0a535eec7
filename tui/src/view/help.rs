//! The keys, from the key table, and what the marks mean.
//!
//! ```text
//! ╭ Trợ giúp ───────────────────────────────── 1-18/58 ╮
//! │ Ở các bảng                                         │
//! │   ? F1            trợ giúp: các phím ở đây         │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text::{put, wrap};
use super::window;
use crate::keys::{self, Scope};
use crate::theme::Role;
use crate::words::Word;

/// A line of the help: its left, its right.
type Line = (String, String, Role);

/// Columns of the keys.
const KEYS: u16 = 18;
const WIDEST: u16 = 100;

/// Draws the help over the panes.
pub fn draw(buffer: &mut Buffer, around: Rect, scene: &Scene<'_>, scroll: usize) {
    let lines = lines(scene, WIDEST.min(around.width).saturating_sub(4));
    let rows = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let (area, inside) = window::open(buffer, around, (WIDEST, rows), scene, scene.say(Word::Help));
    let first = window::scrolled(buffer, area, inside, scene, lines.len(), scroll);
    for (at, (left, right, role)) in lines.iter().skip(first).take(usize::from(inside.height)).enumerate() {
        let y = inside.y + at as u16;
        if *role == Role::Title {
            put(buffer, (inside.x, y), inside.width, left, scene.style(Role::Title));
            continue;
        }
        put(buffer, (inside.x + 2, y), KEYS, left, scene.style(*role));
        let x = inside.x + 2 + KEYS + 1;
        put(buffer, (x, y), inside.right().saturating_sub(x), right, scene.style(Role::Text));
    }
}

fn lines(scene: &Scene<'_>, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let title =
        |lines: &mut Vec<Line>, word: Word| lines.push((scene.say(word).to_owned(), String::new(), Role::Title));
    title(&mut lines, Word::HelpReadOnly);
    for (scope, word) in [
        (Scope::Panes, Word::HelpPanes),
        (Scope::Everywhere, Word::HelpEverywhere),
        (Scope::Reading, Word::HelpReading),
        (Scope::Picking, Word::HelpPicking),
        (Scope::Typing, Word::HelpTyping),
    ] {
        title(&mut lines, word);
        for key in keys::of(scope) {
            entry(&mut lines, scene, columns, &key.names(), key.says(scene.lang), Role::Key);
        }
    }
    title(&mut lines, Word::HelpMarks);
    for (mark, words) in marks(scene) {
        entry(&mut lines, scene, columns, mark, &words, Role::Text);
    }
    lines
}

/// A key and what it does, on as many lines as it takes.
fn entry(lines: &mut Vec<Line>, scene: &Scene<'_>, columns: u16, keys: &str, words: &str, role: Role) {
    let room = columns.saturating_sub(2 + KEYS + 1);
    let right = wrap(words, room, scene.marks.cut);
    let left = wrap(keys, KEYS, scene.marks.cut);
    for at in 0..right.len().max(left.len()) {
        let of = |side: &[String]| side.get(at).cloned().unwrap_or_default();
        lines.push((of(&left), of(&right), role));
    }
}

fn marks(scene: &Scene<'_>) -> Vec<(&'static str, String)> {
    let marks = scene.marks;
    [
        (marks.trouble, Word::MarkTrouble),
        (marks.serving, Word::MarkServing),
        (marks.called, Word::MarkCalled),
        (marks.idle, Word::MarkIdle),
        (marks.paused, Word::MarkPaused),
        (marks.closed, Word::MarkClosed),
        (marks.moving, Word::MarkMoving),
        (marks.past, Word::MarkPast),
        (scene.say(Word::MayBeLate), Word::MarkLate),
        (marks.missing, Word::MarkMissing),
    ]
    .into_iter()
    .map(|(mark, word)| (mark, scene.say(word).to_owned()))
    .collect()
}
