//! What the commands of the key table do.

use domain::Timestamp;
use jiff::tz::TimeZone;

use super::csv::{self, csv};
use super::{heard, prompt, rows, say, what_if};
use crate::keys::Command;
use crate::message::{Action, Effect};
use crate::model::{Bell, Frozen, Lang, Model, NoticeKind, NoticeText, Overlay, Pane, PromptKind, RowId, Sort, Theme};
use crate::view;

/// Lines by which long texts scroll at a time; the view holds the last line on the screen.
const FAR: usize = 10;

/// Does what a key asked for.
pub fn obey(model: &mut Model, command: Command) -> Action {
    match command {
        Command::Quit => return Action::none().and(Effect::Quit),
        Command::Suspend => return Action::none().and(Effect::Suspend),
        Command::Redraw => return Action::redraw().and(Effect::Clear),
        Command::Snapshot => return snapshot(model),
        _ => {}
    }
    match model.overlay.take() {
        None => at_panes(model, command),
        Some(Overlay::Help { scroll }) => {
            model.overlay = scrolled(scroll, command).map(|scroll| Overlay::Help { scroll });
            Action::redraw()
        }
        Some(Overlay::Detail { row, scroll }) => {
            model.overlay = scrolled(scroll, command).map(|scroll| Overlay::Detail { row, scroll });
            Action::redraw()
        }
        Some(Overlay::WhatIf { asked, scroll }) => what_if::obey(model, asked, scroll, command),
        Some(Overlay::SortPicker { index }) => picking(model, index, command),
        // Typing has its own way (`prompt`).
        Some(prompt @ Overlay::Prompt(_)) => {
            model.overlay = Some(prompt);
            Action::none()
        }
    }
}

/// Where a text stands after a command; `None` when it is closed.
pub fn scrolled(scroll: usize, command: Command) -> Option<usize> {
    match command {
        Command::Up => Some(scroll.saturating_sub(1)),
        Command::Down => Some(scroll + 1),
        Command::PageUp => Some(scroll.saturating_sub(FAR)),
        Command::PageDown => Some(scroll + FAR),
        Command::Top => Some(0),
        Command::Bottom => Some(usize::MAX / 2),
        Command::Back => None,
        _ => Some(scroll),
    }
}

fn at_panes(model: &mut Model, command: Command) -> Action {
    match command {
        Command::Up | Command::Down | Command::Left | Command::Right => step(model, command),
        Command::Top | Command::Bottom | Command::PageUp | Command::PageDown => step(model, command),
        Command::HalfUp | Command::HalfDown => step(model, command),
        Command::Show(pane) => return show(model, pane),
        Command::NextPane => return show(model, beside(model.pane, 1)),
        Command::PreviousPane => return show(model, beside(model.pane, Pane::ALL.len() - 1)),
        Command::Help => model.overlay = Some(Overlay::Help { scroll: 0 }),
        Command::Filter => prompt::open(model, PromptKind::Filter),
        Command::Jump => prompt::open(model, PromptKind::Jump),
        Command::Sort => open_picker(model),
        Command::Detail => return detail(model),
        Command::Follow => return super::jump::follow(model),
        Command::WhatIf => return what_if::open(model),
        Command::Expand => model.expanded = !model.expanded,
        Command::Freeze => freeze(model),
        Command::Back => return back(model),
        Command::Reorder => rows::refresh(model, model.pane),
        Command::Reverse => {
            let pane = model.pane;
            let sort = &mut model.pane_state_mut(pane).sort;
            sort.reversed = !sort.reversed;
            rows::refresh(model, pane);
        }
        Command::Language => {
            model.settings.lang = if model.settings.lang == Lang::Vi { Lang::En } else { Lang::Vi };
            model.chosen.lang = Some(model.settings.lang);
        }
        Command::Theme => {
            model.settings.theme = if model.settings.theme == Theme::Dark { Theme::Light } else { Theme::Dark };
            model.chosen.theme = Some(model.settings.theme);
        }
        Command::Privacy => return privacy(model),
        Command::Bell => return bell(model),
        _ => return Action::none(),
    }
    Action::redraw()
}

fn beside(pane: Pane, by: usize) -> Pane {
    Pane::ALL[(pane.index() + by) % Pane::ALL.len()]
}

/// Gives the keys to a pane.
pub fn show(model: &mut Model, pane: Pane) -> Action {
    model.pane = pane;
    let action = Action::redraw();
    if heard::dead_letters_are_due(model) { action.and(heard::ask_dead_letters(model)) } else { action }
}

/// Moves the cursor. The first step shows it, on the first row.
fn step(model: &mut Model, command: Command) {
    let page = view::page(model);
    let pane = model.pane;
    let Some(last) = model.rows(pane).len().checked_sub(1) else { return };
    let to = match (model.selected_index(pane), command) {
        (_, Command::Top) => 0,
        (_, Command::Bottom) => last,
        (None, _) => 0,
        (Some(at), Command::Up) => at.saturating_sub(1),
        (Some(at), Command::Down) => at + 1,
        (Some(at), Command::Left) if page.columns > 1 => at.checked_sub(page.rows).unwrap_or(at),
        (Some(at), Command::Right) if page.columns > 1 && at / page.rows < last / page.rows => at + page.rows,
        (Some(at), Command::PageUp) => at.saturating_sub(page.rows * page.columns),
        (Some(at), Command::PageDown) => at + page.rows * page.columns,
        (Some(at), Command::HalfUp) => at.saturating_sub((page.rows / 2).max(1)),
        (Some(at), Command::HalfDown) => at + (page.rows / 2).max(1),
        (Some(at), _) => at,
    };
    select(model, pane, to.min(last));
}

/// Puts the cursor on a row by its place, and scrolls as little as needed.
pub fn select(model: &mut Model, pane: Pane, place: usize) {
    let page = view::page(model);
    let state = model.pane_state_mut(pane);
    state.selected = state.order.get(place).cloned();
    let scroll = model.first_row(pane, page.rows * page.columns);
    model.pane_state_mut(pane).scroll = scroll;
}

/// Puts the cursor on a row by what it is of.
pub fn select_row(model: &mut Model, pane: Pane, row: RowId) {
    model.pane_state_mut(pane).selected = Some(row);
    if let Some(place) = model.selected_index(pane) {
        select(model, pane, place);
    }
}

fn detail(model: &mut Model) -> Action {
    let pane = model.pane;
    if model.selected_index(pane).is_none() {
        step(model, Command::Top);
    }
    match model.active().selected.clone() {
        Some(row) => {
            model.overlay = Some(Overlay::Detail { row, scroll: 0 });
            Action::redraw()
        }
        None => say(model, NoticeKind::Failed, NoticeText::NothingToShow),
    }
}

/// Holds the view still, or lets it go on.
fn freeze(model: &mut Model) {
    model.frozen = match model.frozen.take() {
        Some(_) => None,
        None => {
            Some(Frozen { board: model.board.clone(), as_of: model.as_of, dead_letters: model.dead_letters.clone() })
        }
    };
    if model.frozen.is_none() {
        rows::refresh_all(model);
    }
}

/// The filter first, because it hides rows; then the whole screen; then the cursor.
fn back(model: &mut Model) -> Action {
    let pane = model.pane;
    if !model.active().filter.text.is_empty() {
        prompt::set_filter(model, "");
    } else if model.expanded {
        model.expanded = false;
    } else {
        model.pane_state_mut(pane).selected = None;
        model.notice = None;
    }
    Action::redraw()
}

fn privacy(model: &mut Model) -> Action {
    model.settings.privacy = !model.settings.privacy;
    model.chosen.privacy = model.settings.privacy;
    // A filter or an order by names must not give them away.
    rows::refresh_all(model);
    let now = model.settings.privacy;
    say(model, NoticeKind::Done, NoticeText::Privacy(now))
}

fn bell(model: &mut Model) -> Action {
    model.settings.bell = match model.settings.bell {
        Bell::Critical => Bell::Warning,
        Bell::Warning => Bell::Off,
        Bell::Off => Bell::Critical,
    };
    model.chosen.bell = Some(model.settings.bell);
    let now = model.settings.bell;
    say(model, NoticeKind::Done, NoticeText::Bell(now))
}

fn open_picker(model: &mut Model) {
    let now = model.active().sort.column;
    let index = model.pane.columns().iter().position(|column| *column == now).unwrap_or_default();
    model.overlay = Some(Overlay::SortPicker { index });
}

fn picking(model: &mut Model, index: usize, command: Command) -> Action {
    let pane = model.pane;
    let columns = pane.columns();
    let last = columns.len() - 1;
    let stays = |index: usize| Some(Overlay::SortPicker { index });
    model.overlay = match command {
        Command::Up => stays(index.checked_sub(1).unwrap_or(last)),
        Command::Down => stays(if index < last { index + 1 } else { 0 }),
        Command::Top => stays(0),
        Command::Bottom => stays(last),
        Command::Accept | Command::Reverse => {
            let column = columns[index.min(last)];
            let before = model.active().sort;
            // The same column once more turns it round.
            let again = before.column == column && command == Command::Accept;
            let reversed = if again { !before.reversed } else { command == Command::Reverse };
            model.pane_state_mut(pane).sort = Sort { column, reversed };
            rows::refresh(model, pane);
            None
        }
        Command::Back => None,
        _ => stays(index),
    };
    Action::redraw()
}

/// The screen and the pane, to be saved. The name has the time of what is shown.
fn snapshot(model: &mut Model) -> Action {
    let (Some(board), Some(as_of)) = (model.shown(), model.shown_as_of()) else {
        return say(model, NoticeKind::Failed, NoticeText::NothingToShow);
    };
    let stem = format!("{}-{}-{}", board.site, csv::name(model.pane), stamp(as_of, model.time_zone()));
    let csv = csv(model, model.pane);
    Action::none().and(Effect::Save { stem, csv })
}

/// `20261123-093000` in the site's zone; `20261123-023000Z` where the zone is not known.
fn stamp(at: Timestamp, zone: &str) -> String {
    let local = TimeZone::get(zone).ok().zip(jiff::Timestamp::from_millisecond(at.ms()).ok());
    match local {
        Some((zone, at)) => at.to_zoned(zone).strftime("%Y%m%d-%H%M%S").to_string(),
        None => {
            let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
            let (day, time) = digits.split_at(8);
            format!("{day}-{time}Z")
        }
    }
}
