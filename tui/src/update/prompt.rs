//! A line being typed: the filter, which works while it is typed, and the jump.

use super::{jump, rows};
use crate::filter::Filter;
use crate::keys::{self, Command, Scope, Stroke};
use crate::message::{Action, Effect};
use crate::model::{Model, Overlay, Prompt, PromptKind};

/// A line is typed by a person: longer ones are cut.
const LONGEST: usize = 200;
/// Lines of a kind that are kept for the next time.
const LINES_KEPT: usize = 20;

/// Opens a line.
pub fn open(model: &mut Model, kind: PromptKind) {
    model.memory.recalled = 0;
    let before = model.active().filter.text.clone();
    let text = match kind {
        PromptKind::Filter => before.clone(),
        PromptKind::Jump => String::new(),
    };
    model.overlay = Some(Overlay::Prompt(Prompt { kind, cursor: text.len(), text, before }));
}

/// Sets the filter of the active pane.
pub fn set_filter(model: &mut Model, text: &str) {
    let pane = model.pane;
    model.pane_state_mut(pane).filter = Filter::new(text);
    rows::refresh(model, pane);
}

/// A key while a line is typed.
pub fn key(model: &mut Model, stroke: Stroke) -> Action {
    let Some(Overlay::Prompt(prompt)) = &mut model.overlay else { return Action::none() };
    match (keys::command(Scope::Typing, stroke), stroke.typed()) {
        (Some(command), _) => return obey(model, command),
        (None, Some(c)) => insert(prompt, c.encode_utf8(&mut [0; 4])),
        (None, None) => return Action::none(),
    }
    edited(model)
}

/// Pasted text: into the line that is typed, otherwise nowhere (it is not a row of commands).
pub fn paste(model: &mut Model, text: &str) -> Action {
    let Some(Overlay::Prompt(prompt)) = &mut model.overlay else { return Action::none() };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    insert(prompt, line.trim());
    edited(model)
}

fn insert(prompt: &mut Prompt, text: &str) {
    for c in text.chars().filter(|c| !c.is_control()) {
        if prompt.text.len() + c.len_utf8() > LONGEST {
            return;
        }
        prompt.text.insert(prompt.cursor, c);
        prompt.cursor += c.len_utf8();
    }
}

fn obey(model: &mut Model, command: Command) -> Action {
    match command {
        Command::Accept => return accept(model),
        Command::Back => return leave(model),
        // Everywhere means everywhere.
        Command::Quit => return Action::none().and(Effect::Quit),
        Command::Suspend => return Action::none().and(Effect::Suspend),
        Command::Redraw | Command::Snapshot => return super::command::obey(model, command),
        Command::Up => recall(model, 1),
        Command::Down => recall(model, -1),
        _ => {}
    }
    if let Some(Overlay::Prompt(prompt)) = &mut model.overlay {
        edit(prompt, command);
    }
    edited(model)
}

fn edit(prompt: &mut Prompt, command: Command) {
    let (before, after) = prompt.text.split_at(prompt.cursor);
    let back = before.chars().next_back().map_or(0, char::len_utf8);
    let forth = after.chars().next().map_or(0, char::len_utf8);
    match command {
        Command::Left => prompt.cursor -= back,
        Command::Right => prompt.cursor += forth,
        Command::Top => prompt.cursor = 0,
        Command::Bottom => prompt.cursor = prompt.text.len(),
        Command::Erase => cut(prompt, prompt.cursor - back, prompt.cursor),
        Command::EraseNext => cut(prompt, prompt.cursor, prompt.cursor + forth),
        Command::EraseWord => {
            let word = before.trim_end();
            let begin = word.rfind(' ').map_or(0, |space| space + 1);
            cut(prompt, begin, prompt.cursor);
        }
        Command::EraseAll => cut(prompt, 0, prompt.text.len()),
        _ => {}
    }
}

fn cut(prompt: &mut Prompt, begin: usize, end: usize) {
    prompt.text.replace_range(begin..end, "");
    prompt.cursor = begin;
}

/// Takes an earlier line, or a later one; beyond the newest is an empty one.
fn recall(model: &mut Model, back: isize) {
    let Some(Overlay::Prompt(prompt)) = &mut model.overlay else { return };
    let lines = match prompt.kind {
        PromptKind::Filter => &model.memory.filters,
        PromptKind::Jump => &model.memory.jumps,
    };
    let to = model.memory.recalled.saturating_add_signed(back).min(lines.len());
    if to != model.memory.recalled {
        model.memory.recalled = to;
        prompt.text = lines.len().checked_sub(to).and_then(|at| lines.get(at)).cloned().unwrap_or_default();
        prompt.cursor = prompt.text.len();
    }
}

/// Keeps a line for the next time.
fn keep(lines: &mut Vec<String>, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    lines.retain(|kept| kept != line);
    lines.push(line.to_owned());
    // The oldest is forgotten.
    if lines.len() > LINES_KEPT {
        lines.remove(0);
    }
}

/// The line changed: a filter works at once.
fn edited(model: &mut Model) -> Action {
    if let Some(Overlay::Prompt(Prompt { kind: PromptKind::Filter, text, .. })) = &model.overlay {
        let text = text.clone();
        set_filter(model, &text);
    }
    Action::redraw()
}

fn accept(model: &mut Model) -> Action {
    match model.overlay.take() {
        Some(Overlay::Prompt(Prompt { kind: PromptKind::Jump, text, .. })) => {
            keep(&mut model.memory.jumps, &text);
            jump::jump(model, &text)
        }
        Some(Overlay::Prompt(Prompt { kind: PromptKind::Filter, text, .. })) => {
            keep(&mut model.memory.filters, &text);
            Action::redraw()
        }
        _ => Action::redraw(),
    }
}

fn leave(model: &mut Model) -> Action {
    if let Some(Overlay::Prompt(Prompt { kind: PromptKind::Filter, before, .. })) = model.overlay.take() {
        set_filter(model, &before);
    }
    Action::redraw()
}
