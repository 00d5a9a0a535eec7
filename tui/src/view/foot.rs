//! The two lines at the bottom: what was just done or is being typed, and the keys.
//!
//! ```text
//!  Đã lưu motcua-tam-ky-counters-20261123-084107.csv
//!  ? trợ giúp  / lọc  : đi tới  Enter chi tiết  s sắp xếp  f giữ yên  e mở rộng  q thoát
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::scene::Scene;
use super::text::{fit, put, tame, width};
use crate::keys::{self, Scope};
use crate::model::{NoticeKind, Overlay, Prompt, PromptKind};
use crate::theme::Role;
use crate::update::{jump_target, scope};
use crate::words::Word;

/// Draws the two lines; the place of the cursor when something is being typed.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) -> Option<Position> {
    let [above, below] = [area.y, area.y + 1].map(|y| Rect { y, height: 1, ..area });
    draw_hints(buffer, below, scene);
    if let Some(Overlay::Prompt(prompt)) = &scene.model.overlay {
        let over = Rect { y: above.y.saturating_sub(1), ..above };
        draw_help_of_prompt(buffer, over, scene, prompt);
        return Some(draw_prompt(buffer, above, scene, prompt));
    }
    if let Some(notice) = &scene.model.notice {
        let role = match notice.kind {
            NoticeKind::Done => Role::Good,
            NoticeKind::Failed => Role::Warn,
        };
        let room = above.width.saturating_sub(2);
        let text = tame(&notice.sentence(scene.lang)).into_owned();
        put(buffer, (above.x + 1, above.y), room, &fit(&text, room, scene.marks.cut), scene.style(role));
    }
    None
}

/// As many keys as fit, each with its word; `?` leads to the others.
fn draw_hints(buffer: &mut Buffer, line: Rect, scene: &Scene<'_>) {
    let here = scope(scene.model);
    let (mut x, end) = (line.x + 1, line.right().saturating_sub(1));
    let hinted = keys::of(here).chain(keys::of(Scope::Everywhere));
    for (key, word) in hinted.filter_map(|key| Some((key.name(), key.hints(scene.lang)?))) {
        if x + width(&key) + 1 + width(word) > end {
            continue;
        }
        x += put(buffer, (x, line.y), end - x, &key, scene.style(Role::Key)) + 1;
        x += put(buffer, (x, line.y), end - x, word, scene.style(Role::Dim)) + 2;
    }
}

/// `/dat dai cho>15`; the end of a long text is shown.
fn draw_prompt(buffer: &mut Buffer, line: Rect, scene: &Scene<'_>, prompt: &Prompt) -> Position {
    buffer.set_style(line, scene.style(Role::Bar));
    let sign = match prompt.kind {
        PromptKind::Filter => "/",
        PromptKind::Jump => ":",
    };
    let x = line.x + 1;
    put(buffer, (x, line.y), 1, sign, scene.style(Role::Bar));
    let room = line.width.saturating_sub(4);
    let before = prompt.text.get(..prompt.cursor).unwrap_or(&prompt.text);
    let hidden = hidden_graphemes(before, room);
    let shown = &prompt.text[hidden..];
    put(buffer, (x + 2, line.y), room, shown, scene.style(Role::Bar));
    Position::new(x + 2 + width(&before[hidden..]), line.y)
}

/// Bytes at the beginning to be hidden, so that the cursor is within `room`.
fn hidden_graphemes(before: &str, room: u16) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    let starts = before.grapheme_indices(true).map(|(at, _)| at).chain([before.len()]);
    starts.into_iter().find(|at| width(&before[*at..]) < room.max(1)).unwrap_or(before.len())
}

/// One line over the prompt: what is wrong with the filter, where the jump would go, or examples.
fn draw_help_of_prompt(buffer: &mut Buffer, line: Rect, scene: &Scene<'_>, prompt: &Prompt) {
    let (text, role) = match prompt.kind {
        PromptKind::Filter => of_filter(scene),
        PromptKind::Jump => (of_jump(scene, &prompt.text), Role::Dim),
    };
    super::window::clear(buffer, line, scene);
    buffer.set_style(line, scene.style(Role::Bar));
    let room = line.width.saturating_sub(2);
    let style = scene.style(Role::Bar).patch(scene.style(role));
    put(buffer, (line.x + 1, line.y), room, &fit(&text, room, scene.marks.cut), style);
}

/// Where the jump would go; examples while nothing is typed.
fn of_jump(scene: &Scene<'_>, line: &str) -> String {
    let line = line.trim();
    if line.is_empty() {
        return scene.say(Word::JumpExamples).to_owned();
    }
    match jump_target(scene.model, line) {
        Some((pane, row)) => scene.fill(Word::JumpGoesTo, &[&format!("{} {row}", scene.pane_name(pane))]),
        None => format!("{} {} {}", scene.marks.missing, scene.marks.dot, scene.say(Word::JumpExamples)),
    }
}

fn of_filter(scene: &Scene<'_>) -> (String, Role) {
    let pane = scene.model.pane;
    let state = scene.model.pane_state(pane);
    if let Some(mistake) = &state.filter.mistake {
        return (mistake.sentence(scene.lang), Role::Warn);
    }
    if state.filter.text.trim().is_empty() {
        return (scene.say(Word::FilterExamples).to_owned(), Role::Dim);
    }
    let shown = scene.model.rows(pane).len().to_string();
    (scene.fill(Word::FilterShows, &[&shown, scene.pane_name(pane)]), Role::Dim)
}
