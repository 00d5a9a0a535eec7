//! The reserve: room that nobody else can take, for the day on which the disk is full.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};

const NAME: &str = "reserve";
/// Written where the file system cannot set bytes aside without.
const PORTION: usize = 256 * 1024;

/// A file of so many bytes beside the journal.
#[derive(Debug, Clone)]
pub struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    /// The reserve in this directory; nothing is made yet.
    #[must_use]
    pub fn new(dir: &Path, bytes: u64) -> Self {
        Self { path: dir.join(NAME), bytes }
    }

    /// How much it is.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is set aside.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.path.metadata().is_ok_and(|about| about.is_file() && about.len() == self.bytes)
    }

    /// Sets it aside, for real: the bytes are taken from the file system.
    ///
    /// # Errors
    /// What the system says; nothing is left behind then.
    pub fn make(&self) -> io::Result<()> {
        let unfinished = self.path.with_extension("new");
        let made = allocate(&unfinished, self.bytes).and_then(|()| fs::rename(&unfinished, &self.path));
        if made.is_err() {
            // Nothing to be removed is what is wanted.
            drop(fs::remove_file(&unfinished));
        }
        made
    }

    /// Gives it back to the file system. True: there was one.
    ///
    /// # Errors
    /// What the system says.
    pub fn release(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn allocate(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => {}
        Err(rustix::io::Errno::OPNOTSUPP) => {
            let portion = vec![0; PORTION];
            let mut left = bytes;
            while left > 0 {
                let now = usize::try_from(left).unwrap_or(PORTION).min(PORTION);
                file.write_all(&portion[..now])?;
                left -= now as u64;
            }
        }
        Err(error) => return Err(error.into()),
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn what_is_set_aside_is_taken_from_the_disk_and_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(dir.path(), 1 << 20);
        assert!(!reserve.is_there() && !reserve.release().unwrap());
        reserve.make().unwrap();
        assert!(reserve.is_there());
        assert!(dir.path().join(NAME).metadata().unwrap().blocks() * 512 >= 1 << 20, "a file of holes is no reserve");
        assert!(reserve.release().unwrap() && !reserve.is_there());
        assert!(Reserve::new(&dir.path().join("nowhere"), 1).make().is_err());
    }
}
