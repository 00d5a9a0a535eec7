//! Messages that could not be used, as the server lists them.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::Trouble;

/// The dead letters as last asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum DeadLetters {
    /// Not asked for yet (they are, when their pane is opened).
    #[default]
    Unasked,
    /// The list.
    Known(DeadLetterList),
    /// The server did not give them.
    Refused(Trouble),
}

/// The server's list, newest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeadLetterList {
    /// All there are; the list holds the newest.
    pub total: u64,
    /// Newest first.
    pub dead_letters: Vec<DeadLetter>,
}

/// One message that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its place in the journal: unique.
    pub offset: u64,
    /// When it was received.
    pub rx: Timestamp,
    /// Its topic.
    pub topic: String,
    /// Reason code.
    pub reason: String,
    /// What was wrong, in words.
    #[serde(default)]
    pub detail: Option<String>,
    /// Its first bytes as text.
    #[serde(default)]
    pub payload: Option<String>,
}

impl DeadLetters {
    /// The letters, newest first; none when the list is not known.
    #[must_use]
    pub fn letters(&self) -> &[DeadLetter] {
        match self {
            Self::Known(list) => &list.dead_letters,
            Self::Unasked | Self::Refused(_) => &[],
        }
    }
}
