//! The mouse: selects what could be selected by keys.

use super::command;
use crate::keys::Command;
use crate::message::Action;
use crate::model::{Model, Overlay};
use crate::view;

/// A click on a row selects it; on the selected row, shows its details.
pub fn click(model: &mut Model, column: u16, row: u16) -> Action {
    if model.overlay.is_some() {
        return Action::none();
    }
    let Some((pane, row)) = view::row_at(model, column, row) else { return Action::none() };
    model.key_ms = Some(model.now.mono_ms);
    if model.pane == pane && model.active().selected.as_ref() == Some(&row) {
        model.overlay = Some(Overlay::Detail { row, scroll: 0 });
        return Action::redraw();
    }
    let action = command::show(model, pane);
    command::select_row(model, pane, row);
    action
}

/// The wheel moves the cursor.
pub fn wheel(model: &mut Model, rows: i8) -> Action {
    model.key_ms = Some(model.now.mono_ms);
    let step = if rows < 0 { Command::Up } else { Command::Down };
    let mut action = Action::none();
    for _ in 0..rows.unsigned_abs() {
        action = command::obey(model, step);
    }
    action
}
