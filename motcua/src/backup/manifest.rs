//! What a backup says of itself: a head before everything else, a manifest after it.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The format that this program writes, and the newest one that it reads.
pub const FORMAT: u32 = 1;
/// The first entry of a backup.
pub const HEAD: &str = "motcua-backup.json";
/// The last entry of a backup: where it is missing, the file ends early.
pub const MANIFEST: &str = "manifest.json";

/// The first entry: enough to know whether the rest can be read. Later formats may add fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// See [`FORMAT`].
    pub format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// Name of the machine it was written on.
    pub host: String,
    /// When it was begun.
    pub created: Timestamp,
}

/// The last entry: what must have been found before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The head once more.
    #[serde(flatten)]
    pub head: Head,
    /// What is in the journal.
    pub journal: JournalSpan,
    /// The hash of the state that follows from that journal, as `motcua state-hash` prints it.
    pub state_hash: String,
    /// Path of the installation's file among the entries; `None` for an installation without one.
    pub config: Option<String>,
    /// Every other entry by its path.
    pub files: BTreeMap<String, FileSum>,
}

/// Which records a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalSpan {
    /// Offset of the first record.
    pub first: u64,
    /// Offset of the last record; one less than `first` where there is none.
    pub last: u64,
}

impl JournalSpan {
    /// How many records there are.
    #[must_use]
    pub const fn records(self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }
}

/// What tells a file from every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Its length.
    pub bytes: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
}
