//! Which errors are the disk's.

use std::io;

use domain::storage::StorageState;

use crate::Error;

/// `EIO`: the device failed.
const INPUT_OUTPUT: i32 = 5;
/// `ENXIO`, `ENODEV`: the device is gone. `ESTALE`: the server of the file system lost the file.
const GONE: [i32; 3] = [6, 19, 116];

/// Why the disk takes nothing. None of these is final: room comes back, a file system is mounted
/// for writing again, a cable is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no room, or the quota is used up.
    NoRoom,
    /// The file system is mounted to be read only.
    ReadOnly,
    /// The device fails or is gone.
    Failing,
}

impl Refusal {
    /// What the system means; `None`: it is not about the disk's state.
    #[must_use]
    pub fn of_system(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::NoRoom),
            io::ErrorKind::ReadOnlyFilesystem => Some(Self::ReadOnly),
            _ => match error.raw_os_error() {
                Some(INPUT_OUTPUT) => Some(Self::Failing),
                Some(code) if GONE.contains(&code) => Some(Self::Failing),
                _ => None,
            },
        }
    }

    /// What an error of the journal means. A failed sync is none of these: it is final for the
    /// process that saw it.
    #[must_use]
    pub fn of_journal(error: &journal::Error) -> Option<Self> {
        match error {
            journal::Error::Io { source, .. } => Self::of_system(source),
            _ => None,
        }
    }

    /// What an error of the start means.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Journal(error) => Self::of_journal(error),
            Error::Place(error) => Self::of_system(error),
            _ => None,
        }
    }

    /// As the board names it.
    #[must_use]
    pub const fn state(self) -> StorageState {
        match self {
            Self::NoRoom => StorageState::Full,
            Self::ReadOnly => StorageState::ReadOnly,
            Self::Failing => StorageState::Failing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_s_errors_are_told_from_others() {
        let of = |code| Refusal::of_system(&io::Error::from_raw_os_error(code));
        assert_eq!([28, 122].map(of), [Some(Refusal::NoRoom); 2]);
        assert_eq!(of(30), Some(Refusal::ReadOnly));
        assert_eq!([5, 6, 19, 116].map(of), [Some(Refusal::Failing); 4]);
        assert_eq!([2, 13, 24].map(of), [None; 3], "a missing file, a permission, too many open files");
    }
}
