//! What lies over the panes.

use super::{RowId, WhatIf};

/// What lies over the panes, and takes the keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The keys, from the key table.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// All that is known of one row.
    Detail {
        /// Which; it may leave the board meanwhile.
        row: RowId,
        /// First line shown.
        scroll: usize,
    },
    /// What would be with more counters for a service.
    WhatIf {
        /// What was asked.
        asked: WhatIf,
        /// First line shown.
        scroll: usize,
    },
    /// The columns of the active pane, to sort by one.
    SortPicker {
        /// Place in `Pane::columns`.
        index: usize,
    },
    /// A line being typed.
    Prompt(Prompt),
}

/// A line being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// For what.
    pub kind: PromptKind,
    /// As typed so far (any Unicode, composed or not).
    pub text: String,
    /// Bytes of `text` before the cursor, at a character's edge.
    pub cursor: usize,
    /// The pane's filter before, for `Esc`.
    pub before: String,
}

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// `/`: filters the active pane while it is typed.
    Filter,
    /// `:`: goes to a counter, a ticket, a service, a device, a pane.
    Jump,
}
