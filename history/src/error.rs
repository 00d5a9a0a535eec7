//! What can go wrong with history, in one sentence each.

use std::path::PathBuf;

/// Why history could not be kept or asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened, read or written.
    #[error("the history in {} cannot be used: {why}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// There is no room left for it. What was not written is written on the next try.
    #[error("the disk of the history in {} is full: free some space; what is missing is written then", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds its lock.
    #[error("the history in {} is locked by another program: end it (a copy that is being made, an open sqlite3), or wait", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a later version.
    #[error("the history in {} has format {found}, this program knows {known}: use a newer motcua, or move the file away and run `motcua rebuild-history`", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// A stored row does not decode.
    #[error("the history in {} is damaged at {at}: run `motcua rebuild-history`", path.display())]
    Damaged {
        /// The file, or the address of the store.
        path: PathBuf,
        /// The row.
        at: String,
    },
    /// InfluxDB cannot be reached or refuses.
    #[error("InfluxDB at {url}: {why}")]
    Influx {
        /// Its address, without credentials.
        url: String,
        /// What happened, and what to do.
        why: String,
    },
    /// What was asked cannot be answered: whoever asked has to ask otherwise.
    #[error(transparent)]
    Question(#[from] crate::answer::Mistake),
}
