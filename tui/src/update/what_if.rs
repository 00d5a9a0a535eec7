//! What would be with more counters: asked when a key wants it, and shown when it is answered.

use domain::ServiceId;
use domain::outlook::Answer;

use super::say;
use crate::keys::Command;
use crate::message::{Action, Effect};
use crate::model::{
    MOST_MORE, Model, NoticeKind, NoticeText, Overlay, Pane, RowId, Trouble, WhatIf, WhatIfAnswer, sees_all,
};

/// Opens the window for the service that the cursor stands for.
pub fn open(model: &mut Model) -> Action {
    match service(model) {
        Some(service) => ask(model, service, 1),
        None => say(model, NoticeKind::Failed, NoticeText::NothingToShow),
    }
}

/// The service under the cursor; that of the counter under it; else the first of the services.
fn service(model: &Model) -> Option<ServiceId> {
    let first = || match model.rows(Pane::Services).first() {
        Some(RowId::Service(id)) => Some(*id),
        _ => None,
    };
    match &model.active().selected {
        Some(RowId::Service(id)) => Some(*id),
        Some(RowId::Counter(id)) => {
            let row = model.shown()?.counters.iter().find(|row| row.counter == *id)?;
            row.services.first().copied()
        }
        _ => first(),
    }
}

fn ask(model: &mut Model, service: ServiceId, more: u32) -> Action {
    let mut asked = WhatIf::asked(service, more);
    // Whom the server does not give the whole board it does not answer either.
    let may = model.board.as_deref().is_none_or(sees_all);
    if !may {
        asked.answer = WhatIfAnswer::Refused(Trouble::Forbidden);
    }
    model.overlay = Some(Overlay::WhatIf { asked, scroll: 0 });
    let action = Action::redraw();
    if may { action.and(Effect::AskWhatIf { service, more }) } else { action }
}

/// A key in the window. One question at a time: while one is asked, the next is not.
pub fn obey(model: &mut Model, asked: WhatIf, scroll: usize, command: Command) -> Action {
    if command == Command::WhatIf && asked.answer != WhatIfAnswer::Asked {
        return ask(model, asked.service, asked.more % MOST_MORE + 1);
    }
    model.overlay = super::command::scrolled(scroll, command).map(|scroll| Overlay::WhatIf { asked, scroll });
    Action::redraw()
}

/// An answer came. One to a question that nobody looks at any more is dropped.
pub fn heard(model: &mut Model, service: ServiceId, more: u32, answer: Result<Answer, Trouble>) -> Action {
    match &mut model.overlay {
        Some(Overlay::WhatIf { asked, .. }) if (asked.service, asked.more) == (service, more) => {
            asked.answer = match answer {
                Ok(answer) => WhatIfAnswer::Known(Box::new(answer)),
                Err(why) => WhatIfAnswer::Refused(why),
            };
            Action::redraw()
        }
        _ => Action::none(),
    }
}
