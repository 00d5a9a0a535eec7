//! From one model to the next: pure, so that the same messages give the same screen.

mod command;
mod csv;
mod heard;
mod jump;
mod pointer;
mod prompt;
mod rows;
mod what_if;

use crate::keys::{Scope, Stroke};
use crate::message::{Action, Effect, Message, What};
use crate::model::{Link, Model, Notice, NoticeKind, NoticeText, Overlay};

pub use csv::csv;
pub use jump::target as jump_target;
pub use rows::refresh;

/// A server that lives says something every five seconds: after this long it is not believed to.
pub const STALE_AFTER_MS: u64 = 8_000;
/// After this long without a key rows may change their order by themselves.
pub const ORDER_HOLDS_MS: u64 = 10_000;
/// How long a notice stays.
const NOTICE_MS: u64 = 6_000;

/// Takes in what happened, and says what is to be done.
pub fn update(model: &mut Model, message: Message) -> Action {
    // Time only goes forward, whatever a recording says.
    if message.at.mono_ms >= model.now.mono_ms {
        model.now = message.at;
    }
    match message.what {
        What::Key(stroke) => key(model, stroke),
        What::Paste(text) => prompt::paste(model, &text),
        What::Click { column, row } => pointer::click(model, column, row),
        What::Wheel(rows) => pointer::wheel(model, rows),
        What::Size(size) => {
            model.size = size;
            Action::redraw().and(Effect::Clear)
        }
        What::Opened => heard::opened(model),
        What::Frame(text) => heard::frame(model, &text),
        What::Lost(why) => heard::lost(model, why),
        What::DeadLetters(answer) => heard::dead_letters(model, answer),
        What::Answered { service, more, answer } => what_if::heard(model, service, more, answer),
        What::Saved(Ok(path)) => say(model, NoticeKind::Done, NoticeText::Saved { path }),
        What::Saved(Err(why)) => say(model, NoticeKind::Failed, NoticeText::NotSaved { why }),
        What::Resumed => Action::redraw().and(Effect::Clear),
        What::Tick => tick(model),
    }
}

fn key(model: &mut Model, stroke: Stroke) -> Action {
    model.key_ms = Some(model.now.mono_ms);
    let scope = scope(model);
    if scope == Scope::Typing {
        return prompt::key(model, stroke);
    }
    match model.memory.typed.meaning(scope, stroke) {
        Some(command) => command::obey(model, command),
        None => Action::none(),
    }
}

/// Where the keys go.
#[must_use]
pub fn scope(model: &Model) -> Scope {
    match model.overlay {
        None => Scope::Panes,
        Some(Overlay::Help { .. } | Overlay::Detail { .. } | Overlay::WhatIf { .. }) => Scope::Reading,
        Some(Overlay::SortPicker { .. }) => Scope::Picking,
        Some(Overlay::Prompt(_)) => Scope::Typing,
    }
}

/// Says something on the line under the panes.
fn say(model: &mut Model, kind: NoticeKind, text: NoticeText) -> Action {
    model.notice = Some(Notice { kind, text, until_ms: model.now.mono_ms + NOTICE_MS });
    Action::redraw()
}

/// A second went by: what time alone changes.
fn tick(model: &mut Model) -> Action {
    let mut changed = false;
    if model.link == Link::Live && model.age_ms().is_some_and(|age| age > STALE_AFTER_MS) {
        model.link = Link::Stale { since: model.as_of };
        changed = true;
    }
    if model.notice.as_ref().is_some_and(|notice| notice.until_ms <= model.now.mono_ms) {
        model.notice = None;
        changed = true;
    }
    changed |= rows::tick(model);
    // An age is drawn in seconds.
    let age_s = model.age_ms().map(|age| age / 1_000);
    if age_s != model.memory.age_drawn_s {
        model.memory.age_drawn_s = age_s;
        changed = true;
    }
    let mut action = Action::redraw_if(changed);
    if let Some(again) = heard::ask_snapshot_again(model) {
        action = action.and(again);
    }
    if heard::dead_letters_are_due(model) {
        action = action.and(heard::ask_dead_letters(model));
    }
    action
}
