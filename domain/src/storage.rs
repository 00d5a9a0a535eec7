//! How much room is left for what must not be lost: the board's `storage`.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The state of the disk under the journal, as supervisors see it on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// How it stands.
    pub state: StorageState,
    /// Since when it stands so.
    pub since: Timestamp,
    /// Whether what comes in is made durable and acknowledged. False: devices keep what they say
    /// until there is room.
    pub accepting: bool,
    /// Whole days until the disk is full, at the journal's growth of the last days; `null` when
    /// that is not known.
    pub days_left: Option<u32>,
    /// Bytes that can still be written, without the reserve; `null` when not measured yet.
    pub free_bytes: Option<u64>,
    /// When the newest verified backup was made; `null`: there is none.
    pub backup_at: Option<Timestamp>,
}

/// How the disk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageState {
    /// There is room.
    Ok,
    /// Room is running out; derived data are being removed.
    Low,
    /// There is no room but the reserve, or not even that.
    Full,
    /// The file system takes no writes at all.
    ReadOnly,
    /// The disk refuses writes for another reason.
    Failing,
}

impl StorageState {
    /// All of them, the best first.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Low, Self::Full, Self::ReadOnly, Self::Failing];

    /// Its name on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Low => "low",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
            Self::Failing => "failing",
        }
    }

    /// Whether somebody has to act at once: there is no room, or no writing.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Full | Self::ReadOnly | Self::Failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_wire() {
        for state in StorageState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.code());
        }
    }
}
