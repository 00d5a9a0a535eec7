//! Devices' events to live boards: ingest, journal, dataflow, live topics.
//!
//! The only crate that names timely. [`topology`] shows every stage and channel on one screen;
//! [`flow`] holds one operator a file; the rules they carry are the crate `domain`'s.

pub mod acks;
pub mod device_clocks;
pub mod disk;
pub mod engine;
pub mod flow;
pub mod history;
pub mod host_clock;
pub mod ingest;
pub mod ops;
pub mod pacer;
pub mod publish;
pub mod record;
pub mod recover;
pub mod rerun;
mod run;
pub mod snapshot;
pub mod sync;
pub mod topology;
pub mod training;
pub mod version;

pub use run::run;

/// The collector accepts events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// Sites that it serves.
    pub sites: usize,
}

/// Why the collector cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// The data are not this program's to write.
    #[error(transparent)]
    Version(#[from] version::VersionError),
    /// Site files are wrong.
    #[error("{0}")]
    Mistakes(#[from] mqtt_config::settings::Mistakes),
    /// The journal cannot be opened or read, or is damaged.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The journal ends before records that were on the disk.
    #[error(
        "{}: records {} to {last} are missing at the journal's end, and they were on the disk: {} reaches so far; put the \
         journal's files back or restore the newest backup; to go on with what is left, delete that snapshot",
        dir.display(), end + 1, file.display()
    )]
    Lost {
        /// The journal.
        dir: std::path::PathBuf,
        /// Its last record.
        end: u64,
        /// The snapshot's last record.
        last: u64,
        /// The snapshot.
        file: std::path::PathBuf,
    },
    /// The journal holds what this version does not know.
    #[error(transparent)]
    Replay(#[from] ingest::ReplayError),
    /// The disk no longer takes what it is given.
    #[error(
        "the journal cannot be written to the disk any more: {0}; nothing more is acknowledged, and devices send again what is missing"
    )]
    Disk(String),
    /// The place of the data takes nothing.
    #[error("the data directory cannot be written: {0}; make room on the disk, or have it mounted for writing")]
    Place(#[source] std::io::Error),
    /// The dataflow cannot go on.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    /// The system has no thread to give.
    #[error("no thread could be started: {0}")]
    Thread(#[from] std::io::Error),
    /// History cannot be kept or made anew.
    #[error(transparent)]
    History(#[from] ::history::Error),
    /// An operation's output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[source] std::io::Error),
}

impl Error {
    /// Whether the configuration is at fault, or the program is older than its data, so that a
    /// restart is of no use (exit code 64).
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        matches!(self, Self::Configuration(_) | Self::Mistakes(_) | Self::Version(version::VersionError::Newer { .. }))
    }
}
