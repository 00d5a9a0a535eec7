//! The journal: append-only segment files with checksums, one writer, any number of readers.
//!
//! It is the truth; boards, roll-ups and databases can be rebuilt from it. It knows bytes, offsets
//! and two times, and nothing of tickets or topics: what a record means is its writer's business.
//!
//! Architecture invariants:
//! - Every segment but the newest was synced before its successor was created, so a power cut can
//!   tear the end of the newest one only.
//! - A record counts as durable when [`Syncer::sync`] has returned its offset, not before.
//! - Nothing is ever thrown away: a torn tail is copied aside before it is cut.
//! - Only `files.rs` touches the file system; the rest asks a [`Storage`].

mod archive;
mod archiving;
mod directory;
mod error;
#[cfg(feature = "faulty")]
pub mod faulty;
mod files;
mod format;
mod mark;
mod primitives;
mod reader;
mod recovery;
mod scan;
mod storage;
mod syncer;
mod verify;
mod walk;
mod writer;

pub use archiving::{Archived, SegmentInfo, archive_next, archive_next_on, segments, segments_on};
pub use error::{Damage, Error, Fault};
pub use files::Files;
pub use format::{FORMAT_VERSION, MAX_PAYLOAD};
pub use reader::Reader;
pub use recovery::{Cut, Recovery};
pub use storage::{Access, Lock, New, Storage, StoredFile};
pub use syncer::Syncer;
pub use verify::{Progress, Report, SetAside, set_aside, set_aside_on, verify, verify_on};
pub use writer::{Journal, Options};

/// One record as it stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number: from 1, one more for each record, never used twice for a durable one.
    pub offset: u64,
    /// What it is; the writer's own code.
    pub kind: u8,
    /// When it was received, in Unix milliseconds.
    pub rx_ms: i64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// Where it came from.
    pub topic: &'a [u8],
    /// What was said, byte for byte.
    pub payload: &'a [u8],
}

/// A record that is about to be appended; the journal gives it its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// What it is; the writer's own code.
    pub kind: u8,
    /// When it was received, in Unix milliseconds. Its local day decides the segment.
    pub rx_ms: i64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// Where it came from; at most 65,535 bytes, like any MQTT topic.
    pub topic: &'a [u8],
    /// What was said; at most [`MAX_PAYLOAD`] bytes.
    pub payload: &'a [u8],
}
