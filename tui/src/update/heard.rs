//! What the server says, or does not say any more.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Timestamp;
use domain::board::{Board, Message as Said, fold};

use super::rows;
use crate::attention::{Level, level_of};
use crate::message::{Action, Effect};
use crate::model::{Bell, DeadLetterList, DeadLetters, Link, Model, Pane, Trouble, sees_all};

/// The list is asked for again no sooner.
const DEAD_LETTERS_EVERY_MS: u64 = 10_000;
/// The server takes ten demands in ten seconds.
const RESYNC_EVERY_MS: u64 = 2_000;
/// So long a board that is older than the one shown is not believed to be all there is.
const OLDER_FOR_MS: u64 = 5_000;

/// The WebSocket is open; whether the server lives is known when it speaks.
pub fn opened(model: &mut Model) -> Action {
    model.memory.awaits_snapshot = false;
    Action::none()
}

/// A text of the WebSocket.
pub fn frame(model: &mut Model, text: &str) -> Action {
    let said = match serde_json::from_str(text) {
        Ok(said) => said,
        Err(error) => return not_understood(model, &error),
    };
    match said {
        Said::Snapshot { board, .. } => {
            if is_older(model, &board) {
                // No demand: the newer one comes by itself, or is asked for with the next second.
                model.memory.awaits_snapshot = true;
                return alive(model);
            }
            model.memory.awaits_snapshot = false;
            let as_of = board.as_of;
            model.board = Some(Arc::new(board));
            heard(model, as_of)
        }
        Said::Delta(_) if model.memory.awaits_snapshot => alive(model),
        Said::Delta(delta) => match model.board.as_mut().map(|board| fold(Arc::make_mut(board), delta)) {
            Some(Ok(())) => {
                let as_of = model.board.as_ref().map_or(Timestamp::MIN, |board| board.as_of);
                heard(model, as_of)
            }
            Some(Err(_)) | None => alive(model).and(ask_snapshot(model)),
        },
        Said::Alive { as_of, seq } => match &model.board {
            Some(board) if board.seq == seq => heard(model, as_of),
            // Something was missed: what is shown is not of `as_of`.
            _ if model.memory.awaits_snapshot => alive(model),
            _ => alive(model).and(ask_snapshot(model)),
        },
    }
}

/// Whether a snapshot is of an earlier moment than the board shown. A server that has just begun
/// may have only what was kept up to a second ago, and `seq` only grows; for a while the board
/// shown is the better truth. Not for long: should a server count anew, it is still the server.
fn is_older(model: &mut Model, board: &Board) -> bool {
    if model.board.as_ref().is_none_or(|shown| shown.seq <= board.seq) {
        model.memory.older_since_ms = None;
        return false;
    }
    let since = *model.memory.older_since_ms.get_or_insert(model.now.mono_ms);
    if model.now.mono_ms.saturating_sub(since) < OLDER_FOR_MS {
        return true;
    }
    model.memory.older_since_ms = None;
    false
}

/// Asks for a snapshot; until it comes deltas are of no use.
fn ask_snapshot(model: &mut Model) -> Effect {
    model.memory.awaits_snapshot = true;
    model.memory.resync_asked_ms = model.now.mono_ms;
    Effect::Resync
}

/// A snapshot that does not come is asked for again: none, when it is not due.
pub fn ask_snapshot_again(model: &mut Model) -> Option<Effect> {
    let since = model.now.mono_ms.saturating_sub(model.memory.resync_asked_ms);
    let due = model.memory.awaits_snapshot && model.board.is_some() && since >= RESYNC_EVERY_MS;
    due.then(|| ask_snapshot(model))
}

/// A message of a type unknown here is of a newer server and says nothing to us; one that is
/// broken is told, and the truth asked for.
fn not_understood(model: &mut Model, error: &serde_json::Error) -> Action {
    if error.to_string().starts_with("unknown variant") {
        return alive(model);
    }
    let why = Trouble::NotUnderstood { detail: error.to_string() };
    let (since, attempts) = lost_since(model);
    model.link = Link::Lost { since, why, attempts };
    Action::redraw().and(ask_snapshot(model))
}

/// Since when nothing true has been heard, and how many attempts there were since.
fn lost_since(model: &Model) -> (Option<Timestamp>, u32) {
    match &model.link {
        Link::Lost { since, attempts, .. } => (*since, *attempts),
        Link::Stale { since } => (*since, 0),
        Link::Live | Link::Connecting => (model.as_of, 0),
    }
}

/// The server spoke, and what is shown is its truth of `as_of`.
fn heard(model: &mut Model, as_of: Timestamp) -> Action {
    let link_changed = !model.link.is_live();
    model.link = Link::Live;
    model.as_of = Some(as_of);
    model.heard_ms = Some(model.now.mono_ms);
    model.memory.age_drawn_s = Some(0);
    if let Some(board) = &model.board {
        model.trends.take(board, as_of);
    }
    rows::data_came(model);
    let mut action = Action::redraw_if(link_changed || model.frozen.is_none());
    if rings(model) {
        action = action.and(Effect::Bell);
    }
    if dead_letters_are_due(model) {
        action = action.and(ask_dead_letters(model));
    }
    action
}

/// The server spoke, but a snapshot is awaited: it lives, and what is shown grows old.
fn alive(model: &mut Model) -> Action {
    Action::redraw_if(!model.link.is_live())
}

/// The WebSocket is gone, or could not be opened.
pub fn lost(model: &mut Model, why: Trouble) -> Action {
    let (since, attempts) = lost_since(model);
    model.link = Link::Lost { since, why, attempts: attempts.saturating_add(1) };
    model.memory.awaits_snapshot = false;
    Action::redraw()
}

/// Whether an alert came that the bell is to ring for. What was there before the first board, or
/// before a link came back, rings once at most.
fn rings(model: &mut Model) -> bool {
    let Some(board) = &model.board else { return false };
    let now: BTreeSet<String> = board.alerts.iter().map(|alert| alert.alert.clone()).collect();
    let known = model.memory.alerts_known.replace(now);
    let Some(known) = known else { return false };
    let least = match model.settings.bell {
        Bell::Off => return false,
        Bell::Critical => Level::Critical,
        Bell::Warning => Level::Warning,
    };
    let new = board.alerts.iter().filter(|alert| !known.contains(&alert.alert) && alert.acknowledged_by.is_none());
    new.filter(|alert| alert.severity != "info").any(|alert| level_of(&alert.severity) >= least)
}

/// Whether the list of dead letters should be asked for: its pane is looked at, and the board
/// counts others than the list has.
pub fn dead_letters_are_due(model: &Model) -> bool {
    if model.pane != Pane::DeadLetters || !model.link.is_live() {
        return false;
    }
    // Whom the board does not tell how many there are is not given the list either.
    if model.board.as_deref().is_some_and(|board| !sees_all(board)) {
        return false;
    }
    let since = model.memory.dead_letters_asked_ms.map(|asked| model.now.mono_ms.saturating_sub(asked));
    let counted = model.board.as_ref().and_then(|board: &Arc<Board>| board.ingest).map(|ingest| ingest.dead_letter);
    match (&model.dead_letters, since) {
        (_, None) => true,
        (_, Some(ms)) if ms < DEAD_LETTERS_EVERY_MS => false,
        (DeadLetters::Known(list), _) => counted.is_some_and(|counted| counted != list.total),
        (DeadLetters::Unasked | DeadLetters::Refused(_), _) => true,
    }
}

/// Asks for the list.
pub fn ask_dead_letters(model: &mut Model) -> Effect {
    model.memory.dead_letters_asked_ms = Some(model.now.mono_ms);
    Effect::AskDeadLetters
}

/// The list came, or did not.
pub fn dead_letters(model: &mut Model, answer: Result<DeadLetterList, Trouble>) -> Action {
    model.dead_letters = match answer {
        Ok(list) => DeadLetters::Known(list),
        Err(why) => DeadLetters::Refused(why),
    };
    rows::data_came(model);
    Action::redraw_if(model.frozen.is_none())
}
