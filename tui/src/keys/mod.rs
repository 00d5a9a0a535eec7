//! The key table: which key does what, where. Dispatch, the help screen, the line of hints and the
//! table in `docs/tui.md` are all made from it.

mod ime;
mod stroke;
mod table;

use std::fmt::Write as _;

use crate::model::{Lang, Pane};

pub use ime::Typed;
pub use stroke::{Code, Stroke};
pub use table::TABLE;

/// What a key can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each stands in the table with its words")]
pub enum Command {
    Help,
    Back,
    Quit,
    Suspend,
    Redraw,
    Up,
    Down,
    Left,
    Right,
    Top,
    Bottom,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    Show(Pane),
    NextPane,
    PreviousPane,
    Detail,
    Follow,
    WhatIf,
    Expand,
    Filter,
    Jump,
    Sort,
    Reverse,
    Reorder,
    Freeze,
    Privacy,
    Bell,
    Language,
    Theme,
    Snapshot,
    Accept,
    Erase,
    EraseNext,
    EraseWord,
    EraseAll,
}

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere, before any other scope.
    Everywhere,
    /// The panes, with nothing over them.
    Panes,
    /// The help, the detail of a row, a what-if.
    Reading,
    /// The list of columns to sort by.
    Picking,
    /// A line being typed: every other character is typed into it.
    Typing,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where.
    pub scope: Scope,
    /// What it asks for.
    pub command: Command,
    /// The keys, the handiest first; at least one that no input method rewrites.
    pub strokes: &'static [Stroke],
    /// What it does, in Vietnamese and English.
    pub words: (&'static str, &'static str),
    /// A word or two for the line of hints; empty for what is not hinted at.
    pub hint: (&'static str, &'static str),
}

impl Key {
    /// What it does.
    #[must_use]
    pub const fn says(&self, lang: Lang) -> &'static str {
        lang.pick(self.words.0, self.words.1)
    }

    /// The word for the line of hints; `None` for what is not hinted at.
    #[must_use]
    pub const fn hints(&self, lang: Lang) -> Option<&'static str> {
        let hint = lang.pick(self.hint.0, self.hint.1);
        if hint.is_empty() { None } else { Some(hint) }
    }

    /// All its keys, as they are written: `? F1`.
    #[must_use]
    pub fn names(&self) -> String {
        let mut names = String::new();
        for stroke in self.strokes {
            // Writing into a String cannot fail.
            let _ = write!(names, "{}{stroke}", if names.is_empty() { "" } else { " " });
        }
        names
    }

    /// Its handiest key, as it is written.
    #[must_use]
    pub fn name(&self) -> String {
        self.strokes.first().map(Stroke::to_string).unwrap_or_default()
    }
}

/// The rows of a scope, in the table's order.
pub fn of(scope: Scope) -> impl Iterator<Item = &'static Key> {
    TABLE.iter().filter(move |key| key.scope == scope)
}

/// What a stroke asks for in a scope; `None` when it has no meaning there.
#[must_use]
pub fn command(scope: Scope, stroke: Stroke) -> Option<Command> {
    let in_scope = |wanted: Scope| {
        TABLE.iter().find(|key| key.scope == wanted && key.strokes.contains(&stroke)).map(|key| key.command)
    };
    in_scope(Scope::Everywhere).or_else(|| in_scope(scope))
}

/// The handiest key of a command where the panes are, for sentences ("`f` to go on").
#[must_use]
pub fn name_of(command: Command) -> String {
    TABLE.iter().find(|key| key.command == command).map(Key::name).unwrap_or_default()
}

/// The table as it stands in the guide, between its marks.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::new();
    for (scope, vi, en) in [
        (Scope::Panes, "Ở các bảng", "At the panes"),
        (Scope::Reading, "Ở trợ giúp, chi tiết và “nếu thêm quầy”", "In the help, the details and the what-if"),
        (Scope::Picking, "Khi chọn cột", "Picking a column"),
        (Scope::Typing, "Khi gõ", "Typing"),
        (Scope::Everywhere, "Ở mọi nơi", "Everywhere"),
    ] {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n**{vi}** · {en}\n\n| phím · key | việc | what it does |\n|---|---|---|\n");
        for key in of(scope) {
            let names: Vec<String> = key.strokes.iter().map(|stroke| format!("`{stroke}`")).collect();
            let _ = writeln!(text, "| {} | {} | {} |", names.join(" "), key.words.0, key.words.1);
        }
    }
    text
}

#[cfg(test)]
mod tests;
