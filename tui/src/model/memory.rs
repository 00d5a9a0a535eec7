//! What `update` keeps in mind from message to message.

use std::collections::BTreeSet;

use crate::keys::Typed;

/// What `update` keeps in mind from message to message; nothing of it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// What an input method may still rewrite.
    pub typed: Typed,
    /// Lines that were typed before, the newest last.
    pub filters: Vec<String>,
    /// The same for jumps.
    pub jumps: Vec<String>,
    /// How many lines back the one in the prompt was taken from; 0 is the line being typed.
    pub recalled: usize,
    /// A delta did not follow the board: a snapshot was asked for, deltas until then are of no use.
    pub awaits_snapshot: bool,
    /// When a snapshot was last asked for.
    pub resync_asked_ms: u64,
    /// Since when the server has been giving a board that is older than the one shown.
    pub older_since_ms: Option<u64>,
    /// Alerts that the bell has rung for, or that were there before.
    pub alerts_known: Option<BTreeSet<String>>,
    /// When the dead letters were last asked for.
    pub dead_letters_asked_ms: Option<u64>,
    /// When rows were last put in order by data alone.
    pub settled_ms: u64,
    /// The age, in seconds, that was last drawn.
    pub age_drawn_s: Option<u64>,
}
