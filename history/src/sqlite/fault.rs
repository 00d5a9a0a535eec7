//! What SQLite says, as what to do about it.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::Error;

/// Puts the file's name to what went wrong with it.
pub trait Context<T> {
    /// The same, as an error of this crate.
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> Context<T> for rusqlite::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|error| told(path, &error))
    }
}

fn told(path: &Path, error: &rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged { path, at: error.to_string() },
        _ => match error {
            rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
                Error::Damaged { path, at: error.to_string() }
            }
            _ => Error::Store { path, why: error.to_string() },
        },
    }
}

/// A row that does not decode.
pub fn damaged(path: &Path, at: &str) -> Error {
    Error::Damaged { path: path.to_owned(), at: at.to_owned() }
}
