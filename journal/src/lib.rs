//! The journal: append-only segment files with checksums, one writer, any number of readers.
//!
//! It is the truth; boards, roll-ups and databases can be rebuilt from it. It knows bytes, offsets
//! and two times, and nothing of tickets or topics: what a record means is its writer's business.
//!
//! Architecture invariants:
//! - Every segment but the newest was synced before its successor was created, so a power cut can
//!   tear the end of the newest one only.
//! - A record counts as durable when [`Syncer::sync`] has returned its offset, not before.
//! - Nothing is ever thrown away: a torn tail is copied aside before it is cut, and an original goes
//!   only when its archive has been read back. Only [`Journal::trim_before`] removes records.
//! - Only `files.rs` touches the file system; the rest asks a [`Storage`].

mod archive;
mod archiving;
mod check;
mod directory;
mod error;
#[cfg(feature = "faulty")]
pub mod faulty;
mod files;
mod format;
mod mark;
mod primitives;
mod reader;
mod record;
mod recovery;
mod scan;
mod storage;
mod syncer;
mod verify;
mod walk;
mod writer;

pub use archiving::{Archived, SegmentInfo, archive_next, archive_next_on, segments, segments_on};
pub use check::{Checked, check, check_on, untrimmed};
pub use error::{Damage, Error, Fault};
pub use files::Files;
pub use format::{FORMAT_VERSION, MAX_PAYLOAD};
pub use reader::Reader;
pub use record::{NewRecord, Record};
pub use recovery::{Cut, Recovery};
pub use storage::{Access, Lock, New, Storage, StoredFile};
pub use syncer::Syncer;
pub use verify::{Progress, Report, SetAside, set_aside, set_aside_on, verify, verify_on};
pub use writer::{Journal, Options};
