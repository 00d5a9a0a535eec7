//! Backups: one file with everything that cannot be made anew, and the way back.
//!
//! A backup is made while everything runs, restored in a folder of its own to prove that it can be,
//! and named only then. Its state hash is that of `motcua state-hash` over the journal up to the
//! manifest's last record.
//!
//! - `stage`: the journal, held still
//! - `source`: what else belongs to it
//! - `archive`, `manifest`, `sum`: the file, written and read
//! - `make`: all of it in order; `keep`: how many stay; `last`: what the newest one is known as
//! - `restore`: onto an empty machine
//! - `version`: before an upgrade, after a step back

mod archive;
mod keep;
pub mod last;
mod make;
mod manifest;
mod progress;
mod restore;
mod source;
mod stage;
mod sum;
pub mod version;

pub use make::{Made, Name, Order, Target, make, now};
pub use manifest::{JournalSpan, Manifest};
pub use progress::Progress;
pub use restore::{RESTORING, Restored, restore, verify};
pub use source::ConfigFiles;
pub use stage::holds_records;
