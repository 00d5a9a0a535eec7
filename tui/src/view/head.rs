//! The three lines at the top: where and when, what is the matter, the figures of the whole hall.
//!
//! ```text
//!  Trung tâm Phục vụ hành chính công Tam Kỳ         ! 3   ● trực tiếp   1 s   08:41:07
//!  ! Đất đai: 7 người chờ, lâu nhất 31′ · Quầy 7: rảnh 12′ khi 4 người chờ
//!  Chờ 87 · lâu nhất 31′ · gọi 112/15′ · Quầy 31/40 · Hài lòng 97% · Thiết bị 71/72 · thư chết 0
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::scene::Scene;
use super::table::level_role;
use super::text::{fit, put, tame, width};
use super::{figures, matter};
use crate::attention::Level;
use crate::keys::{Command, name_of};
use crate::model::{Link, Pane};
use crate::theme::Role;
use crate::words::Word;

/// Draws the three lines over `area`.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    draw_bar(buffer, area, scene);
    draw_news(buffer, Rect { y: area.y + 1, ..area }, scene);
    draw_figures(buffer, Rect { y: area.y + 2, ..area }, scene);
}

/// The name of the centre; at the right, places that never move: how many things want a person,
/// the link and the age of what is shown, the server's clock.
fn draw_bar(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let bar = scene.style(Role::Bar);
    buffer.set_style(Rect { height: 1, ..area }, bar);
    let (link, role) = link(scene);
    let clock = scene.model.as_of.map_or_else(|| scene.marks.missing.repeat(8), |at| scene.clock(at));
    let zone = if scene.zone_is_known() || scene.board.is_none() { "" } else { " UTC" };
    let clock = format!(" {clock}{zone} ");
    let mut x = area.right().saturating_sub(width(&clock));
    put(buffer, (x, area.y), width(&clock), &clock, bar.patch(scene.style(Role::Title)).bg(bar.bg.unwrap_or_default()));
    x = x.saturating_sub(width(&link));
    put(buffer, (x, area.y), width(&link), &link, if role == Role::Bar { bar } else { scene.style(role) });
    let matters = matter::worst_first(scene);
    if let Some(worst) = matters.first() {
        let text = format!(" {} {} ", scene.marks.trouble, matters.len());
        x = x.saturating_sub(width(&text) + 1);
        // On the bar's own ground, unless something is critical.
        let style = bar.patch(Style { bg: None, ..scene.style(level_role(worst.level())) });
        let style = if worst.level() == Level::Critical { scene.style(Role::Bad) } else { style };
        put(buffer, (x, area.y), width(&text), &text, style);
    }
    if scene.model.frozen.is_some() {
        let text = format!(" {} ", scene.say(Word::FrozenShort));
        x = x.saturating_sub(width(&text) + 1);
        put(buffer, (x, area.y), width(&text), &text, scene.style(Role::Notice));
    }
    let name = scene.board.map_or(scene.model.server.site.as_str(), |board| &board.name);
    let room = x.saturating_sub(area.x + 2);
    put(buffer, (area.x + 1, area.y), room, &fit(&tame(name), room, scene.marks.cut), bar);
}

/// `● trực tiếp   1 s`; the age has its columns whether it needs them or not.
fn link(scene: &Scene<'_>) -> (String, Role) {
    let age = scene.model.age_ms().map_or_else(
        || scene.marks.missing.to_owned(),
        |age| figures::age(i64::try_from(age).unwrap_or(i64::MAX), scene.marks),
    );
    let (mark, word, role) = match &scene.model.link {
        Link::Connecting => (scene.marks.idle, Word::Connecting, Role::Bar),
        Link::Live => (scene.marks.alive, Word::Live, Role::Bar),
        Link::Stale { .. } => (scene.marks.gone, Word::Stale, Role::Bad),
        Link::Lost { .. } => (scene.marks.gone, Word::LinkLost, Role::Bad),
    };
    (format!(" {mark} {} {age:>5} ", scene.say(word)), role)
}

/// The line that says what one should know before reading on: the link is lost; the view is held
/// still; otherwise what is the matter in the hall, the worst first.
fn draw_news(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let line = Rect { height: 1, ..area };
    if let Some(text) = link_news(scene) {
        buffer.set_style(line, scene.style(Role::Bad));
        put_line(buffer, line, scene, &text, Role::Bad);
        return;
    }
    if let Some(frozen) = &scene.model.frozen {
        let at = frozen.as_of.map_or_else(|| scene.marks.missing.to_owned(), |at| scene.clock(at));
        let text = scene.fill(Word::Frozen, &[&at, &name_of(Command::Freeze)]);
        buffer.set_style(line, scene.style(Role::Notice));
        put_line(buffer, line, scene, &text, Role::Notice);
        return;
    }
    if scene.board.is_none() {
        return;
    }
    draw_matters(buffer, line, scene);
}

/// Why what is shown is not of now; `None` while it is.
fn link_news(scene: &Scene<'_>) -> Option<String> {
    let since = |at: &Option<_>| at.map(|at| scene.hour_minute(at));
    match &scene.model.link {
        Link::Live | Link::Connecting => None,
        Link::Stale { since: at } => {
            let at = since(at).unwrap_or_else(|| scene.marks.missing.to_owned());
            Some(scene.fill(Word::SilentSince, &[&at]))
        }
        Link::Lost { since: at, why, .. } => {
            let why = why.sentence(scene.lang);
            Some(match since(at) {
                Some(at) => {
                    let (lost, then) = (scene.fill(Word::LinkLostSince, &[&at]), scene.say(Word::FiguresOfThen));
                    format!("{lost}, {then} {} {why}", scene.marks.dot)
                }
                None => why,
            })
        }
    }
}

fn put_line(buffer: &mut Buffer, line: Rect, scene: &Scene<'_>, text: &str, role: Role) {
    let room = line.width.saturating_sub(2);
    put(buffer, (line.x + 1, line.y), room, &fit(text, room, scene.marks.cut), scene.style(role));
}

/// As many matters as fit, whole.
fn draw_matters(buffer: &mut Buffer, line: Rect, scene: &Scene<'_>) {
    let matters = matter::worst_first(scene);
    if matters.is_empty() {
        let (word, role) = match scene.is_withheld(Pane::Alerts) {
            true => (Word::AllWellAsFarAsSeen, Role::Dim),
            false => (Word::AllWell, Role::Good),
        };
        return put_line(buffer, line, scene, scene.say(word), role);
    }
    let (mut x, end) = (line.x + 1, line.right() - 1);
    for (at, matter) in matters.iter().enumerate() {
        let text = matter::sentence(scene, matter);
        let room = end.saturating_sub(x);
        if at > 0 && width(&text) + 4 > room {
            break;
        }
        x += put(buffer, (x, line.y), room, scene.marks.trouble, scene.style(level_role(matter.level()))) + 1;
        let room = end.saturating_sub(x);
        x += put(buffer, (x, line.y), room, &fit(&text, room, scene.marks.cut), scene.style(Role::Text)) + 2;
    }
}

/// The figures of the whole hall, as many as fit.
fn draw_figures(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let (mut x, end) = (area.x + 1, area.right() - 1);
    for (at, (caption, value, role)) in super::hall::figures(scene).into_iter().enumerate() {
        let caption = format!("{caption} ");
        let gap = if at > 0 { 3 } else { 0 };
        if x + gap + width(&caption) + width(&value) > end {
            break;
        }
        if at > 0 {
            put(buffer, (x + 1, area.y), 1, scene.marks.dot, scene.style(Role::Line));
            x += gap;
        }
        x += put(buffer, (x, area.y), end - x, &caption, scene.style(Role::Dim));
        x += put(buffer, (x, area.y), end - x, &value, scene.style(role));
    }
}
