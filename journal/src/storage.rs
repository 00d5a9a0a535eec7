//! What the journal asks of the place where its files lie.
//!
//! On a machine that is a directory; in tests it is a disk in memory that loses and damages what
//! was not synced.
//!
//! What the journal relies on, and what a storage therefore has to keep:
//! - what was written before a [`StoredFile::sync`] that succeeded is there after a power cut;
//! - what [`Storage::create`], [`Storage::rename`] and [`Storage::remove`] did to names before a
//!   [`Storage::sync_names`] that succeeded holds after a power cut;
//! - a rename is seen whole or not at all.

use std::fmt::Debug;
use std::io;
use std::path::Path;

/// A directory of files, without directories inside.
pub trait Storage: Debug + Send + Sync {
    /// How errors name it.
    fn root(&self) -> &Path;

    /// Creates it where it is missing, so that it survives a power cut.
    ///
    /// # Errors
    /// What the system says.
    fn create_root(&self) -> io::Result<()>;

    /// The names of all files, in any order.
    ///
    /// # Errors
    /// What the system says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file that is there.
    ///
    /// # Errors
    /// `NotFound` where it is not, or what the system says.
    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn StoredFile>>;

    /// Creates a file to read and write.
    ///
    /// # Errors
    /// `AlreadyExists` where it is there and `new` is [`New::Only`], or what the system says.
    fn create(&self, name: &str, new: New) -> io::Result<Box<dyn StoredFile>>;

    /// Gives a file another name; a file that had that name is gone.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file's name away. Who has it open keeps it.
    ///
    /// # Errors
    /// `NotFound` where it is not, or what the system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Waits until every name is on the disk as it is now.
    ///
    /// # Errors
    /// What the system says.
    fn sync_names(&self) -> io::Result<()>;

    /// Locks the file `name`, creating it where it is missing; `None` when somebody else holds it.
    ///
    /// # Errors
    /// What the system says.
    fn lock(&self, name: &str) -> io::Result<Option<Lock>>;
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read only.
    Read,
    /// To read and to write.
    Write,
}

/// Which file may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// Only one that is not there.
    Only,
    /// One that is there is emptied.
    OrEmptied,
}

/// An open file.
pub trait StoredFile: Debug + Send + Sync {
    /// How many bytes it has.
    ///
    /// # Errors
    /// What the system says.
    fn size(&self) -> io::Result<u64>;

    /// Reads some bytes from `position`, perhaps fewer than there are; 0 only at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `position`.
    ///
    /// # Errors
    /// What the system says; then any part of it may have been written.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;

    /// Waits until everything written so far is on the disk.
    ///
    /// # Errors
    /// What the system says. It may have forgotten what it could not write.
    fn sync(&self) -> io::Result<()>;

    /// Cuts the file at `len` and waits until that is on the disk.
    ///
    /// # Errors
    /// What the system says.
    fn cut(&self, len: u64) -> io::Result<()>;
}

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock is what it holds")] Box<dyn Held>);

/// Anything whose end ends a lock.
trait Held: Debug + Send + Sync {}

impl<T: Debug + Send + Sync> Held for T {}

impl Lock {
    /// A lock that ends when `held` is dropped.
    pub fn new(held: impl Debug + Send + Sync + 'static) -> Self {
        Self(Box::new(held))
    }
}
