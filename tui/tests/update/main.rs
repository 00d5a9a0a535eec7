//! From message to model: what the terminal does, without a terminal.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod jump;
mod keys;
mod link;
mod rows;
mod session;
mod typing;
mod what_if;

use domain::board::Board;
use tui::keys::{Code, Stroke};
use tui::message::{Action, Effect, Message, What};
use tui::model::{Model, Moment, Pane, RowId, Settings, Size};
use tui::sample;
use tui::update::update;

const SIZE: Size = Size { cols: 80, rows: 24 };

/// A terminal on the sample centre, and its clock.
struct Desk {
    model: Model,
    ms: u64,
}

impl Desk {
    fn new() -> Self {
        Self { model: sample::model(SIZE, Settings::default(), 40), ms: sample::HEARD_MS }
    }

    fn say(&mut self, what: What) -> Action {
        let at = Moment { mono_ms: self.ms, ..Moment::default() };
        update(&mut self.model, Message { at, what })
    }

    /// Types characters, one after the other.
    fn types(&mut self, keys: &str) -> Action {
        keys.chars().map(|c| self.say(What::Key(Stroke::char(c)))).last().unwrap()
    }

    fn press(&mut self, code: Code) -> Action {
        self.say(What::Key(Stroke::plain(code)))
    }

    /// Seconds go by, each with its tick.
    fn waits(&mut self, seconds: u64) -> Vec<Action> {
        let tick = |desk: &mut Self| {
            desk.ms += 1_000;
            desk.say(What::Tick)
        };
        (0..seconds).map(|_| tick(self)).collect()
    }

    /// The board changes, and is heard as a snapshot.
    fn hears(&mut self, change: impl FnOnce(&mut Board)) -> Action {
        let mut board = self.board().clone();
        board.seq += 1;
        change(&mut board);
        let text = serde_json::to_string(&domain::board::Message::Snapshot { seq: board.seq, board }).unwrap();
        self.say(What::Frame(text))
    }

    fn board(&self) -> &Board {
        self.model.board.as_deref().unwrap()
    }

    fn rows(&self, pane: Pane) -> Vec<String> {
        self.model.rows(pane).iter().map(ToString::to_string).collect()
    }

    fn selected(&self) -> Option<RowId> {
        self.model.active().selected.clone()
    }
}

fn counter(id: &str) -> RowId {
    RowId::Counter(id.parse().unwrap())
}

fn has(action: &Action, effect: &Effect) -> bool {
    action.effects.contains(effect)
}
