//! What is known to have been synced, beside the segments.
//!
//! Segments alone cannot tell a torn tail from the loss of records that had been promised, where
//! nothing was written after them. So the newest durable offset is kept in a file of its own. It is
//! written after each sync and not synced itself: it may be behind, never ahead, and so it proves
//! loss and never denies it. All numbers are little-endian:
//!
//! ```text
//! 0  8  magic "motcuaS\n"   8  8  offset   16  4  zero   20  4  CRC-32C of 0..20
//! ```

use std::io;

use crate::Error;
use crate::directory::{Directory, SegmentFile};
use crate::storage::{Access, New};

const NAME: &str = "synced";
const MAGIC: [u8; 8] = *b"motcuaS\n";
const LEN: usize = 24;

/// The file, open to be written. One write of one sector: it is never seen half-written.
#[derive(Debug)]
pub(crate) struct Mark(SegmentFile);

fn encode(offset: u64) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..16].copy_from_slice(&offset.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

impl Mark {
    /// The newest record that is known to have been synced; 0 where nothing is known.
    pub fn read(dir: &Directory) -> Result<u64, Error> {
        let file = match dir.open(NAME, Access::Read) {
            Ok(file) => file,
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut bytes = [0; LEN];
        file.read_at(&mut bytes, 0)?;
        let offset = u64::from_le_bytes(std::array::from_fn(|i| bytes[8 + i]));
        // One that is not whole proves nothing.
        Ok(if bytes == encode(offset) { offset } else { 0 })
    }

    /// Opens the file, creating it where it is missing, and sets it to `offset`.
    pub fn open(dir: &Directory, offset: u64) -> Result<Self, Error> {
        let mark = match dir.open(NAME, Access::Write) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                dir.create_file(NAME, New::OrEmptied)?
            }
            opened => opened?,
        };
        mark.write_at(&encode(offset), 0)?;
        Ok(Self(mark))
    }

    /// Everything up to `offset` has been synced.
    pub fn set(&self, offset: u64) {
        // It is evidence for later and no promise to anybody; without it things are as they were
        // before there was one.
        drop(self.0.write_at(&encode(offset), 0));
    }

    /// Sets it back to `offset`, durably.
    pub fn set_back(dir: &Directory, offset: u64) -> Result<(), Error> {
        Self::open(dir, offset)?.0.sync()
    }
}
