//! The one writer.

use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::config::SiteConfig;
use domain::facts::Date;
use domain::history::Day;
use rusqlite::{Connection, OptionalExtension};

use super::fault::Context;
use super::{Backlog, LetGo, Options, Retention, TableSize, Written, outbox, schema};
use crate::Error;

/// A store that is written to. There is one for a file.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    options: Options,
}

impl Store {
    /// Opens the file, and makes it and its directory where there are none.
    ///
    /// # Errors
    /// When the file cannot be used, is of a later version, or is no history.
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        Ok(Self { db: schema::open(path)?, path: path.to_owned(), options })
    }

    /// The journal's offset up to which everything is written; `None`: nothing yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cursor(&self) -> Result<Option<u64>, Error> {
        let found: Option<i64> = self
            .db
            .query_row("SELECT value FROM meta WHERE name = 'cursor'", [], |row| row.get(0))
            .optional()
            .at(&self.path)?;
        Ok(found.map(i64::cast_unsigned))
    }

    /// Writes whole days, and that the journal is written up to `cursor`: all of it or nothing. Only
    /// what differs from what is there changes.
    ///
    /// # Errors
    /// When the file cannot be written: nothing has changed then, and the same may be tried again.
    pub fn write(&mut self, days: &[(SiteId, Day)], cursor: u64) -> Result<Written, Error> {
        let _ = (days, cursor, self.options);
        Err(self.unfinished())
    }

    /// Takes over the display names of a site's newest configuration. What is no longer in it keeps
    /// the name that it had.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure(&mut self, config: &SiteConfig) -> Result<(), Error> {
        let _ = config;
        Err(self.unfinished())
    }

    /// Removes what is older than `retention` allows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn let_go(&mut self, today: Date, retention: &Retention) -> Result<LetGo, Error> {
        let _ = (today, retention);
        Err(self.unfinished())
    }

    /// What each table takes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sizes(&self) -> Result<Vec<TableSize>, Error> {
        Err(self.unfinished())
    }

    /// Each table's name and the SHA-256, in hexadecimal digits, of its rows in the order of their
    /// keys. Equal digests: equal histories, whatever the files look like. Without `outbox`,
    /// `dead_letter` and the cursor.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn digests(&self) -> Result<Vec<(String, String)>, Error> {
        Err(self.unfinished())
    }

    /// How much InfluxDB has not acknowledged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn backlog(&self) -> Result<Backlog, Error> {
        outbox::backlog(&self.db).at(&self.path)
    }

    fn unfinished(&self) -> Error {
        Error::Store { path: self.path.clone(), why: "this program cannot do that yet".to_owned() }
    }
}
