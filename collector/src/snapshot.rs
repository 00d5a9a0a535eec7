//! Snapshots: the state after some record of the journal, so that a start replays only what came
//! after it. A cache and nothing more: one that is missing, damaged, of another version or not of
//! this journal is passed over, and the journal gives the same state.
//!
//! A file is one header and one body. All numbers are little-endian.
//!
//! ```text
//!  0  8  magic "motcuaS\n"        24  4  print of the record at that offset
//!  8  4  format version           28  4  CRC-32C of 0..28 and of the body
//! 12  4  zero                     32  8  length of the body
//! 16  8  offset in the journal    40     body: postcard of `Body`
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use journal::{Reader, Record};
use serde::{Deserialize, Serialize};

use crate::flow::{SiteIx, SiteState};
use crate::ingest::DoorState;

/// Grows with every change of what a snapshot holds. Another version's is passed over: the journal
/// is the truth, and it is read by every version.
pub const FORMAT_VERSION: u32 = 4;

/// As many are kept: the newest, and one more in case it turns out to be damaged.
const KEPT: usize = 2;
const MAGIC: [u8; 8] = *b"motcuaS\n";
const HEADER: usize = 40;
const SUFFIX: &str = ".snapshot";

/// The state after the record `offset` of the journal.
#[derive(Debug)]
pub struct Snapshot {
    /// The last record that is in it.
    pub offset: u64,
    /// Tells that record from another journal's.
    pub print: u32,
    /// What it holds.
    pub body: Body,
}

/// What a snapshot holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Body {
    /// The greatest `seq` base that a board has counted from.
    pub seq_base: u64,
    /// Whether the time was the recorded one (`--clock event`): the other gives other boards.
    pub recorded_time: bool,
    /// The door: what came in.
    pub door: DoorState,
    /// The dataflow: what follows from it, of the sites whose first business day has begun.
    pub sites: Vec<(SiteIx, SiteState)>,
}

/// Why a snapshot cannot be used. It is passed over, and the journal is replayed from further back.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Not what was written.
    #[error("it is damaged")]
    Damaged,
    /// Written by another version of the program.
    #[error("it was written in format {found}; this program reads {FORMAT_VERSION}")]
    OtherFormat {
        /// Its format.
        found: u32,
    },
    /// Its bytes are whole, and mean nothing to this program.
    #[error("it does not hold what this program writes: {0}")]
    Strange(String),
    /// Boards followed another clock (`--clock`) when it was taken.
    #[error("it was taken with another --clock")]
    OtherClock,
    /// The journal does not hold the record that it ends with.
    #[error("it is of another journal, or of records that a power cut took away")]
    NotOfThisJournal,
}

/// Where snapshots lie.
#[must_use]
pub fn dir_of(data_dir: &Path) -> PathBuf {
    data_dir.join("snapshots")
}

/// Tells one record from another.
#[must_use]
pub fn print_of(record: &Record<'_>) -> u32 {
    let head = crc32c::crc32c(&record.rx_ms.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(head, record.topic), record.payload)
}

/// The snapshots in `dir`, the newest first, with the offsets that their names tell.
///
/// # Errors
/// When the directory is there and cannot be listed.
pub fn list(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SUFFIX));
        if let Some(offset) = name.and_then(|name| name.parse().ok()) {
            found.push((offset, path));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// The newest snapshot that can be used with the journal in `journal_dir`; those that cannot are
/// named in the log. `recorded_time`: only one taken with that clock.
#[must_use]
pub fn newest(dir: &Path, journal_dir: &Path, recorded_time: Option<bool>) -> Option<Snapshot> {
    let found = list(dir).unwrap_or_else(|error| {
        tracing::warn!(dir = %dir.display(), %error, "The snapshots cannot be listed.");
        Vec::new()
    });
    found.into_iter().find_map(|(_, path)| match read(&path).and_then(|snapshot| snapshot.fitting(journal_dir, recorded_time)) {
        Ok(snapshot) => Some(snapshot),
        Err(why) => {
            tracing::warn!(file = %path.display(), %why, "A snapshot is passed over; more of the journal is replayed.");
            None
        }
    })
}

/// The last record of a whole snapshot that reaches over the journal's last record `end`, and its
/// file. A snapshot is written only of records that are on the disk: those in between were there, and
/// are gone.
#[must_use]
pub fn beyond(dir: &Path, end: u64) -> Option<(u64, PathBuf)> {
    let (offset, path) = list(dir).ok()?.into_iter().next()?;
    (offset > end && read(&path).is_ok()).then_some((offset, path))
}

/// Removes the snapshots that reach over the journal's last record `end`: what lies behind it was put
/// aside on purpose.
///
/// # Errors
/// When one cannot be removed.
pub fn forget_beyond(dir: &Path, end: u64) -> io::Result<()> {
    list(dir)?.into_iter().filter(|(offset, _)| *offset > end).try_for_each(|(_, path)| fs::remove_file(path))
}

/// Reads a snapshot.
///
/// # Errors
/// See [`Unusable`].
pub fn read(path: &Path) -> Result<Snapshot, Unusable> {
    decode(&fs::read(path)?)
}

/// Takes the bytes of a snapshot apart.
///
/// # Errors
/// See [`Unusable`].
pub fn decode(bytes: &[u8]) -> Result<Snapshot, Unusable> {
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(Unusable::Damaged)?;
    let (word, long) = (|at: usize| u32_at(header, at), |at: usize| u64_at(header, at));
    if header[..8] != MAGIC {
        return Err(Unusable::Damaged);
    }
    // A later format may put its checksum elsewhere.
    if word(8) != FORMAT_VERSION {
        return Err(Unusable::OtherFormat { found: word(8) });
    }
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header[..28]), body);
    if long(32) != body.len() as u64 || word(28) != crc {
        return Err(Unusable::Damaged);
    }
    let body: Body = postcard::from_bytes(body).map_err(|error| Unusable::Strange(error.to_string()))?;
    for (_, state) in &body.sites {
        state.check().map_err(Unusable::Strange)?;
    }
    Ok(Snapshot { offset: long(16), print: word(24), body })
}

impl Snapshot {
    /// The bytes of its file.
    ///
    /// # Errors
    /// When it is too large for this machine's memory.
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.offset.to_le_bytes());
        bytes.extend_from_slice(&self.print.to_le_bytes());
        bytes.resize(HEADER, 0);
        let mut bytes = postcard::to_extend(&self.body, bytes)?;
        let (header, body) = bytes.split_at_mut(HEADER);
        let crc = crc32c::crc32c_append(crc32c::crc32c(&header[..28]), body);
        header[28..32].copy_from_slice(&crc.to_le_bytes());
        header[32..40].copy_from_slice(&(body.len() as u64).to_le_bytes());
        Ok(bytes)
    }

    /// Writes it into `dir` and lets go of the oldest, and of those that reach further: their records
    /// were cut or set aside since, or this one would not be the newest. The file has its name only
    /// when all of it is on the disk. Returns its size, bytes.
    ///
    /// # Errors
    /// When the disk does not take it; what was there stays.
    pub fn write(&self, dir: &Path) -> io::Result<u64> {
        fs::create_dir_all(dir)?;
        let bytes = self.encode().map_err(io::Error::other)?;
        let unfinished = dir.join("snapshot.new");
        let mut file = File::create(&unfinished)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, dir.join(format!("{:020}{SUFFIX}", self.offset)))?;
        File::open(dir)?.sync_all()?;
        let (ahead, rest): (Vec<_>, Vec<_>) = list(dir)?.into_iter().partition(|(offset, _)| *offset > self.offset);
        for (_, useless) in ahead.into_iter().chain(rest.into_iter().skip(KEPT)) {
            fs::remove_file(useless)?;
        }
        Ok(bytes.len() as u64)
    }

    /// Itself, if the journal holds the record that it ends with.
    fn fitting(self, journal_dir: &Path, recorded_time: Option<bool>) -> Result<Self, Unusable> {
        if recorded_time.is_some_and(|recorded| recorded != self.body.recorded_time) {
            return Err(Unusable::OtherClock);
        }
        let found = Reader::open(journal_dir, self.offset)
            .and_then(|mut reader| reader.next_record().map(|record| record.map(|record| print_of(&record))));
        if found.is_ok_and(|print| print == Some(self.print)) { Ok(self) } else { Err(Unusable::NotOfThisJournal) }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
}
