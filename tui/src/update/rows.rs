//! When rows are put in order: never under the cursor. The pane that the keys go to holds still
//! until ten seconds after the last key; the others follow the data, once a second.

use super::ORDER_HOLDS_MS;
use crate::filter::Seen;
use crate::model::{Model, Pane};
use crate::order::{hold, ordered, settle};

/// Rows that only look at the clock (the longest wait, the longest call) change places no oftener.
const SETTLE_EVERY_MS: u64 = 1_000;

/// Puts the rows of a pane in order now: a key asked for it.
pub fn refresh(model: &mut Model, pane: Pane) {
    let fresh = fresh(model, pane);
    settle(pane, model.pane_state_mut(pane), fresh);
}

/// The rows of every pane in order now.
pub fn refresh_all(model: &mut Model) {
    Pane::ALL.into_iter().for_each(|pane| refresh(model, pane));
}

/// The board or the dead letters changed.
pub fn data_came(model: &mut Model) {
    if model.frozen.is_none() {
        place(model);
    }
}

/// A second went by; whether rows changed their places.
pub fn tick(model: &mut Model) -> bool {
    if model.frozen.is_some() || !model.active().order_is_old || held(model) {
        return false;
    }
    refresh(model, model.pane);
    true
}

/// Whether the active pane holds still.
fn held(model: &Model) -> bool {
    // With something over the panes the cursor's row is being read or typed for.
    model.overlay.is_some() || model.key_ms.is_some_and(|key| model.now.mono_ms.saturating_sub(key) < ORDER_HOLDS_MS)
}

fn place(model: &mut Model) {
    let due = model.now.mono_ms.saturating_sub(model.memory.settled_ms) >= SETTLE_EVERY_MS;
    if due {
        model.memory.settled_ms = model.now.mono_ms;
    }
    let held = held(model);
    for pane in Pane::ALL {
        // A list that flows shows what is new at once.
        let flows = matches!(pane, Pane::Calls | Pane::DeadLetters | Pane::Alerts);
        let fresh = fresh(model, pane);
        let still = held && pane == model.pane;
        let state = model.pane_state_mut(pane);
        let first = state.order.is_empty();
        if first || (!still && (due || flows)) {
            settle(pane, state, fresh);
        } else {
            hold(state, &fresh);
        }
    }
}

fn fresh(model: &Model, pane: Pane) -> Vec<crate::model::RowId> {
    let (Some(board), Some(as_of)) = (model.shown(), model.shown_as_of()) else { return Vec::new() };
    let dead_letters = model.shown_dead_letters().letters();
    let seen = Seen { board, as_of, dead_letters, privacy: model.settings.privacy };
    let state = model.pane_state(pane);
    ordered(&seen, pane, state.sort, &state.filter)
}
