//! What SQLite says, as what to do about it.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::Error;
use crate::pack::Malformed;

/// What can go wrong inside the file, whose name is put to it at the door: see [`Context`].
#[derive(Debug)]
pub enum Fault {
    /// SQLite says no.
    Sql(rusqlite::Error),
    /// A row is not what was written; which one.
    Damaged(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fault {
    /// A row that does not decode, of a site's day.
    pub fn row(table: &str, place: impl std::fmt::Display, why: &Malformed) -> Self {
        Self::Damaged(format!("table {table}, {place} ({why})"))
    }
}

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

impl<T> Context<T> for Result<T, Fault> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|fault| match fault {
            Fault::Sql(error) => told(path, &error),
            Fault::Damaged(at) => damaged(path, &at),
        })
    }
}

fn told(path: &Path, error: &rusqlite::Error) -> Error {
    use rusqlite::Error as Sql;
    let is = |code| error.sqlite_error_code() == Some(code);
    let path = path.to_owned();
    if is(ErrorCode::DiskFull) {
        Error::Full { path }
    } else if is(ErrorCode::DatabaseBusy) || is(ErrorCode::DatabaseLocked) {
        Error::Locked { path }
    } else if is(ErrorCode::DatabaseCorrupt)
        || is(ErrorCode::NotADatabase)
        || matches!(
            error,
            Sql::FromSqlConversionFailure(..) | Sql::InvalidColumnType(..) | Sql::IntegralValueOutOfRange(..)
        )
    {
        Error::Damaged { path, at: error.to_string() }
    } else {
        Error::Store { path, why: error.to_string() }
    }
}

/// A row that does not decode.
pub fn damaged(path: &Path, at: &str) -> Error {
    Error::Damaged { path: path.to_owned(), at: at.to_owned() }
}
