//! What can go wrong, each with the file and the record it happened to.

use std::io;
use std::path::PathBuf;

/// Why a journal cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another writer holds the directory.
    #[error("the journal {} is in use by another program: stop that one first", dir.display())]
    Locked {
        /// The journal's directory.
        dir: PathBuf,
    },
    /// A segment was written by a later version of this program.
    #[error("{} has journal format {found} and this program reads up to {known}: start the newer motcua that wrote it", file.display())]
    NewerFormat {
        /// The segment.
        file: PathBuf,
        /// The version in its header.
        found: u32,
        /// The newest version that this program reads.
        known: u32,
    },
    /// What was once written is not what can be read now.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The records asked for are no longer here.
    #[error("the journal {} begins with record {first}, and record {wanted} was asked for", dir.display())]
    Trimmed {
        /// The journal's directory.
        dir: PathBuf,
        /// The first record that is there.
        first: u64,
        /// The record that was asked for.
        wanted: u64,
    },
    /// A journal that is never trimmed does not begin with record 1.
    #[error(
        "the journal {} is damaged: its first segments are missing, records 1 to {}; put the files back, or let \
         `motcua restore` bring a backup back",
        dir.display(),
        first - 1
    )]
    MissingStart {
        /// The journal's directory.
        dir: PathBuf,
        /// The first record that is there.
        first: u64,
    },
    /// A record larger than the format can hold was appended. Nothing after it is written.
    #[error("record {offset} does not fit the journal: topic {topic_bytes} bytes, payload {payload_bytes} bytes")]
    TooLong {
        /// The offset that it was given.
        offset: u64,
        /// Length of its topic.
        topic_bytes: usize,
        /// Length of its payload.
        payload_bytes: usize,
    },
    /// A sync failed earlier. The system may have dropped the pages that it could not write and
    /// call them clean, so no later sync of this process proves anything.
    #[error("an earlier sync of the journal {} failed: check the disk and start again", dir.display())]
    SyncFailed {
        /// The journal's directory.
        dir: PathBuf,
    },
}

/// Where a journal is damaged, and how. What comes before [`Damage::offset`] can still be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is damaged at byte {position}, record {offset}: {fault}; the records before it are kept. \
     `motcua restore` brings a backup back; `motcua journal set-aside` starts again without that record \
     and all that came after it",
    file.display()
)]
pub struct Damage {
    /// The segment, or its archive.
    pub file: PathBuf,
    /// The byte at which the damaged record begins, in an archive that of the segment unpacked.
    pub position: u64,
    /// The damaged record.
    pub offset: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a damaged record or segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The segment's header is not one, or does not fit its name.
    #[error("the segment's header is not whole")]
    Header,
    /// A length that no record has.
    #[error("it says that it is {0} bytes long")]
    Length(u32),
    /// The bytes are not those that were written.
    #[error("its checksum does not match")]
    Checksum,
    /// Whole, but not the record that belongs here.
    #[error("record {found} stands in its place")]
    OutOfPlace {
        /// The offset that was found.
        found: u64,
    },
    /// The file ends inside the record although more was written after it.
    #[error("it is cut short, and more was written after it")]
    CutShort,
    /// The journal ends before this record, which is known to have been synced.
    #[error("it had been synced, and the journal ends before it")]
    Lost,
    /// The archive cannot be unpacked from here on, or is not the one that was written.
    #[error("its archive cannot be unpacked from here on")]
    Archive,
    /// The segment that begins with this record is not there.
    #[error("its segment is missing, the next one begins with record {found}")]
    MissingSegment {
        /// The first record of the next segment that is there.
        found: u64,
    },
}
